"""60: answers that do not depend on what comes in."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import start_anew
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.looks.endings import softmax_is_wrong
from chainrule.doctor.looks.layers import DENSE
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.trainer import Trainer

ROWS, SEEDS = 64, 3
LEAST = 1e-6  # of the size of the answers
DEEP = 6  # dense layers: more of them may let a signal fade away that is not cut
SPREAD = 0.3  # of parameters that are not those of a dense layer


def look(case: Case) -> Iterator[Suspicion]:
    """Freshly drawn networks, asked for random rows: so neither data nor first weights can be the reason."""
    if case.feed is None or len(case.feed.inputs) > 1 or case.feed.rows < 2:
        return
    X = case.feed.inputs[0]
    if (X[:1] == X).all():
        yield Suspicion("input_ignored", "exact", (Evidence("same_rows", {"rows": len(X)}),), strength=0.95)
        return
    dense = sum(isinstance(module, DENSE) for module in case.first.model.modules())
    if X.dtype.kind != "f" or dense > DEEP or softmax_is_wrong(case):
        return
    spread = 0.0
    for seed in range(SEEDS):
        trainer = case.trainer(seed)
        _draw(trainer, seed)
        rows = np.random.default_rng(seed).normal(size=(ROWS, *X.shape[1:])).astype(X.dtype)
        try:
            found = asked(trainer, (rows,))
        except Exception:  # noqa: BLE001 - a network that takes no such rows
            return
        if not np.isfinite(found).all():
            return
        spread = max(spread, float(np.ptp(found, axis=0).max()) / max(float(np.abs(found).max()), 1e-12))
    if spread <= LEAST:
        evidence = Evidence("same_answer", {"rows": ROWS, "seeds": SEEDS})
        yield Suspicion("input_ignored", "exact", (evidence,), strength=0.95)


def _draw(trainer: Trainer, seed: int) -> None:
    """Weights that are neither zero nor alike, whatever the network begins with."""
    random = np.random.default_rng(seed)
    with drawing_from(Generator(seed)):
        start_anew(trainer.model, None)
    weights = {id(module.weight) for module in trainer.model.modules() if isinstance(module, DENSE)}
    with no_grad():
        for parameter in trainer.model.parameters():
            if id(parameter) not in weights and parameter.dtype.kind == "f":
                drawn = parameter.numpy() + SPREAD * random.normal(size=parameter.shape)
                parameter.copy_(wrap(drawn.astype(parameter.dtype)))


CHECK = Check(60, ("input_ignored",), look, "before")
