"""P17: the training of P4 while another process keeps one processor busy."""

import subprocess
import sys
from functools import partial
from time import sleep

from benchmarks import ours, pytorch
from benchmarks.p04_dense import RECIPE
from benchmarks.race import Contestant, Goal, Pace, Race, Ready, Result
from chainrule import config

MOST = 2.2
STARTING = 0.2  # seconds until the neighbour is at full speed


def _beside(ready: Ready) -> Ready:
    """The same contestant, with a neighbour during each of its rounds."""

    def one_round() -> float:
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
            try:
                sleep(STARTING)
                return ready.round()
            finally:
                neighbour.kill()

    return Ready(one_round, ready.loss)


def _ours(busy: bool, pace: Pace) -> Ready:
    ready = ours.prepare(RECIPE, None, pace)
    return _beside(ready) if busy else ready


def _torch(busy: bool, pace: Pace) -> Ready:
    ready = pytorch.prepare(RECIPE, config.threads(), False, pace)
    return _beside(ready) if busy else ready


def _reached(result: Result) -> bool:
    return 1 / result.ratio("chainrule, idle") <= MOST


RACE = Race(
    id="P17",
    work="784-128-10, batch 64, Adam, with one busy neighbour process",
    unit="step",
    contestants=(
        Contestant("chainrule, neighbour", partial(_ours, True)),
        Contestant("chainrule, idle", partial(_ours, False)),
        Contestant("PyTorch, neighbour", partial(_torch, True)),
        Contestant("PyTorch, idle", partial(_torch, False)),
    ),
    goals=(Goal(f"at most {MOST}x its idle time", _reached),),
    arithmetic=RECIPE.work(),
)
