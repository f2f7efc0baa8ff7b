"""P3: a table of 30 columns with 30-64-64-1 ReLU, batch 32, Adam."""

from typing import Any

from benchmarks.jax_layers import mlp
from benchmarks.race import faster
from benchmarks.recipe import Recipe, dense_work, table
from benchmarks.training import race

SIZES = (30, 64, 64, 1)


def network(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


RECIPE = Recipe(
    model=network, loss="bce", rule="Adam", options={"lr": 1e-3}, data=table, batch_size=32, batches=200,
    jax=mlp(("0", "2", "4")), multiply_adds=dense_work(SIZES, 32), most=1000,
)
RACE = race("P3", "table 30-64-64-1, batch 32, Adam", RECIPE, (faster(1.25, "JAX scan"), faster(3, "JAX jit")))
