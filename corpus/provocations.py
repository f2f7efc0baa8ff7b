"""Healthy trainings that look ill: each is kept only if it reaches what its plain twin reaches."""

from dataclasses import dataclass

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.optim import schedules
from corpus.plants.plant import Apply, Fits, classifies, is_binary, is_numbers, not_tiny
from corpus.samples import TEST
from corpus.setup import Array, Rows, Setup
from corpus.streams import between


@dataclass(frozen=True)
class Provocation:
    """A way to look ill.

    Attributes:
        name: of it.
        apply: makes it of a healthy training.
        fits: which ones.
        own: whether it has other rows, so that what is in reach must be found anew.
    """

    name: str
    apply: Apply
    fits: Fits = not_tiny
    own: bool = False


def high_rate(setup: Setup, rng: np.random.Generator) -> Setup:
    """A rate of 0.3 to 1 that is fine."""
    return setup.but(optimizer="sgd", options={}, lr=between(rng, 0.3, 1.0))


def unscaled_but_fine(setup: Setup, rng: np.random.Generator) -> Setup:
    """Columns that nobody scaled, and that do no harm."""
    (X, y), (Xt, yt) = setup.rows, setup.test
    factor = np.exp(rng.uniform(np.log(0.3), np.log(15), X.shape[1]))
    offset = rng.uniform(-3, 3, X.shape[1]) * factor
    return setup.but(rows=(X * factor + offset, y), test=(Xt * factor + offset, yt))


def dead_third(setup: Setup, rng: np.random.Generator) -> Setup:
    """A third of the first layer's ReLUs dead from the start."""
    width = int(rng.integers(24, 49))

    def kill(model: nn.Module) -> None:
        bias = next(p for name, p in model.named_parameters() if name.endswith("bias"))
        with cr.no_grad():
            bias[: int(width * 0.3)] = -40.0

    return setup.but(activation="relu", hidden=(width, *setup.hidden[1:]), altered=kill)


def nearly_perfect(setup: Setup, rng: np.random.Generator) -> Setup:
    """Classes so far apart that accuracy is 99.9 % and gradients vanish, as they do when all is learnt."""

    def make(n: int) -> Rows:
        y = rng.integers(0, 2, n)
        return rng.normal(size=(n, 3)) + (2 * y[:, None] - 1) * 4.0, y[:, None].astype(np.float64)

    return _two_classes(setup, make(int(rng.integers(150, 400))), make(TEST))


def _two_classes(setup: Setup, rows: Rows, test: Rows) -> Setup:
    return setup.but(rows=rows, test=test, task="binary", outputs=1, loss="", ending=None)


def soft_labels(setup: Setup, rng: np.random.Generator) -> Setup:
    """Targets that are shares: the loss ends at their entropy, far from 0."""
    low, high = float(rng.uniform(0.05, 0.2)), float(rng.uniform(0.8, 0.95))
    (X, y), (Xt, yt) = setup.rows, setup.test
    soft, apart = np.where(y > 0.5, high, low), np.where(yt > 0.5, high, low)
    floor = float(-(apart * np.log(apart) + (1 - apart) * np.log(1 - apart)).mean())
    return setup.but(rows=(X, soft), test=(Xt, apart), floor=floor)


def tanh_and_squares(setup: Setup, rng: np.random.Generator) -> Setup:
    """Classes -1 and 1 behind tanh with squared error."""
    X, y = setup.rows
    return setup.but(rows=(X, 2 * y - 1), ending="tanh", loss="squares", judge="signs")


def rare_but_learnt(setup: Setup, rng: np.random.Generator) -> Setup:
    """A class with a twentieth of the rows that is told apart all the same."""
    place = rng.normal(size=4)

    def make(n: int, share: float) -> Rows:
        y = (np.arange(n) < n * share).astype(np.float64)[rng.permutation(n), None]
        return rng.normal(size=(n, 4)) + y * 6.0 * place / np.linalg.norm(place), y

    share = float(rng.uniform(0.04, 0.07))
    return _two_classes(setup, make(int(rng.integers(400, 700)), share), make(TEST, share))


