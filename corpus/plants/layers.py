"""33 to 36, 41 to 44: layers, norms, dropout, and signals that fade, grow or die."""

from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn
from corpus.plants.plant import Plant, classifies, is_deep, not_tiny
from corpus.plants.weights import deep_twin
from corpus.setup import Array, Setup
from corpus.streams import between

KINDS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU, "tanh": nn.Tanh, "leaky_relu": nn.LeakyReLU, "gelu": nn.GELU, "silu": nn.SiLU, "elu": nn.ELU,
    "selu": nn.SELU, "sigmoid": nn.Sigmoid, "mish": nn.Mish, "softplus": nn.Softplus, "softsign": nn.Softsign,
    "hardtanh": nn.Hardtanh, "prelu": nn.PReLU,
}


def few_noisy_rows(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows that are few, with columns of noise and wrong labels, and weights held small: the best that they allow."""
    X, y = setup.rows
    few = rng.permutation(len(X))[: int(rng.integers(90, 200))]
    noise = int(rng.integers(1, 6))

    def wider(X: Array) -> Array:
        return np.concatenate([X, rng.normal(size=(len(X), noise))], axis=1)

    wrong = y[few].copy()
    flips = rng.random(len(few)) < 0.2
    wrong[flips] = 1 - wrong[flips] if setup.task == "binary" else rng.integers(0, setup.outputs, int(flips.sum()))
    return setup.but(
        rows=(wider(X[few]), wrong), test=(wider(setup.test[0]), setup.test[1]),
        hidden=(int(rng.integers(12, 20)),) * int(rng.integers(1, 3)), activation="tanh", optimizer="adamw",
        options={"weight_decay": between(rng, 0.3, 1.0)}, lr=0.01, epochs=int(rng.integers(50, 120)), batch_size=16,
    )


def by_heart(setup: Setup, rng: np.random.Generator) -> Setup:
    """Hundreds of units, and epochs enough to learn the rows by heart."""
    return setup.but(
        hidden=(int(rng.integers(200, 512)),) * int(rng.integers(1, 3)), optimizer="adam", options={},
        epochs=int(rng.integers(100, 250)), lr=between(rng, 0.003, 0.02), activation="relu",
    )


def without_bias(setup: Setup, rng: np.random.Generator) -> Setup:
    """No bias anywhere, and rows that are not centred."""
    (X, y), (Xt, yt) = setup.rows, setup.test
    offset = rng.uniform(2, 8, X.shape[1]) * rng.choice([-1.0, 1.0])

    def network(setup: Setup) -> nn.Module:
        layers: list[nn.Module] = []
        for inputs, outputs in zip(setup.sizes, setup.sizes[1:], strict=False):
            layers += [nn.Linear(inputs, outputs, bias=False), KINDS[setup.activation]()]
        return nn.Sequential(*layers[:-1])

    return setup.but(rows=(X + offset, y), test=(Xt + offset, yt), network=network)


def norm_misused(setup: Setup, rng: np.random.Generator) -> Setup:
    """Batch norm over two rows, or behind the last layer."""
    if rng.random() < 0.5:
        return setup.but(batch_size=2)

    def network(setup: Setup) -> nn.Module:
        last = nn.BatchNorm1d(setup.outputs)
        return nn.Sequential(nn.MLP(setup.sizes, activation=setup.activation), last)

    return setup.but(network=network, norm=None)


def normed(setup: Setup, rng: np.random.Generator) -> Setup:
    """The same with batch norm where it belongs."""
    return setup.but(norm="batch")


def left_out(setup: Setup, rng: np.random.Generator) -> Setup:
    """Nearly everything left out."""
    return setup.but(dropout=float(rng.uniform(0.75, 0.97)))


class Rescaled(nn.Module):
    """Dropout whose factor is applied twice, or never."""

    def __init__(self, p: float, twice: bool) -> None:
        super().__init__()
        self.p, self.twice, self.inner = p, twice, nn.Dropout(p)

    def forward(self, x: Any) -> Any:
        """Some left out while it learns."""
        if self.training:
            return self.inner(x) if self.twice else self.inner(x) * (1 - self.p)
        return x * (1 - self.p) if self.twice else x


def wrong_factor(setup: Setup, rng: np.random.Generator) -> Setup:
    """Dropout that scales at both ends, or at none."""
    p, twice = float(rng.uniform(0.3, 0.7)), bool(rng.random() < 0.5)

    def network(setup: Setup) -> nn.Module:
        layers: list[nn.Module] = []
        for inputs, outputs in zip(setup.sizes, setup.sizes[1:], strict=False):
            layers += [nn.Linear(inputs, outputs), KINDS[setup.activation](), Rescaled(p, twice)]
        return nn.Sequential(*layers[:-2])

    return setup.but(network=network)


def exploding(setup: Setup, rng: np.random.Generator) -> Setup:
    """Many layers, each of which makes the signal a few times as large."""
    width, depth = max(setup.hidden[0], 12), int(rng.integers(6, 10))
    gain = float(rng.uniform(2.5, 4.0)) / np.sqrt(width)
    return setup.but(hidden=(width,) * depth, activation="relu", init=gain, optimizer="sgd", options={},
                     lr=between(rng, 0.01, 0.1))


def fading(setup: Setup, rng: np.random.Generator) -> Setup:
    """Many layers of sigmoids, with plain steps."""
    width, depth = max(setup.hidden[0], 12), int(rng.integers(5, 10))
    return setup.but(hidden=(width,) * depth, activation="sigmoid", optimizer="sgd", options={},
                     lr=between(rng, 0.05, 0.3), init=None if rng.random() < 0.5 else "linear")


def dead(setup: Setup, rng: np.random.Generator) -> Setup:
    """Biases so low that whole layers of ReLUs never answer."""
    low = -float(rng.uniform(5, 30))
    share = float(rng.uniform(0.9, 1.06))

    def kill(model: nn.Module) -> None:
        biases = [p for name, p in model.named_parameters() if name.endswith("bias")][:-1]
        with cr.no_grad():
            for bias in biases:
                bias[: round(len(bias) * min(share, 1.0))] = low

    return setup.but(activation="relu", altered=kill)


def saturated(setup: Setup, rng: np.random.Generator) -> Setup:
    """Units that are flat for every row from the start."""
    factor = between(rng, 30, 300)

    def steepen(model: nn.Module) -> None:
        first = next(iter(model.parameters()))
        with cr.no_grad():
            first *= factor

    return setup.but(activation=str(rng.choice(["tanh", "sigmoid"])), altered=steepen)


PLANTS = (
    Plant(33, "overfitting", by_heart, classifies, few_noisy_rows),
    Plant(34, "missing_bias", without_bias),
    Plant(35, "batch_norm_misused", norm_misused, not_tiny, normed),
    Plant(36, "dropout_too_strong", left_out),
    Plant(36, "dropout_scaled", wrong_factor),
    Plant(41, "exploding_gradient", exploding, not_tiny, deep_twin),
    Plant(42, "vanishing_gradient", fading, is_deep),
    Plant(43, "dead_units", dead),
    Plant(44, "saturated_units", saturated),
)
