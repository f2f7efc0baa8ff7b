"""26: a derivative of the user's own that is not that of what it computes."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.tensors.custom import Function, OwnOperation
from chainrule.tensors.tensor import Tensor
from chainrule.testing import GradientMismatchError, check_gradients
from chainrule.train.guard.scene import Way
from chainrule.train.modes import modes

ROWS = 8
WRONG = 1e-2  # relative: what rounding and a coarse approximation stay far below


def look(case: Case) -> Iterator[Suspicion]:
    """Every `Function` between the rows and the loss, by central differences in float64; the first wrong one."""
    for name, function, arguments in _own(case):
        found = _mismatch(function, arguments)
        if found is None:
            continue
        place, analytic, numeric = found
        if numeric == 0:
            continue  # steps, signs, roundings: a made-up derivative is meant there
        evidence = [Evidence("derivative", {"name": name, "place": place, "analytic": analytic, "numeric": numeric})]
        evidence.append(Evidence("factor", {"factor": analytic / numeric}))
        yield Suspicion("wrong_derivative", "exact", tuple(evidence), strength=1.0, values={"name": name})
        return


def _own(case: Case) -> list[tuple[str, type[Function], tuple[Any, ...]]]:
    """The user's functions on the way to the loss of a few rows, the first one first, with what they were given."""
    if case.feed is None:
        return []
    trainer = case.first
    batch = next(iter(case.feed.take(np.arange(min(ROWS, case.feed.rows))).epoch(0, ROWS)))
    try:
        with trainer._apart_from_training(), modes(trainer.model, training=False), np.errstate(all="ignore"):
            loss = trainer._loss_of(batch, trainer.model(*batch.inputs))
    except ChainruleError:
        return []
    nodes = sorted(Way(loss._node).nodes, key=lambda node: node.number)
    return [
        (node.operation.name, node.operation.function, tuple(node.inputs or ())) for node in nodes
        if isinstance(node.operation, OwnOperation)
    ]


def _mismatch(function: type[Function], arguments: tuple[Any, ...]) -> tuple[int, float, float] | None:
    """Which argument, the slope that `backward` gives along some direction, and that of the differences."""
    tensors = [place for place, argument in enumerate(arguments) if isinstance(argument, Tensor)]

    def applied(*given: Tensor) -> Any:
        whole = list(arguments)
        for place, tensor in zip(tensors, given, strict=True):
            whole[place] = tensor
        made = function.apply(*whole)
        return made[0] if isinstance(made, tuple) else made

    try:
        check_gradients(applied, *(arguments[place].detach() for place in tensors), order=1, rtol=WRONG, atol=1e-6)
    except GradientMismatchError as error:
        values = error.values
        if "numeric" not in values:
            return None
        place = tensors[int(str(values["argument"]))]
        return place, float(str(values["analytic"])), float(str(values["numeric"]))
    except Exception:  # noqa: BLE001 - a function that cannot be asked in float64
        return None
    return None


CHECK = Check(26, ("wrong_derivative",), look, "before")