def noisy_validation(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows to judge by that are few, so that their loss goes up and down."""
    (X, y) = setup.rows
    apart = rng.permutation(len(X))[: int(rng.integers(25, 45))]
    kept = np.setdiff1d(np.arange(len(X)), apart)
    return setup.but(rows=(X[kept], y[kept]), validation=(X[apart], y[apart]))


def truth_table(setup: Setup, rng: np.random.Generator) -> Setup:
    """Four rows: AND, OR, NAND, NOR or XOR, and a network that learns them."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    tables = ([0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0], [0, 1, 1, 0])
    y = np.array(tables[int(rng.integers(5))], dtype=np.float64)[:, None]
    found = _two_classes(setup, (X, y), (X, y))
    return found.but(batch_size=4, epochs=int(rng.integers(400, 1200)), lr=max(setup.lr, 0.01))


def overlapping(setup: Setup, rng: np.random.Generator) -> Setup:
    """Classes that overlap: a tenth to a fifth of the answers must be wrong."""
    apart = float(rng.uniform(0.9, 1.3))

    def make(n: int) -> Rows:
        y = rng.integers(0, 2, n)
        return rng.normal(size=(n, 2)) + (2 * y[:, None] - 1) * [apart, 0.0], y[:, None].astype(np.float64)

    found = _two_classes(setup, make(int(rng.integers(500, 900))), make(TEST))
    return found.but(hidden=setup.hidden[:1], epochs=min(setup.epochs, 25))


def one_hot_beside_counts(setup: Setup, rng: np.random.Generator) -> Setup:
    """Columns of 0 and 1 beside counts, as they are."""
    weights = rng.normal(size=4)

    def make(n: int) -> Rows:
        kinds, counts = rng.integers(0, 4, n), rng.poisson(5.0, n)
        scores = weights[kinds] * 2 + counts / 2 - 2.5
        return np.concatenate([np.eye(4)[kinds], counts[:, None]], axis=1), (scores > 0).astype(np.float64)[:, None]

    return _two_classes(setup, make(int(rng.integers(300, 600))), make(TEST))


def tiny_batches(setup: Setup, rng: np.random.Generator) -> Setup:
    """Batches of two to four rows, at a rate that suits them."""
    size = int(rng.integers(2, 5))
    return setup.but(optimizer="sgd", options={}, batch_size=size, lr=between(rng, 0.005, 0.03),
                     epochs=max(20, setup.epochs // 2))


def whole_batches(setup: Setup, rng: np.random.Generator) -> Setup:
    """All rows in one batch, for long enough."""
    return setup.but(batch_size=len(setup.rows[0]), optimizer="adam", options={}, lr=between(rng, 0.01, 0.03),
                     epochs=setup.epochs * 6)


def cosine(setup: Setup, rng: np.random.Generator) -> Setup:
    """A rate that ends at 0, as it is meant."""
    return setup.but(schedule=schedules.cosine(setup.lr, steps=setup.updates))


def warmed_up(setup: Setup, rng: np.random.Generator) -> Setup:
    """A rate that begins at 0."""
    return setup.but(schedule=schedules.warmup(setup.lr, steps=max(2, setup.updates // 10)))


def dropout(setup: Setup, rng: np.random.Generator) -> Setup:
    """A third of a wide layer left out, and the score none the worse."""
    return setup.but(dropout=float(rng.uniform(0.15, 0.35)), hidden=(int(rng.integers(50, 90)),))


def linear_on_purpose(setup: Setup, rng: np.random.Generator) -> Setup:
    """No hidden layer, and nothing that would need one."""
    weights = rng.normal(size=4)

    def make(n: int) -> Rows:
        X = rng.normal(size=(n, 4))
        return X, ((X @ weights)[:, None] + rng.normal(size=(n, 1)) * 0.1) / np.linalg.norm(weights)

    return setup.but(rows=make(int(rng.integers(200, 500))), test=make(TEST), task="numbers", outputs=1, hidden=())


def constant_column(setup: Setup, rng: np.random.Generator) -> Setup:
    """A column that never changes, as the frame of a picture."""
    (X, y), (Xt, yt) = setup.rows, setup.test
    value = float(rng.choice([0.0, 1.0]))

    def wider(X: Array) -> Array:
        return np.concatenate([X, np.full((len(X), 1), value)], axis=1)

    return setup.but(rows=(wider(X), y), test=(wider(Xt), yt))


def measured_twice(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows measured twice, with other noise in the target."""
    X, y = setup.rows
    again = rng.choice(len(X), len(X) // 3, replace=False)
    return setup.but(rows=(np.concatenate([X, X[again]]),
                           np.concatenate([y, y[again] + rng.normal(size=(len(again), 1)) * 0.08])))


def small_weights(setup: Setup, rng: np.random.Generator) -> Setup:
    """First weights of a hundredth in a shallow network, which learns."""
    return setup.but(init=between(rng, 0.01, 0.05), hidden=setup.hidden[:1])


def squares_on_shares(setup: Setup, rng: np.random.Generator) -> Setup:
    """Squared error behind a sigmoid that is as good as cross-entropy here."""
    return setup.but(ending="sigmoid", loss="squares")


def some_decay(setup: Setup, rng: np.random.Generator) -> Setup:
    """Weight decay as it is used."""
    return setup.but(optimizer="adamw", options={"weight_decay": between(rng, 0.01, 0.3)}, lr=between(rng, 0.003, 0.02))


def heavy_momentum(setup: Setup, rng: np.random.Generator) -> Setup:
    """Momentum of 0.95 to 0.98 with a rate that suits it."""
    options = {"momentum": float(rng.uniform(0.94, 0.98))}
    return setup.but(optimizer="sgd", options=options, lr=between(rng, 0.003, 0.015))


def frozen_on_purpose(setup: Setup, rng: np.random.Generator) -> Setup:
    """A wide first layer that stays as it was drawn."""

    def freeze(model: nn.Module) -> None:
        for parameter in list(model.parameters())[:2]:
            parameter.requires_grad = False

    return setup.but(hidden=(int(rng.integers(60, 100)), *setup.hidden), activation="relu", altered=freeze)


def sorted_rows(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows sorted by their target, which every epoch shuffles."""
    X, y = setup.rows
    order = np.argsort(y.reshape(-1), kind="stable")
    return setup.but(rows=(X[order], y[order]))


def single_precision(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows in single precision."""
    (X, y), (Xt, yt) = setup.rows, setup.test
    hard = setup.task == "classes"
    return setup.but(rows=(X.astype(np.float32), y if hard else y.astype(np.float32)),
                     test=(Xt.astype(np.float32), yt if hard else yt.astype(np.float32)))


def clipped_loosely(setup: Setup, rng: np.random.Generator) -> Setup:
    """Gradients held below 1 to 5."""
    return setup.but(clip_norm=between(rng, 1.0, 5.0))


def normed(setup: Setup, rng: np.random.Generator) -> Setup:
    """Batch or layer norm in every layer."""
    return setup.but(norm=str(rng.choice(["batch", "layer"])))


PROVOCATIONS = (
    Provocation("high_rate", high_rate),
    Provocation("unscaled_but_fine", unscaled_but_fine),
    Provocation("dead_third", dead_third),
    Provocation("nearly_perfect", nearly_perfect, own=True),
    Provocation("soft_labels", soft_labels, is_binary),
    Provocation("tanh_and_squares", tanh_and_squares, is_binary),
    Provocation("rare_but_learnt", rare_but_learnt, own=True),
    Provocation("noisy_validation", noisy_validation),
    Provocation("truth_table", truth_table, own=True),
    Provocation("overlapping", overlapping, own=True),
    Provocation("one_hot_beside_counts", one_hot_beside_counts, own=True),
    Provocation("tiny_batches", tiny_batches),
    Provocation("whole_batches", whole_batches),
    Provocation("cosine", cosine),
    Provocation("warmed_up", warmed_up),
    Provocation("dropout", dropout),
    Provocation("linear_on_purpose", linear_on_purpose, own=True),
    Provocation("constant_column", constant_column),
    Provocation("measured_twice", measured_twice, is_numbers),
    Provocation("small_weights", small_weights, classifies),
    Provocation("squares_on_shares", squares_on_shares, is_binary),
    Provocation("some_decay", some_decay),
    Provocation("heavy_momentum", heavy_momentum),
    Provocation("frozen_on_purpose", frozen_on_purpose),
    Provocation("sorted_rows", sorted_rows),
    Provocation("single_precision", single_precision),
    Provocation("clipped_loosely", clipped_loosely),
    Provocation("normed", normed),
)


def by_name(name: str) -> Provocation:
    """A provocation by its name."""
    return next(one for one in PROVOCATIONS if one.name == name)
