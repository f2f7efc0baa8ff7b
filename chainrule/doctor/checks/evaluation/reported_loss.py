"""56: a loss whose gradient is that of something else than the number it gives."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.custom import OwnOperation
from chainrule.train.guard.scene import Way

ROWS = 8
STEP = 1e-4
ALIKE = 0.99  # cosine
DIRECTIONS = 12
FAR = 2.0  # from the outputs

Numbers = NDArray[np.float64]


def look(case: Case) -> Iterator[Suspicion]:
    """The slopes of a loss of the user's own, by its backward pass and by differences of its value, in float64."""
    if case.feed is None or case.first.objective.name or case.feed.weights is not None:
        return
    try:
        outputs = asked(case.first, tuple(part[:ROWS] for part in case.feed.inputs))
        # Near the middle many losses point the same way: they are asked far from it, too.
        far = outputs + FAR * np.random.default_rng(1).normal(size=outputs.shape)
        cosine = min(_cosine(*_slopes(case, made)) for made in (outputs, far))
    except Exception:  # noqa: BLE001 - a loss of the user's own may look at more than outputs and targets
        return
    if cosine < ALIKE:
        evidence = Evidence("loss_slopes", {"cosine": cosine, "count": DIRECTIONS})
        yield Suspicion("reported_loss", "exact", (evidence,), strength=0.6)


def _cosine(used: Numbers, seen: Numbers) -> float:
    """Of the slopes; 1 where they say nothing, as those of probabilities below 0."""
    sizes = float(np.linalg.norm(used)) * float(np.linalg.norm(seen))
    return float(used @ seen) / sizes if np.isfinite(sizes) and sizes > 1e-20 else 1.0


def _slopes(case: Case, outputs: Numbers) -> tuple[Numbers, Numbers]:
    """(directions,) along random directions: by the gradient that is used, and by the numbers that are told."""
    assert case.feed is not None
    loss, targets = case.first.loss, case.feed.targets[: len(outputs)]
    wanted = wrap(targets.astype(np.float64) if targets.dtype.kind == "f" else targets)
    made = wrap(outputs.copy())
    made.requires_grad = True
    found = loss(made, wanted)
    if any(isinstance(node.operation, OwnOperation) for node in Way(found._node).nodes):
        return np.zeros(1), np.zeros(1)  # derivatives of the user's own have a check of their own
    found.backward()
    gradient = made.grad
    assert gradient is not None
    random = np.random.default_rng(0)
    used, seen = [], []
    with no_grad(), np.errstate(all="ignore"):
        for _ in range(DIRECTIONS):
            v = random.normal(size=outputs.shape)
            ends = [float(loss(wrap(outputs + sign * STEP * v), wanted)) for sign in (1, -1)]
            used.append(float((gradient.numpy() * v).sum()))
            seen.append((ends[0] - ends[1]) / (2 * STEP))
    return np.array(used), np.array(seen)


CHECK = Check(56, ("reported_loss",), look)
