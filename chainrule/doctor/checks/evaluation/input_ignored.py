"""60: answers that do not depend on what comes in."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import start_anew
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.looks.endings import softmax_is_wrong
from chainrule.doctor.looks.layers import DENSE
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.nn.embedding import Embedding
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.trainer import Trainer

ROWS, SEEDS = 64, 3
MORE = 16  # seeds for rows that are not drawn around 0: a ReLU at the end may answer 0 to all of them in half the seeds
FEWEST = 8  # rows that differ
SMALL, LARGE, VARIES = 0.1, 10.0, 0.1  # bounds of the largest number, and the deviation of a column as a share of it
LEAST = 2e-5  # of the size of the answers: sums of single precision that cancel differ by less
DEEP = 6  # dense layers: more of them may let a signal fade away that is not cut
SPREAD = 0.3  # of parameters that are not those of a dense layer

Numbers = NDArray[Any]


def look(case: Case) -> Iterator[Suspicion]:
    """Freshly drawn networks and random rows, so that neither data nor weights can be the reason; then own rows.

    Its own rows are asked for where they differ enough that any network would tell them apart: what is cut off for
    them alone, as by rounding down, shows there.
    """
    if case.feed is None or len(case.feed.inputs) > 1 or case.feed.rows < 2:
        return
    X = case.feed.inputs[0]
    if (X[:1] == X).all():
        yield Suspicion("input_ignored", "exact", (Evidence("same_rows", {"rows": len(X)}),), strength=0.95)
        return
    dense = sum(isinstance(module, DENSE) for module in case.first.model.modules())
    if dense > DEEP or softmax_is_wrong(case):
        return
    drawn = X.dtype.kind == "f"
    if drawn and _is_deaf(case, SEEDS, lambda random: random.normal(size=(ROWS, *X.shape[1:])).astype(X.dtype)):
        evidence = Evidence("same_answer", {"rows": ROWS, "seeds": SEEDS})
        yield Suspicion("input_ignored", "exact", (evidence,), strength=0.95)
        return
    own = _telling(case, X)
    if own is not None and _is_deaf(case, MORE, lambda _: own):
        evidence = Evidence("same_answer_own", {"rows": len(own), "seeds": MORE})
        yield Suspicion("input_ignored", "exact", (evidence,), strength=0.95)


def _telling(case: Case, X: Numbers) -> Numbers | None:
    """Some rows, all different, if neither their scale nor their offset can make units flat; None of others."""
    rows = np.unique(X[: 4 * ROWS].reshape(min(len(X), 4 * ROWS), -1), axis=0)
    if len(rows) < FEWEST or not np.isfinite(rows).all():
        return None
    largest = float(np.abs(rows).max())
    numbered = X.dtype.kind in "iu" and any(isinstance(module, Embedding) for module in case.first.model.modules())
    if not numbered and not (SMALL <= largest <= LARGE and float(rows.std(axis=0).max()) >= VARIES * largest):
        return None
    return np.asarray(np.random.default_rng(0).permutation(rows)[:ROWS].reshape(-1, *X.shape[1:]))


def _is_deaf(case: Case, seeds: int, rows: Callable[[np.random.Generator], Numbers]) -> bool:
    """Whether networks of so many seeds give one answer each, whatever they are asked."""
    for seed in range(seeds):
        trainer = case.trainer(seed)
        _draw(trainer, seed)
        try:
            found = asked(trainer, (rows(np.random.default_rng(seed)),))
        except Exception:  # noqa: BLE001 - a network that takes no such rows
            return False
        if not np.isfinite(found).all():
            return False
        if float(np.ptp(found, axis=0).max()) > LEAST * max(float(np.abs(found).max()), 1e-12):
            return False
    return True


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
