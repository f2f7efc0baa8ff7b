"""1 to 10 and 16: rows and labels."""

import numpy as np

from corpus.plants.plant import Plant, classifies, has_classes, is_binary, is_numbers, not_tiny
from corpus.setup import Array, Setup
from corpus.streams import between


def holes(setup: Setup, rng: np.random.Generator) -> Setup:
    """A few cells that are NaN or infinite."""
    X, y = setup.rows
    X, y = X.copy(), y.astype(np.float64) if setup.task != "classes" else y
    hole = float(rng.choice([np.nan, np.inf, -np.inf]))
    if setup.task != "classes" and rng.random() < 0.3:
        y = y.copy()
        y[rng.integers(len(y)), 0] = hole
    else:
        for _ in range(int(rng.integers(1, 6))):
            X[rng.integers(len(X)), rng.integers(X.shape[1])] = hole
    return setup.but(rows=(X, y))


def _columns(setup: Setup, factor: Array, offset: Array) -> Setup:
    (X, y), (Xt, yt) = setup.rows, setup.test
    return setup.but(rows=(X * factor + offset, y), test=(Xt * factor + offset, yt))


def unscaled(setup: Setup, rng: np.random.Generator) -> Setup:
    """All columns on large scales, or far from 0."""
    width = setup.rows[0].shape[1]
    if rng.random() < 0.5:
        return _columns(setup, np.full(width, between(rng, 50, 5000)), np.zeros(width))
    return _columns(setup, np.ones(width), np.full(width, between(rng, 50, 5000)) * rng.choice([-1.0, 1.0]))


def dwarfing(setup: Setup, rng: np.random.Generator) -> Setup:
    """One column a thousand times as large as the others."""
    factor = np.ones(setup.rows[0].shape[1])
    factor[rng.integers(len(factor))] = between(rng, 500, 20000)
    return _columns(setup, factor, np.zeros(len(factor)))


def unscaled_target(setup: Setup, rng: np.random.Generator) -> Setup:
    """Targets in thousands, far from 0."""
    factor, offset = between(rng, 30, 3000), between(rng, 100, 50000) * float(rng.choice([0.0, 1.0]))
    (X, y), (Xt, yt) = setup.rows, setup.test
    return setup.but(rows=(X, y * factor + offset), test=(Xt, yt * factor + offset))


def flipped(setup: Setup, rng: np.random.Generator) -> Setup:
    """A share of the labels replaced by others."""
    X, y = setup.rows
    wrong = rng.random(len(y)) < rng.uniform(0.12, 0.4)
    y = y.copy()
    if setup.task == "binary":
        y[wrong] = 1 - y[wrong]
    else:
        y[wrong] = (y[wrong] + rng.integers(1, setup.outputs, int(wrong.sum()))) % setup.outputs
    return setup.but(rows=(X, y))


def misaligned(setup: Setup, rng: np.random.Generator) -> Setup:
    """Targets shifted against their rows, or rows shuffled alone."""
    X, y = setup.rows
    if rng.random() < 0.5:
        return setup.but(rows=(X, np.roll(y, int(rng.integers(1, 5)), axis=0)))
    return setup.but(rows=(X[rng.permutation(len(X))], y))


def coded_wrong(setup: Setup, rng: np.random.Generator) -> Setup:
    """Classes counted from 1, or -1 and 1, or 1 and 2, or in percent."""
    X, y = setup.rows
    if setup.task == "classes":
        return setup.but(rows=(X, y + 1))
    codes = [2 * y - 1, y + 1, y * 100, y * 255]
    return setup.but(rows=(X, codes[int(rng.integers(len(codes)))]))


def scarce(setup: Setup, rng: np.random.Generator) -> Setup:
    """Most rows of a class left out; the clean rows have the classes in equal shares."""
    X, y = setup.rows
    rare = y.reshape(-1) == (1 if setup.task == "binary" else setup.outputs - 1)
    kept = ~rare
    some = np.flatnonzero(rare)
    kept[rng.permutation(some)[: max(3, int(len(y) * rng.uniform(0.015, 0.04)))]] = True
    return setup.but(rows=(X[kept], y[kept]))


def contradicting(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows that stand there twice, with another label."""
    X, y = setup.rows
    again = rng.choice(len(y), int(len(y) * rng.uniform(0.3, 0.6)), replace=False)
    other = 1 - y[again] if setup.task == "binary" else (y[again] + 1) % setup.outputs
    return setup.but(rows=(np.concatenate([X, X[again]]), np.concatenate([y, other])))


def constant_column(setup: Setup, rng: np.random.Generator) -> Setup:
    """A column that never changes, and is large."""
    (X, y), (Xt, yt) = setup.rows, setup.test
    value = between(rng, 100, 1e5) * float(rng.choice([-1, 1]))

    def wider(X: Array) -> Array:
        return np.concatenate([X, np.full((len(X), 1), value)], axis=1)

    return setup.but(rows=(wider(X), y), test=(wider(Xt), yt))


def wrong_type(setup: Setup, rng: np.random.Generator) -> Setup:
    """Columns kept as bytes that wrapped round, or numbers cut to whole ones."""
    X, y = setup.rows
    low, high = X.min(axis=0), X.max(axis=0)
    spread = np.where(high > low, high - low, 1.0)
    if rng.random() < 0.5:
        factor = float(rng.uniform(400, 900))
        (Xt, yt) = setup.test
        with np.errstate(all="ignore"):
            wrapped = [((part - low) / spread * factor).astype(np.int64).astype(np.uint8) for part in (X, Xt)]
        return setup.but(rows=(wrapped[0], y), test=(wrapped[1], yt))
    whole = [np.trunc(part / np.abs(X).max(axis=0).clip(1e-9) * 1.5).astype(np.int64) for part in (X, setup.test[0])]
    return setup.but(rows=(whole[0], y), test=(whole[1], setup.test[1]))


NAN = "a number that is none: an invariant is broken, whatever the loss does"
PLANTS = (
    Plant(1, "nonfinite_data", holes, not_tiny, certain=NAN),
    Plant(2, "features_unscaled", unscaled),
    Plant(3, "one_feature_unscaled", dwarfing),
    Plant(4, "constant_feature", constant_column),
    Plant(5, "target_unscaled", unscaled_target, is_numbers),
    Plant(6, "label_noise", flipped, classifies),
    Plant(7, "labels_misaligned", misaligned),
    Plant(8, "labels_coded_wrong", coded_wrong, classifies, certain="labels that the loss cannot take"),
    Plant(9, "imbalance", scarce, lambda s: is_binary(s) or has_classes(s)),
    Plant(10, "contradicting_rows", contradicting, classifies),
    Plant(16, "wrong_dtype", wrong_type),
)
