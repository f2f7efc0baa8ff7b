"""54: a network that is judged as if it were learning, by noise or by other rows, or otherwise than it learnt."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.looks.endings import softmax_is_wrong
from chainrule.doctor.looks.modes_apart import jump, kept_on_purpose
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.tensors.random import Generator, drawing_from

ROWS = 32
NEAR = 1e-3  # of the spread of the answers: far above what another order of sums makes


def look(case: Case) -> Iterator[Suspicion]:
    """The same rows twice, and with other rows beside them, in evaluation mode; then the loss in both modes."""
    if case.feed is None or case.feed.rows < 4:
        return
    inputs = tuple(part[:ROWS] for part in case.feed.inputs)
    few = len(inputs[0]) // 2
    try:
        # Draws of their own: those of a Trainer begin anew at every evaluation, and would hide the noise.
        with drawing_from(Generator(0)):
            once, twice = asked(case.first, inputs), asked(case.first, inputs)
            alone = asked(case.first, tuple(part[:few] for part in inputs))
    except Exception:  # noqa: BLE001 - a network that takes no other number of rows
        return
    if once.ndim < 1 or once.shape != twice.shape or len(once) != len(inputs[0]) or len(alone) != few:
        return
    spread = float(np.abs(once).max(initial=1e-12))
    noise, mates = float(np.abs(once - twice).max()), float(np.abs(once[:few] - alone).max())
    if noise > NEAR * spread:
        evidence = Evidence("two_passes", {"noise": noise, "largest": spread})
        meant = kept_on_purpose(case)
        if meant:
            named = Evidence("dropouts_awake", {"names": ", ".join(meant)})
            yield Suspicion("training_mode", "convention", (evidence, named))
        else:
            yield Suspicion("training_mode", "exact", (evidence,))
    elif mates > NEAR * spread:
        if not softmax_is_wrong(case):
            evidence = Evidence("batch_mates", {"mates": mates, "largest": spread, "rows": len(once), "few": few})
            yield Suspicion("training_mode", "exact", (evidence,))
    else:
        found = jump(case)
        if found is not None:
            evidence = Evidence("modes_differ", {"learning": found[0], "judging": found[1]})
            yield Suspicion("training_mode", "exact", (evidence,))


CHECK = Check(54, ("training_mode",), look, "before")
