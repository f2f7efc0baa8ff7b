"""P18: the training of P4 for 100 epochs of its rows, with instruments in its layers and without.

A look costs about as much as ten steps; there are fifteen for the first thousand steps, six for each ten times as many.
"""

from functools import partial
from time import perf_counter
from typing import Any

from benchmarks import ours
from benchmarks.p04_dense import RECIPE
from benchmarks.race import Contestant, Goal, Pace, Race, Ready, Result

MOST = 1.05
EPOCHS = 100


def _ready(watched: bool, pace: Pace) -> Ready:
    data = RECIPE.rows(pace)
    epochs = max(1, round(EPOCHS * pace.share))
    steps = epochs * (len(data[0]) // RECIPE.batch_size)
    racing = ours.trainer(RECIPE)
    if watched:
        from chainrule import train

        racing.callbacks.append(train.Instruments())

    def run() -> Any:
        return ours.fit(racing, data, RECIPE, epochs)

    def one_round() -> float:
        start = perf_counter()
        run()
        return (perf_counter() - start) / steps

    def loss() -> float:
        fresh = ours.trainer(RECIPE)
        fresh.callbacks = list(racing.callbacks)
        return float(ours.fit(fresh, data, RECIPE, 1)["loss"][-1])

    return Ready(one_round, loss)


def _reached(result: Result) -> bool:
    return 1 / result.ratio("chainrule, bare") <= MOST


RACE = Race(
    id="P18",
    work="784-128-10, batch 64, Adam, 100 epochs with instruments",
    unit="step",
    contestants=(
        Contestant("chainrule, instruments", partial(_ready, True)),
        Contestant("chainrule, bare", partial(_ready, False)),
    ),
    goals=(Goal("at most 5 % longer than without", _reached),),
    arithmetic=RECIPE.work(),
)
