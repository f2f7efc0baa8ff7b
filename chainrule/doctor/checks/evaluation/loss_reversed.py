"""56: a loss of the user's own that wrong answers make smaller, as where a minus is missing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.changes.losses import negated
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap

ROWS = 32
LOGIT, SURELY = 4.0, 0.9  # how right and wrong answers look: as logits, and as probabilities
STEP, DRAWS = 1.0, 4  # deviations by which answers in numbers are moved, and how often

Numbers = NDArray[np.float64]
Pair = tuple[float, float]


def look(case: Case) -> Iterator[Suspicion]:
    """What right answers cost, and what wrong ones do, in whatever way the loss reads its outputs.

    Losses that never fall below 0 are left in peace: some measure how unlike two things are.
    """
    if case.feed is None or case.first.objective.name or case.feed.weights is not None:
        return
    try:
        shape = asked(case.first, tuple(part[:2] for part in case.feed.inputs)).shape[1:]
        costs = _costs(case, case.feed.targets[:ROWS], shape)
    except Exception:  # noqa: BLE001 - a loss of the user's own may look at more than outputs and targets
        return
    if costs and all(right > wrong for right, wrong in costs) and any(wrong < 0 for _, wrong in costs):
        right, wrong = costs[0]
        evidence = Evidence("wrong_is_cheap", {"right": right, "wrong": wrong})
        yield Suspicion("loss_reversed", "exact", (evidence,), (negated(),), 1.0, spoils=True)


def _costs(case: Case, targets: NDArray[Any], shape: tuple[int, ...]) -> list[Pair]:
    """The loss of right and of wrong answers, each way of reading them that gives numbers."""
    shares = _shares(targets, shape)
    if shares is None:
        numbers = targets.astype(np.float64).reshape(len(targets), *shape)
        return _of_numbers(case, numbers, targets)
    found = [(_cost(case, right, targets), _cost(case, wrong, targets)) for right, wrong in _readings(shares)]
    return [pair for pair in found if np.isfinite(pair).all()]


def _readings(shares: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Right and wrong answers, as logits and as probabilities, of several classes such as sum to 1."""
    yield LOGIT * (2 * shares - 1), LOGIT * (1 - 2 * shares)
    right = np.where(shares > 0, SURELY, 1 - SURELY)
    wrong = 1 - right
    if shares.shape[-1] > 1:
        right, wrong = (part / part.sum(axis=-1, keepdims=True) for part in (right, wrong))
    yield right, wrong


def _of_numbers(case: Case, right: Numbers, targets: NDArray[Any]) -> list[Pair]:
    """Right numbers against numbers moved away: either way, so that a loss which only wants more is not meant."""
    scale, random = STEP * float(right.std() or 1.0), np.random.default_rng(0)
    perfect, found = _cost(case, right, targets), []
    for _ in range(DRAWS):
        away = scale * random.normal(size=right.shape)
        found += [(perfect, _cost(case, right + sign * away, targets)) for sign in (1, -1)]
    return found if np.isfinite(found).all() else []


def _shares(targets: NDArray[Any], shape: tuple[int, ...]) -> Numbers | None:
    """(rows, *shape) of classes the share of each; None where the targets are no classes."""
    if not np.isin(targets, np.arange(max((2, *shape)))).all():
        return None
    if targets[0].size == int(np.prod(shape)):
        return targets.astype(np.float64).reshape(len(targets), *shape) if np.isin(targets, (0, 1)).all() else None
    if len(shape) != 1 or targets[0].size != 1:
        return None
    return np.eye(shape[0])[targets.reshape(-1).astype(np.int64)]


def _cost(case: Case, outputs: Numbers, targets: NDArray[Any]) -> float:
    with no_grad(), np.errstate(all="ignore"):
        return float(case.first.loss(wrap(outputs.astype(case.first.dtype)), wrap(targets)))


CHECK = Check(56, ("loss_reversed",), look, "before")
