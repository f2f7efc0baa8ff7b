"""P4: pictures with 784-128-10 ReLU, batch 64, Adam."""

from typing import Any

from benchmarks.jax_layers import mlp
from benchmarks.race import faster, near_floor
from benchmarks.recipe import Recipe, dense_work, pictures
from benchmarks.training import race

SIZES = (784, 128, 10)


def network(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


RECIPE = Recipe(
    model=network, loss="cross_entropy", rule="Adam", options={"lr": 1e-3}, data=pictures, batch_size=64, batches=200,
    jax=mlp(("0", "2")), multiply_adds=dense_work(SIZES, 64), most=100,
)
RACE = race(
    "P4",
    "784-128-10, batch 64, Adam",
    RECIPE,
    (faster(1.6, "JAX scan"), faster(4, "PyTorch"), near_floor(1.35)),
)
