"""Two convolutions 3 × 3 with ReLU and max-pool, and two dense layers, on pictures of 28 × 28: P6, P7 and P16."""

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import recipe
from benchmarks.jax_layers import as_jax, conv_pool, linear
from benchmarks.recipe import InJax, Recipe, Rows, Weights

SIDE, BATCH = 28, 64


def network(first: int, second: int, hidden: int, library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(
        nn.Conv2d(1, first, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(second * 49, hidden), nn.ReLU(), nn.Linear(hidden, 10),
    )


def apply(w: Any, x: Any, key: Any) -> tuple[Any, dict[str, Any]]:
    import jax

    x = conv_pool(w, "3", conv_pool(w, "0", x))  # (N, 7, 7, C)
    return linear(w, "9", jax.nn.relu(linear(w, "7", x.reshape(len(x), -1)))), {}


def channels_last(weights: Weights) -> Weights:
    """As JAX wants them; the rows of the first dense layer in the order of (7, 7, C)."""
    dense = weights["7.weight"]
    moved = dense.reshape(len(dense), -1, 7, 7).transpose(0, 2, 3, 1).reshape(dense.shape)
    return as_jax({**weights, "7.weight": moved})


def rows(count: int) -> Rows:
    X, y = recipe.pictures(count)
    return X.reshape(-1, 1, SIDE, SIDE), y


def multiply_adds(first: int, second: int, hidden: int) -> float:
    """Of a step; the input of the first convolution needs no gradient."""
    begin = SIDE**2 * 9 * first
    rest = (SIDE // 2) ** 2 * 9 * first * second + 49 * second * hidden + hidden * 10
    return float(BATCH * (2 * begin + 3 * rest))


def recipe_of(first: int, second: int, hidden: int, batches: int) -> Recipe:
    """The training of a network with so many filters and hidden units."""
    model: Callable[[Any], Any] = partial(network, first, second, hidden)
    return Recipe(
        model=model, loss="cross_entropy", rule="Adam", options={"lr": 1e-3}, data=rows, batch_size=BATCH,
        batches=batches, jax=InJax(apply, channels_last), pictures=True, most=20,
        multiply_adds=multiply_adds(first, second, hidden),
    )
