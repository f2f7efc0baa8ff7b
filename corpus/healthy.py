"""Healthy trainings: drawn at random, and kept where nothing better is known to be in reach."""

import numpy as np

from corpus.nets import with_network
from corpus.outcome import MATERIAL, POINTS, Outcome, outcome, skill
from corpus.sets import SETS, Part, Set, of_part
from corpus.setup import Array, Setup
from corpus.streams import stream

SEEDS = range(10)
NEAR = 0.95  # of the reference
LEAST = 0.9  # of the reference, what every single seed reaches
WIDE = (64, 64)


def candidate(part: Part, index: int) -> Setup:
    """The training of this number: data sets in turn, all else drawn."""
    rng = stream("healthy", part, index)
    sets = of_part(part)
    return with_network(sets[index % len(sets)].setup(rng), part, rng)


def set_of(name: str) -> Set:
    """A data set by its name."""
    return next(one for one in SETS if one.name == name)


_known: dict[tuple[object, ...], tuple[float, float]] = {}


def reference(setup: Setup) -> tuple[float, float]:
    """What is known to be in reach on these rows: the score and loss of a wide network, or a support vector machine's.

    The score is the better one of the two, the loss the network's median over three seeds.
    """
    key = setup.data, setup.epochs, np.ascontiguousarray(setup.rows[0]).tobytes(), setup.rows[1].tobytes()
    if key not in _known:
        wide = setup.but(
            hidden=WIDE, activation="relu", optimizer="adam", options={}, lr=0.005, dropout=0.0, norm=None, init=None,
            batch_size=min(32, len(setup.rows[0])), schedule=None,
        )
        found = outcome(wide, range(3))
        _known[key] = max(found.score, _machine(setup)), found.loss
    return _known[key]


def _machine(setup: Setup) -> float:
    """The score of scikit-learn's support vectors with their defaults."""
    from sklearn.svm import SVC, SVR

    (X, y), (Xt, yt) = setup.rows, setup.test
    model = SVR() if setup.task == "numbers" else SVC()
    labels: Array = y.reshape(-1) if setup.task == "numbers" else (y.reshape(-1) > 0.5 if y.ndim > 1 else y)
    truth = yt.reshape(-1) if setup.task == "numbers" else (yt.reshape(-1) > 0.5 if yt.ndim > 1 else yt)
    return float(model.fit(X, labels).score(Xt, truth))


def is_healthy(setup: Setup, found: Outcome | None = None, known: tuple[float, float] | None = None) -> bool:
    """Whether the median seed reaches 95 % of the reference, no seed falls far behind, and none beats it by much.

    What would count as hurting (`outcome.hurts`) must not separate it from the reference either.
    """
    score, loss = reference(setup) if known is None else known
    ended = outcome(setup, SEEDS) if found is None else found
    aim = max(skill(score, setup), 1e-12)
    reached = np.array([skill(float(one), setup) for one in ended.scores]) / aim
    if float(np.median(reached)) < NEAR or float(reached.min()) < LEAST:
        return False
    return ended.loss - loss < MATERIAL and score - ended.score < POINTS
