"""`cr.from_sklearn`: the network that scikit-learn has fitted."""

from typing import Any

import numpy as np

from chainrule.errors import DtypeError
from chainrule.nn.mlp import MLP
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap

ACTIVATIONS = {"identity": None, "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}


def from_sklearn(estimator: Any) -> MLP:
    """The network of a fitted `MLPClassifier` or `MLPRegressor` of scikit-learn.

    It gives what the last layer gives before sigmoid, softmax or exp, as the losses of this library take it: logits of
    classes, numbers of a regression. Weights are copied, in the type of number that the estimator has.

    Args:
        estimator: fitted; of a pipeline give its last step.

    Returns:
        MLP: in evaluation mode, ready to be trained further.

    Raises:
        DtypeError: for anything else, or one that is not fitted.

    Example:
        >>> import numpy as np
        >>> import chainrule as cr
        >>> from sklearn.neural_network import MLPRegressor
        >>> X, y = np.eye(4), np.arange(4.0)
        >>> estimator = MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", random_state=0, max_iter=500)
        >>> fitted = estimator.fit(X, y)
        >>> net = cr.from_sklearn(fitted)
        >>> bool(np.allclose(net(cr.tensor(X)).detach().numpy()[:, 0], fitted.predict(X)))
        True

    Source:
        F. Pedregosa et al., Scikit-learn: machine learning in Python (2011).
    """
    weights, biases = getattr(estimator, "coefs_", None), getattr(estimator, "intercepts_", None)
    activation = getattr(estimator, "activation", None)
    if not weights or not biases or activation not in ACTIVATIONS:
        raise DtypeError("files.sklearn", "from_sklearn, argument estimator", got=_called(estimator, weights))
    sizes = [int(weights[0].shape[0]), *(int(part.shape[1]) for part in weights)]
    made = MLP(sizes, activation=ACTIVATIONS[activation], init="zeros")
    made.to(np.float32 if weights[0].dtype == np.float32 else np.float64)
    dense = [module for module in made if hasattr(module, "in_features")]
    with no_grad():
        for layer, weight, bias in zip(dense, weights, biases, strict=True):
            layer.weight.copy_(wrap(np.asarray(weight).T))
            layer.bias.copy_(wrap(np.asarray(bias)))
    return made.eval()


def _called(estimator: object, weights: object) -> str:
    name = type(estimator).__name__
    return name if weights else f"{name} without coefs_"
