"""Networks and optimizers, each shape of one part, drawn for a data set."""

import numpy as np

from corpus.sets import Part
from corpus.setup import Setup
from corpus.streams import between

SHAPES: dict[Part, tuple[tuple[int, ...], ...]] = {
    "development": (
        (8,), (10,), (16,), (20,), (32,), (48,), (16, 16), (20, 10), (24, 24), (32, 32), (40, 20), (64, 32),
        (12, 12, 12), (16, 12, 8), (20, 20, 20, 20), (24, 24, 24, 24), (18,) * 5,
    ),
    "sealed": (
        (14,), (28,), (36,), (56,), (28, 14), (30, 30), (48, 24), (22, 14, 10), (26, 26, 26), (15,) * 5,
    ),
}
ACTIVATIONS: dict[Part, tuple[str, ...]] = {
    "development": ("relu", "tanh", "leaky_relu", "gelu", "silu", "elu", "selu", "sigmoid"),
    "sealed": ("relu", "tanh", "mish", "softplus", "softsign", "hardtanh", "prelu"),
}
BATCHES: dict[Part, tuple[int, ...]] = {"development": (16, 32, 64), "sealed": (20, 40, 50)}
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
    size = int(rng.choice(BATCHES[part]))
    if len(setup.rows[0]) < 40:
        size = len(setup.rows[0])
    options = {"momentum": 0.9} if name == "momentum" else {}
    return setup.but(
        hidden=hidden, activation=activation, optimizer="sgd" if name == "momentum" else name, options=options, lr=lr,
        batch_size=size,
    )
