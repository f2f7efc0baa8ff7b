"""24: outputs (N, 1) against targets (N,) in a loss of the user's own; those of this library refuse it."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.doctor.case import Case
from chainrule.doctor.changes.losses import Loss, fitting, flat, outputs_flattened, targets_reshaped
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleWarning
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap

ROWS, TIMES = 12, 3
SAME, OTHER = 1e-5, 1e-3  # of the loss: a change that rounding makes, and one that it does not


def look(case: Case) -> Iterator[Suspicion]:
    """A loss that stays as it is when targets change places among the rows, and changes when they become others."""
    if case.feed is None or case.first.objective.name or case.feed.rows < ROWS:
        return
    order = np.argsort(case.feed.targets.reshape(case.feed.rows, -1)[:, 0], kind="stable")
    targets = case.feed.targets[order[np.linspace(0, case.feed.rows - 1, ROWS).astype(int)]]
    loss = case.first.loss
    try:
        shape = asked(case.first, tuple(part[:ROWS] for part in case.feed.inputs)).shape
        outputs = np.random.default_rng(0).uniform(0.1, 0.9, shape).astype(case.first.dtype)
        if not _mixes(loss, outputs, targets):
            return
        ways = ((fitting(loss), targets_reshaped()), (flat(loss), outputs_flattened()))
        cures = tuple(change for way, change in ways if not _mixes(way, outputs, targets))
    except Exception:  # noqa: BLE001 - a loss of the user's own may look at more than outputs and targets
        return
    evidence = Evidence("rows_mixed", {"outputs": _of_rows(shape), "targets": _of_rows(targets.shape)})
    yield Suspicion("shapes_broadcast", "exact", (evidence,), cures[:1], 1.0)


def _mixes(loss: Loss, outputs: Array, targets: Array) -> bool:
    """Whether it does not matter which target belongs to which row."""

    def of(given: Array) -> float:
        with no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ChainruleWarning)  # the subtraction itself says so too
            return float(loss(wrap(outputs), wrap(given)))

    random = np.random.default_rng(1)
    before = of(targets)
    moved = max(abs(of(targets[random.permutation(len(targets))]) - before) for _ in range(TIMES))
    changed = abs(of(np.repeat(targets[:1], len(targets), axis=0)) - before)
    return moved <= SAME * abs(before) and changed > OTHER * abs(before)


def _of_rows(shape: tuple[Any, ...]) -> str:
    return f"(N{''.join(f', {size}' for size in shape[1:])}{',' if len(shape) == 1 else ''})"


CHECK = Check(24, ("shapes_broadcast",), look, "before")
