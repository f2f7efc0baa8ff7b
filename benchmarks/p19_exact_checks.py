"""P19: the doctor's exact checks, before any experiment: the trial of the first step, and what looks before training.

Each round asks a fresh case, as `cr.doctor.diagnose` does; what is compiled or imported once is so before the race.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.race import Contestant, Pace, Race, Ready, repeated, within

MOST = 0.05
EPOCHS, BATCH = 20, 32
SETS: dict[str, tuple[str, tuple[int, ...], str]] = {
    "moons 2-16-1": ("moons", (2, 16, 1), "BCEWithLogitsLoss"),
    "iris 4-16-3": ("iris", (4, 16, 3), "CrossEntropyLoss"),
    "breast_cancer 30-64-64-1": ("breast_cancer", (30, 64, 64, 1), "BCEWithLogitsLoss"),
    "friedman 10-64-64-1": ("friedman", (10, 64, 64, 1), "MSELoss"),
    "digits 64-64-10": ("digits", (64, 64, 10), "CrossEntropyLoss"),
}


def _rows(name: str) -> tuple[Any, Any]:
    """A data set with columns of mean 0 and deviation 1."""
    from chainrule import data

    drawn: dict[str, Callable[[], Any]] = {
        "moons": lambda: data.moons(400, noise=0.1, seed=0), "friedman": lambda: data.friedman(400, noise=0.5, seed=0),
    }
    X, y = drawn.get(name, getattr(data, name))()
    spread = X.std(axis=0)
    y = (y - y.mean()) / y.std() if name == "friedman" else y
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0), y


def _ready(name: str, sizes: tuple[int, ...], loss: str, pace: Pace) -> Ready:
    import chainrule as cr
    from chainrule import nn, optim
    from chainrule.doctor.case import Case
    from chainrule.doctor.checks.table import CHECKS
    from chainrule.doctor.trial import failure

    rows = _rows(name)

    def build() -> Any:
        model = nn.MLP(list(sizes), dropout=0.1 if len(sizes) > 3 else 0.0)
        return cr.Trainer(model, getattr(nn, loss)(), optim.Adam(model.parameters(), lr=0.01))

    def case() -> Any:
        return Case(build, rows, None, EPOCHS, BATCH, 0.0)

    def look() -> int:
        """How many faults are seen: none, for these are healthy."""
        found = [failure(build, rows, BATCH, case)]
        asked = case()
        for check in CHECKS:
            if check.when == "before":
                found += check.look(asked)
        return sum(one is not None and one.proof == "exact" for one in found)

    return Ready(repeated(look, pace.seconds), lambda: float(look()))


RACE = Race(
    id="P19",
    work="the doctor's exact checks before training, on small data",
    unit="case",
    contestants=tuple(Contestant(f"chainrule, {words}", partial(_ready, *given)) for words, given in SETS.items()),
    goals=tuple(
        within(MOST, f"chainrule, {words}", f"at most {MOST * 1000:.0f} ms for {words}") for words in SETS
    ),
)
