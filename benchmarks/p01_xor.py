"""P1: XOR with 2-2-1 tanh, all four rows a step, SGD; whole runs inside the engine."""

from typing import Any

import numpy as np

from benchmarks.jax_layers import mlp
from benchmarks.race import faster
from benchmarks.recipe import Recipe, Rows
from benchmarks.training import race


def network(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))


def rows(count: int) -> Rows:
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return X, (X.sum(axis=1, keepdims=True) == 1).astype(np.float32)


RECIPE = Recipe(
    model=network, loss="bce", rule="SGD", options={"lr": 0.1}, data=rows, batch_size=4, batches=1,
    jax=mlp(("0", "2"), "tanh"), check=500, most=200_000,
)
RACE = race(
    "P1",
    "XOR 2-2-1 tanh, batch 4, SGD, whole run inside the engine",
    RECIPE,
    (faster(1.3, "JAX scan"), faster(2, "JAX scan"), faster(1000, "PyTorch")),
)
