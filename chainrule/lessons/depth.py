"""Does depth help more than width? One wide hidden layer against two narrow ones, on three shapes in the plane."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from chainrule.data.plane import checkerboard, moons, spirals
from chainrule.lessons.side_by_side import build_seeds, train_side_by_side
from chainrule.nn.functional._binary import binary_cross_entropy_with_logits
from chainrule.nn.mlp import MLP
from chainrule.optim.adam import Adam

WIDE, DEEP = (2, 16, 1), (2, 6, 6, 1)  # 65 and 67 parameters
STEPS = 400


@dataclass(frozen=True)
class Depth:
    """One wide and one deep network on the same rows.

    Attributes:
        name: of the data set.
        wide: median loss over the seeds of the network with one hidden layer.
        deep: the same of that with two.
        deeper_better: for how many seeds the deep one ends lower.
    """

    name: str
    wide: float
    deep: float
    deeper_better: int


def by_depth(seeds: int) -> list[Depth]:
    """Train both networks on each set with each seed, as many steps of Adam for all."""
    sets = {
        "moons": moons(100, noise=0.1, seed=0), "spirals": spirals(100, arms=2, noise=0.1, seed=0),
        "checkerboard": checkerboard(100, seed=0),
    }
    found = []
    for name, (X, y) in sets.items():
        wide, deep = (_losses(sizes, X, np.reshape(y, (-1, 1)), seeds) for sizes in (WIDE, DEEP))
        found.append(Depth(name, float(np.median(wide)), float(np.median(deep)), int((deep < wide).sum())))
    return found


def _losses(sizes: tuple[int, ...], X: Any, y: Any, seeds: int) -> Any:
    networks = build_seeds(partial(MLP, sizes, activation="tanh"), seeds)
    loss = partial(binary_cross_entropy_with_logits, reduction="none")
    return train_side_by_side(networks, X, y, loss, lambda p: Adam(p, lr=0.02), STEPS).losses
