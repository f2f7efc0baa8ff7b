"""40: gradients of one step that are still there in the next."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.training import cleared
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.trainer import Trainer

MARK = 1e6  # times the gradient itself
FEW = 64  # rows
EPOCHS = 3


def look(case: Case) -> Iterator[Suspicion]:
    """At the place of a step, each gradient is overwritten by a mark: whoever clears it before the next loses it.

    No step is made meanwhile, so that no gradient can have grown to such a size by itself. The engine of a Trainer
    that was left as it is begins each gradient anew whatever `zero_grad` does: there the weights must differ too.
    """
    if case.feed is None or not isinstance(case.rows, tuple) or isinstance(case.rows[0], tuple):
        return
    rows = tuple(np.asarray(part)[: min(FEW, 2 * case.batch_size)] for part in case.rows)
    kept, steps = _kept(case, rows)
    if not kept:
        return
    if type(case.first).fit is Trainer.fit and not _matter(case, rows):
        return
    evidence = Evidence("kept", {"count": kept, "steps": steps})
    yield Suspicion("gradients_not_zeroed", "exact", (evidence,), (cleared(),), strength=1.0, spoils=True)


def _kept(case: Case, rows: tuple[Any, ...]) -> tuple[int, int]:
    """In how many steps the marks of the step before were still there, and of how many."""
    trainer = case.trainer(0)
    optimizer: Any = trainer.optimizer
    trainer.engine = "numpy"
    kept = steps = 0
    marks: dict[int, float] = {}

    def marked(closure: Any = None) -> None:
        nonlocal kept, steps
        held = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        kept += bool(marks) and all(_largest(p.grad) > marks.get(id(p), np.inf) / 2 for p in held)
        steps += 1
        for parameter in held:
            marks.setdefault(id(parameter), MARK * (1 + _largest(parameter.grad)))
            parameter.grad = wrap(np.full(parameter.shape, marks[id(parameter)], parameter.dtype))

    optimizer.step = marked
    return (kept, steps) if _fitted(trainer, rows) else (0, 0)


def _matter(case: Case, rows: tuple[Any, ...]) -> bool:
    """Whether a short training gives other weights, in bytes, once gradients are cleared; both by the same engine.

    Also after one epoch: what diverges either way ends in the same NaN.
    """
    for epochs in (1, EPOCHS):
        given, usual = case.trainer(0), case.trainer(0, cleared())
        _fitted(given, rows, epochs)
        usual.engine = given.report().engine
        _fitted(usual, rows, epochs)
        pairs = zip(given.model.parameters(), usual.model.parameters(), strict=True)
        if any(one.numpy().tobytes() != other.numpy().tobytes() for one, other in pairs):
            return True
    return False


def _fitted(trainer: Trainer, rows: tuple[Any, ...], epochs: int = EPOCHS) -> bool:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            trainer.fit(rows, epochs=epochs, batch_size=max(1, len(rows[0]) // 2), progress=False)
    except (ChainruleError, TypeError, ValueError, RuntimeError):
        return False
    return True


def _largest(gradient: Tensor) -> float:
    return float(np.abs(gradient.numpy()).max(initial=0.0))


CHECK = Check(40, ("gradients_not_zeroed",), look, "before")
