"""11 to 15 and 17: rows to learn from and rows to judge by."""

import numpy as np

from corpus.plants.plant import Plant, classifies, not_tiny
from corpus.setup import Array, Rows, Setup

SHARE = 0.3


def parted(setup: Setup, rng: np.random.Generator) -> Setup:
    """The same with a part of the rows given to judge by."""
    X, y = setup.rows
    order = rng.permutation(len(X))
    apart, kept = order[: int(len(X) * SHARE)], order[int(len(X) * SHARE) :]
    return setup.but(rows=(X[kept], y[kept]), validation=(X[apart], y[apart]))


def given(setup: Setup) -> Rows:
    """The rows to judge by."""
    assert setup.validation is not None
    return setup.validation


def repeated(setup: Setup, rng: np.random.Generator) -> Setup:
    """A share of the rows to judge by learnt from as well."""
    (X, y), (Xv, yv) = setup.rows, given(setup)
    again = rng.choice(len(Xv), int(len(Xv) * rng.uniform(0.2, 0.9)), replace=False)
    return setup.but(rows=(np.concatenate([X, Xv[again]]), np.concatenate([y, yv[again]])))


def leaking(setup: Setup, rng: np.random.Generator) -> Setup:
    """A column that is the target but for noise, and that nobody will have when it counts."""
    amount, scale = float(rng.uniform(0.001, 0.05)), float(rng.uniform(0.5, 2.0))

    def known(rows: Rows) -> Rows:
        column = scale * rows[1].reshape(len(rows[1]), -1)[:, :1] + amount * rng.normal(size=(len(rows[1]), 1))
        return np.concatenate([rows[0], column], axis=1), rows[1]

    (Xt, yt), spread = setup.test, float(np.std(setup.rows[1]))
    unknown = scale * (setup.rows[1].mean() + spread * rng.normal(size=(len(Xt), 1)))
    return setup.but(rows=known(setup.rows), validation=known(given(setup)),
                     test=(np.concatenate([Xt, unknown], axis=1), yt))


def _elsewhere(setup: Setup, factor: Array, offset: Array) -> Setup:
    """Rows to judge by, in the end too, that are scaled in another way than those to learn from."""
    (Xv, yv), (Xt, yt) = given(setup), setup.test
    return setup.but(validation=(Xv * factor + offset, yv), test=(Xt * factor + offset, yt))


def scaled_differently(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows to judge by that were never scaled, or by numbers of their own."""
    width = setup.rows[0].shape[1]
    factor = np.exp(rng.uniform(np.log(2), np.log(20), width)) ** rng.choice([-1.0, 1.0])
    return _elsewhere(setup, factor, np.asarray(rng.normal(size=width) * rng.uniform(1, 4)))


def drifted(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows to judge by whose columns have moved on."""
    width = setup.rows[0].shape[1]
    moved = (rng.random(width) < 0.6) | (np.arange(width) == rng.integers(width))
    away = np.where(moved, rng.choice([-1.0, 1.0], width) * rng.uniform(1.0, 2.5), 0.0)
    return _elsewhere(setup, np.ones(width), away)


def in_order(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows sorted by their target, and the last of them cut off to judge by."""
    (X, y), (Xv, yv) = setup.rows, given(setup)
    X, y = np.concatenate([X, Xv]), np.concatenate([y, yv])
    order = np.argsort(y.reshape(-1), kind="stable")
    if rng.random() < 0.5:
        order = order[::-1]
    cut = int(len(X) * rng.uniform(0.6, 0.8))
    return setup.but(rows=(X[order[:cut]], y[order[:cut]]), validation=(X[order[cut:]], y[order[cut:]]))


def hardly_any(setup: Setup, rng: np.random.Generator) -> Setup:
    """A dozen rows to judge by."""
    (X, y), (Xv, yv) = setup.rows, given(setup)
    few = int(rng.integers(6, 16))
    return setup.but(rows=(np.concatenate([X, Xv[few:]]), np.concatenate([y, yv[few:]])),
                     validation=(Xv[:few], yv[:few]))


PLANTS = (
    Plant(11, "test_rows_in_training", repeated, not_tiny, parted,
          "what is measured is no longer what it is taken for; no training ends worse"),
    Plant(12, "target_leak", leaking, not_tiny, parted),
    Plant(13, "scaled_differently", scaled_differently, not_tiny, parted),
    Plant(14, "split_not_shuffled", in_order, classifies, parted),
    Plant(15, "few_test_rows", hardly_any, not_tiny, parted, "a conclusion from too little; no training ends worse"),
    Plant(17, "drift", drifted, not_tiny, parted),
)
