"""P2: two clusters with 2-4-1 ReLU, 200 rows at once, SGD."""

from typing import Any

import numpy as np

from benchmarks.jax_layers import mlp
from benchmarks.race import faster
from benchmarks.recipe import Recipe, Rows
from benchmarks.training import race


def network(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))


def rows(count: int) -> Rows:
    from chainrule.data import clusters

    X, y = clusters(count, noise=0.2, seed=42)
    return X.astype(np.float32), y.astype(np.float32)


RECIPE = Recipe(
    model=network, loss="bce", rule="SGD", options={"lr": 0.1}, data=rows, batch_size=200, batches=1,
    jax=mlp(("0", "2")), check=100, most=20_000,
)
RACE = race("P2", "two clusters 2-4-1 ReLU, 200 rows at once, SGD", RECIPE, (faster(10, "JAX scan"),))
