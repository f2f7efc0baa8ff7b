"""P18: trainings with instruments in their layers and without: that of P4 for 100 epochs, and one that is soon over.

A look costs about a millisecond, and more the more weights there are; `share` says how many of them there are.
"""

from functools import partial
from time import perf_counter, process_time
from typing import Any

from benchmarks import ours, pytorch
from benchmarks.p04_dense import RECIPE
from benchmarks.race import Contestant, Goal, Pace, Race, Ready, Result
from chainrule import config

MOST = 1.05
EPOCHS = 100
SHORT, FITS = 35, 10  # epochs of thirteen batches: about 25 ms, most of them for getting ready; fits of a round


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
        fresh = ours.trainer(RECIPE, noise=False)
        fresh.callbacks = list(racing.callbacks)
        return float(ours.fit(fresh, data, RECIPE, RECIPE.check)["loss"][-1])

    return Ready(one_round, loss)


def _torch(pace: Pace) -> Ready:
    return pytorch.prepare(RECIPE, config.threads(), False, pace)


def _reached(result: Result) -> bool:
    return 1 / result.ratio("chainrule, bare") <= MOST


def _ready_short(watched: bool, pace: Pace) -> Ready:
    """Fits of fresh Trainers, as a learner makes them; by the processor, for a neighbour takes longer than a look."""
    import chainrule as cr
    from chainrule import nn, optim, train

    data = cr.data.moons(400, noise=0.1, seed=0)
    epochs = max(2, round(SHORT * pace.share))

    def run() -> Any:
        cr.manual_seed(0)
        model = nn.MLP([2, 16, 1])
        adam = optim.Adam(model.parameters(), lr=0.01)
        callbacks = [train.Instruments()] if watched else []
        trainer = cr.Trainer(model, nn.BCEWithLogitsLoss(), adam, callbacks=callbacks, seed=0)
        return trainer.fit(data, epochs=epochs, batch_size=32, progress=False)

    def one_round() -> float:
        times = max(1, round(FITS * pace.share))
        with cr.settings(threads=1):
            start = process_time()
            for _ in range(times):
                run()
            return (process_time() - start) / times

    one_round()
    return Ready(one_round, lambda: float(run()["loss"][-1]))


LONG = Race(
    id="P18a",
    work="784-128-10, batch 64, Adam, 100 epochs with instruments",
    unit="step",
    contestants=(
        Contestant("chainrule, instruments", partial(_ready, True)),
        Contestant("chainrule, bare", partial(_ready, False)),
        Contestant("PyTorch, bare", _torch),
    ),
    goals=(Goal("at most 5 % longer than without", _reached),),
    arithmetic=RECIPE.work(),
)
BRIEF = Race(
    id="P18b",
    work=f"2-16-1, batch 32, Adam, a fresh Trainer and {SHORT * 13} steps with instruments, seconds of the processor",
    unit="fit",
    contestants=(
        Contestant("chainrule, instruments", partial(_ready_short, True)),
        Contestant("chainrule, bare", partial(_ready_short, False)),
    ),
    goals=(Goal("at most 5 % longer than without", _reached),),
)
RACES = (LONG, BRIEF)
