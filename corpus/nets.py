"""Networks and optimizers, each shape of one part, drawn for a data set."""

import numpy as np

from corpus.sets import Part
from corpus.setup import Setup
from corpus.streams import between

SHAPES: dict[Part, tuple[tuple[int, ...], ...]] = {
    "development": ((8,), (16,), (32,), (16, 16), (32, 32), (12, 12, 12), (24, 24, 24, 24)),
    "sealed": ((10,), (20,), (48,), (20, 10), (24, 24), (40, 20), (64, 32), (16, 12, 8), (20, 20, 20, 20), (18,) * 5),
}
ACTIVATIONS: dict[Part, tuple[str, ...]] = {
    "development": ("relu", "tanh", "leaky_relu", "gelu"), "sealed": ("relu", "tanh", "silu", "elu", "selu", "sigmoid"),
}
RATES = {
    "sgd": (0.05, 0.3), "momentum": (0.01, 0.08), "adam": (0.003, 0.02), "adamw": (0.003, 0.02),
    "rmsprop": (0.002, 0.01), "nadam": (0.003, 0.02), "adagrad": (0.03, 0.1),
}


def with_network(setup: Setup, part: Part, rng: np.random.Generator) -> Setup:
    """A network, an optimizer with a rate in its usual range, and batches."""
    shapes = SHAPES[part]
    hidden = shapes[int(rng.integers(len(shapes)))]
    activation = str(rng.choice(ACTIVATIONS[part]))
    name = str(rng.choice(list(RATES)))
    lr = float(f"{between(rng, *RATES[name]):.2g}")
    size = int(rng.choice([16, 32, 64]))
    if len(setup.rows[0]) < 40:
        size = len(setup.rows[0])
    options = {"momentum": 0.9} if name == "momentum" else {}
    return setup.but(
        hidden=hidden, activation=activation, optimizer="sgd" if name == "momentum" else name, options=options, lr=lr,
        batch_size=size,
    )
