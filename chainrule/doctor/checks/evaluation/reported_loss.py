"""56: a loss whose gradient is that of something else than the number it gives."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.train.guard.scene import Way

ROWS = 8
STEP = 1e-4
ALIKE = 0.99  # cosine
DIRECTIONS = 12

Numbers = NDArray[np.float64]


def look(case: Case) -> Iterator[Suspicion]:
    """The slopes of a loss of the user's own, by its backward pass and by differences of its value, in float64."""
    if case.feed is None or case.first.objective.name or case.feed.weights is not None:
        return
    try:
        outputs = asked(case.first, tuple(part[:ROWS] for part in case.feed.inputs))
        used, seen = _slopes(case, outputs)
    except Exception:  # noqa: BLE001 - a loss of the user's own may look at more than outputs and targets
        return
    sizes = float(np.linalg.norm(used)) * float(np.linalg.norm(seen))
    if not np.isfinite(sizes) or sizes < 1e-20:
        return
    cosine = float(used @ seen) / sizes
    if cosine < ALIKE:
        proof: Proof = "exact" if case.trouble else "convention"
        evidence = Evidence("loss_slopes", {"cosine": cosine, "count": DIRECTIONS})
        yield Suspicion("reported_loss", proof, (evidence,), strength=0.6)


def _slopes(case: Case, outputs: Numbers) -> tuple[Numbers, Numbers]:
    """(directions,) along random directions: by the gradient that is used, and by the numbers that are told."""
    assert case.feed is not None
    loss, targets = case.first.loss, case.feed.targets[: len(outputs)]
    wanted = wrap(targets.astype(np.float64) if targets.dtype.kind == "f" else targets)
    made = wrap(outputs.copy())
    made.requires_grad = True
    found = loss(made, wanted)
    if any(hasattr(node.operation, "function") for node in Way(found._node).nodes):
        return np.zeros(1), np.zeros(1)  # derivatives of the user's own have a check of their own
    found.backward()
    gradient = made.grad
    assert gradient is not None
    random = np.random.default_rng(0)
    used, seen = [], []
    with no_grad():
        for _ in range(DIRECTIONS):
            v = random.normal(size=outputs.shape)
            ends = [float(loss(wrap(outputs + sign * STEP * v), wanted)) for sign in (1, -1)]
            used.append(float((gradient.numpy() * v).sum()))
            seen.append((ends[0] - ends[1]) / (2 * STEP))
    return np.array(used), np.array(seen)


CHECK = Check(56, ("reported_loss",), look)
