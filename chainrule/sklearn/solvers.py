"""From scikit-learn's solvers to optimizers."""

from typing import Any

from chainrule.nn.module import Module
from chainrule.optim.adam import Adam
from chainrule.optim.lbfgs import LBFGS
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.sgd import SGD
from chainrule.sklearn.networks import dense

FLAT = 2.2e-9  # L-BFGS ends where an iteration gains less
MEMORY = 10  # steps that L-BFGS remembers


def optimizer(model: Any, net: Module) -> Optimizer:
    """The optimizer of an estimator, over two groups: matrices, which may decay, and the rest, which does not.

    Args:
        model: the estimator.
        net: its network.
    """
    if model.solver == "lbfgs":
        return LBFGS(
            net.parameters(), max_iter=int(model.max_iter), max_eval=int(model.max_fun), tolerance_grad=model.tol,
            tolerance_change=FLAT, history_size=MEMORY, line_search_fn="strong_wolfe",
        )
    weights = [layer.weight for layer in dense(net)]
    known = {id(weight) for weight in weights}
    rest = [parameter for parameter in net.parameters() if id(parameter) not in known]
    groups = [dict(params=weights, decoupled_weight_decay=float(model.weight_decay)), dict(params=rest)]
    rate = float(model.learning_rate_init)
    if model.solver == "adam":
        return Adam(groups, lr=rate, betas=(float(model.beta_1), float(model.beta_2)), eps=float(model.epsilon))
    momentum = float(model.momentum)
    return SGD(groups, lr=rate, momentum=momentum, nesterov=bool(model.nesterovs_momentum) and momentum > 0)
