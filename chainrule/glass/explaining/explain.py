"""`cr.explain`: one training step with every quantity in it."""

from typing import TYPE_CHECKING, Any

from chainrule.errors import DtypeError
from chainrule.glass.explaining.gathering import Gathering
from chainrule.glass.explaining.step import Step
from chainrule.glass.naming import named
from chainrule.glass.recording import batch_of, recorded, with_inputs
from chainrule.nn.module import Module
from chainrule.train.engine.rehearsal import tensors_of
from chainrule.train.one_blas_thread import one_blas_thread

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


def explain(trainer: "Trainer", batch: Any) -> Step:
    """One training step with every number: formulas, factors, a check beside each gradient, weights before and after.

    z1 = X W1 + b1, a1 = f(z1), …, dz2, dW2, db2, da1, dz1, dW1, db1, and W1 ← W1 - α dW1, named as in the articles;
    layers of other kinds by their own names. The step is recorded as the engine records it, and every line of that
    Program is evaluated; nothing is trained, and the Trainer is left as it was.

    Args:
        trainer: the next step of this Trainer, with the noise (dropout) it would draw, is explained.
        batch: `(X, y)` or `(X, y, weights)`, as in `Trainer.fit`: all rows make one step.

    Returns:
        Step: `print` it, `step["dW1"]` is one quantity, `step.edge`, `step.why_zero`, `step.to_html`.

    Raises:
        DtypeError: for something that is no Trainer.
        ChainruleError: data that do not fit; a step that looks at its own numbers; L-BFGS, which makes many.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> X, y = cr.data.xor()
        >>> _ = cr.manual_seed(0)
        >>> net = nn.MLP([2, 3, 1], activation="tanh")
        >>> trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.1), dtype="float64")
        >>> step = cr.explain(trainer, (X, y))
        >>> step["dz2"].formula, step["dW2"].factors, step.updates["W1"].formula
        ('dz2 = (p - y) / 4', ('a1', 'dz2'), 'W1 ← W1 - lr * dW1')
    """
    if not hasattr(trainer, "objective"):
        raise DtypeError("explain.trainer", "explain, argument trainer", got=type(trainer).__name__)
    rows = batch_of(trainer, batch, "explain, argument batch")
    found = recorded(trainer, rows, "explain")
    loss = trainer.loss
    title = {
        "network": type(trainer.model).__name__,
        "loss": type(loss).__name__ if isinstance(loss, Module) else getattr(loss, "__name__", "loss"),
        "optimizer": type(trainer.optimizer).__name__, "rows": rows.rows, "dtype": trainer.dtype.name,
    }
    with one_blas_thread():  # small products by many threads are slower, and differ in their last bits
        return Step(Gathering(found, with_inputs(found, tensors_of(rows)), named(found)), title)
