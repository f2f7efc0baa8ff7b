"""P5: 784-512-512-10 with BatchNorm and Dropout 0.2, batch 128, Adam.

Masks differ between libraries, so the losses that are compared are of the same network with nothing dropped.
"""

from typing import Any

from benchmarks.jax_layers import as_jax, batch_norm, dropout, linear
from benchmarks.race import faster, near_floor
from benchmarks.recipe import InJax, Recipe, dense_work, pictures
from benchmarks.training import race

SIZES = (784, 512, 512, 10)
DROPPED = 0.2


def network(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(
        nn.Linear(784, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(DROPPED),
        nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(DROPPED),
        nn.Linear(512, 10),
    )


def apply(w: Any, x: Any, key: Any) -> tuple[Any, dict[str, Any]]:
    import jax

    keys = (None, None) if key is None else jax.random.split(key)
    changed: dict[str, Any] = {}
    for (layer, norm), drawn in zip((("0", "1"), ("4", "5")), keys, strict=True):
        x, new = batch_norm(w, norm, linear(w, layer, x))
        x = dropout(drawn, jax.nn.relu(x), DROPPED)
        changed.update(new)
    return linear(w, "8", x), changed


RECIPE = Recipe(
    model=network, loss="cross_entropy", rule="Adam", options={"lr": 1e-3}, data=pictures, batch_size=128, batches=50,
    jax=InJax(apply, as_jax), multiply_adds=dense_work(SIZES, 128), most=20,
)
RACE = race(
    "P5",
    "784-512-512-10, BatchNorm + Dropout 0.2, batch 128, Adam",
    RECIPE,
    (faster(2.5, "PyTorch"), near_floor(1.5)),
)
