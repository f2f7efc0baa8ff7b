"""25: a loss that sums over the rows, so that its gradient grows with the batch."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.losses import mean_of_rows
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap

ROWS = 8
NEAR = 0.01


def look(case: Case) -> Iterator[Suspicion]:
    """The loss of every row twice against that of every row once; harmless where the rate makes up for it."""
    if case.feed is None or case.feed.weights is not None:
        return
    one, two = _once_and_twice(case)
    if not np.isfinite((one, two)).all() or abs(two - 2 * one) > NEAR * abs(one) or one == 0:
        return
    proof: Proof = "rerun" if case.trouble else "convention"
    evidence = Evidence("twice_the_rows", {"one": one, "two": two})
    values = {"size": min(case.batch_size, case.feed.rows)}
    yield Suspicion("loss_summed", proof, (evidence,), (mean_of_rows(),), 0.96, values, hint=True)


def _once_and_twice(case: Case) -> tuple[float, float]:
    assert case.feed is not None
    trainer = case.first
    try:
        outputs = asked(trainer, tuple(part[:ROWS] for part in case.feed.inputs)).astype(trainer.dtype)
        with no_grad():
            targets = case.feed.targets[:ROWS]
            one = float(trainer.loss(wrap(outputs), wrap(targets)))
            both = [wrap(np.concatenate([part, part])) for part in (outputs, targets)]
            return one, float(trainer.loss(*both))
    except Exception:  # noqa: BLE001 - a loss of the user's own may look at more than these two
        return np.nan, np.nan


CHECK = Check(25, ("loss_summed",), look)
