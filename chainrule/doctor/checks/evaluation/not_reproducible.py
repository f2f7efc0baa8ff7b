"""58: the same seed, and other bytes."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.train.trainer import Trainer

ROWS, STEPS = 64, 2
MOST = 4  # names that are told


def look(case: Case) -> Iterator[Suspicion]:
    """Two Trainers of one seed: their first weights, and those after two steps."""
    if case.feed is None:
        return
    one, two = case.trainer(1), case.trainer(1)
    found, where = _differ(one, two), "first"
    if not found:
        inputs = tuple(part[:ROWS] for part in case.feed.inputs)
        rows = (inputs if len(inputs) > 1 else inputs[0], case.feed.targets[:ROWS])
        for trainer in (one, two):
            trainer.engine, trainer.callbacks = "numpy", []
            with np.errstate(all="ignore"):
                trainer.fit(rows, epochs=1, batch_size=max(1, len(rows[1]) // STEPS), progress=False)
        found, where = _differ(one, two), "steps"
    if found:
        evidence = Evidence(f"bytes_{where}", {"names": ", ".join(found[:MOST]), "steps": STEPS})
        yield Suspicion("not_reproducible", "exact", (evidence,), strength=0.1)


def _differ(one: Trainer, two: Trainer) -> list[str]:
    """The names of parameters whose bytes differ."""
    pairs = zip(one.model.named_parameters(), two.model.named_parameters(), strict=False)
    return [name for (name, a), (_, b) in pairs if a.numpy().tobytes() != b.numpy().tobytes()]


CHECK = Check(58, ("not_reproducible",), look, "before")
