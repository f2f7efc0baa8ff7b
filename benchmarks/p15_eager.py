"""P15: eager forward and backward of 20-64-64-3 on 8 rows with cross-entropy, one thread, float32."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from benchmarks.floor import Work
from benchmarks.race import Contestant, Goal, Pace, Race, Ready, Result, repeated

Floats = npt.NDArray[np.float32]
ROWS, SIZES = 8, (20, 64, 64, 3)
PRODUCTS = [ROWS * before * after for before, after in pairwise(SIZES)]
WEIGHTS = sum(before * after + after for before, after in pairwise(SIZES))


@cache
def _weights() -> list[tuple[Floats, Floats]]:
    """For each layer a weight (out, in) and a bias (out,), the same for every contestant."""
    random = np.random.default_rng(0)
    return [
        (random.normal(0, n**-0.5, (m, n)).astype(np.float32), random.normal(0, 0.1, m).astype(np.float32))
        for n, m in pairwise(SIZES)
    ]


@cache
def _rows() -> tuple[Floats, npt.NDArray[np.int64]]:
    random = np.random.default_rng(1)
    return random.normal(size=(ROWS, SIZES[0])).astype(np.float32), random.integers(0, SIZES[-1], ROWS)


def _ready(library: Any, pace: Pace) -> Ready:
    """One program for both: what a PyTorch user writes, with `library` imported as torch."""
    nn = library.nn
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
    state = [library.tensor(array) for layer in _weights() for array in layer]
    model.load_state_dict(dict(zip(model.state_dict(), state, strict=True)))
    criterion = nn.CrossEntropyLoss()
    x, y = map(library.tensor, _rows())
    parameters = list(model.parameters())

    def step() -> Any:
        for parameter in parameters:
            parameter.grad = None
        loss = criterion(model(x), y)
        loss.backward()
        return loss

    return Ready(repeated(step, pace.seconds), lambda: float(step().item()))


def _ours(pace: Pace) -> Ready:
    import chainrule

    threadpool_limits(1)
    return _ready(chainrule, pace)


def _torch(pace: Pace) -> Ready:
    import torch

    torch.set_num_threads(1)
    return _ready(torch, pace)


PEER = "PyTorch eager"


def _reached(result: Result) -> bool | None:
    return result.ratio(PEER) >= 1 if PEER in result.seconds else None


RACE = Race(
    id="P15",
    work="eager forward + backward, 20-64-64-3, 8 rows, cross-entropy, one thread",
    unit="step",
    contestants=(Contestant("chainrule eager", _ours), Contestant(PEER, _torch)),
    goals=(Goal("no slower than PyTorch eager on one thread", _reached),),
    # Forward, the gradient of every weight, and of every input but the first; weights read and gradients written.
    arithmetic=Work(multiply_adds=3 * sum(PRODUCTS) - PRODUCTS[0], bytes=4 * 2 * WEIGHTS, threads=1),
)
