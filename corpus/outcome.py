"""How well a training ends, by clean rows that nobody learnt from; and whether one is worse than another."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

import chainrule as cr
from corpus.setup import Array, Rows, Setup, builder

WORST_LOSS = 3.0  # in losses of the best constant: what a training that diverged counts as
SURE = 0.01
MATERIAL = 0.1  # of the way from the best constant to the floor
POINTS = 0.03  # of accuracy


@dataclass(frozen=True)
class Outcome:
    """Where trainings of several seeds ended.

    Attributes:
        scores: (seeds,) accuracy, or R² for numbers; of soft targets none.
        losses: (seeds,) cross-entropy or squared error of the answers, as a share of the way from the floor (0) to the
            best constant (1).
    """

    scores: NDArray[np.float64]
    losses: NDArray[np.float64]

    @property
    def score(self) -> float:
        """The median score."""
        return float(np.median(self.scores))

    @property
    def loss(self) -> float:
        """The median loss."""
        return float(np.median(self.losses))


def trained(setup: Setup, seed: int, build: Any = None, epochs: float = 1.0, batch_size: int | None = None,
            rows: Any = None) -> cr.train.Trainer | None:
    """The Trainer of a seed after its training; None where it cannot be trained."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            cr.manual_seed(seed)
            trainer: cr.train.Trainer = (build or builder(setup))()
            trainer.seed, trainer.guard, trainer.metrics = seed, "off", ()
            data = setup.given() if rows is None else rows
            trainer.fit(
                data, epochs=max(1, round(setup.epochs * epochs)), batch_size=batch_size or setup.batch_size,
                progress=False,
            )
        except (cr.ChainruleError, ValueError, FloatingPointError, RuntimeError, TypeError, IndexError):
            return None
    return trainer


def outcome(setup: Setup, seeds: Sequence[int], **changes: Any) -> Outcome:
    """Train these seeds, and judge each by the clean rows."""
    pairs = [judged(trained(setup, seed, **changes), setup) for seed in seeds]
    scores, losses = np.array(pairs, dtype=np.float64).T
    return Outcome(scores, losses)


def judged(trainer: cr.train.Trainer | None, setup: Setup) -> tuple[float, float]:
    """Score and loss of one Trainer on the clean rows."""
    worst = constant_score(setup.test, setup.task), WORST_LOSS
    if trainer is None:
        return worst
    X = setup.test[0]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            answers = np.asarray(trainer.predict(X), dtype=np.float64).reshape(len(X), -1)
            if not np.isfinite(answers).all():
                return worst
            return measured(trainer, setup, answers)
        except (cr.ChainruleError, ValueError, IndexError, TypeError, RuntimeError):
            return worst


def measured(trainer: cr.train.Trainer, setup: Setup, answers: Array) -> tuple[float, float]:
    """Score and loss of finite answers."""
    X, y = setup.test
    if setup.task == "numbers":
        total = float(((y - y.mean(axis=0)) ** 2).mean())
        rest = float(((answers - y.reshape(len(y), -1)) ** 2).mean()) / total
        return 1 - min(rest, WORST_LOSS), min(rest, WORST_LOSS)
    if setup.judge == "":
        share = np.asarray(trainer.predict_proba(X), dtype=np.float64)
    else:
        share = READ[setup.judge](answers)
    if setup.task == "binary":
        found = share[:, -1]
        truth = y.reshape(-1)
        wrong = (found > 0.5) != (truth > 0.5)
        p = np.clip(found, 1e-6, 1 - 1e-6)
        loss = float(-(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean())
    else:
        wrong = share.argmax(axis=1) != y
        loss = float(-np.log(np.clip(share[np.arange(len(y)), y], 1e-6, 1.0)).mean())
    prior = constant_loss(setup.test, setup.task)
    return 1 - float(wrong.mean()), min((loss - setup.floor) / max(prior - setup.floor, 1e-12), WORST_LOSS)


def _of_signs(answers: Array) -> Array:
    """Shares of answers that mean -1 and 1."""
    p = np.clip((answers + 1) / 2, 0, 1)
    return np.concatenate([1 - p, p], axis=1)


def _of_logits(answers: Array) -> Array:
    """Shares of logits: of one by the sigmoid, of several by the softmax."""
    if answers.shape[1] == 1:
        return np.asarray(1 / (1 + np.exp(-answers)))
    powers = np.exp(answers - answers.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


READ: dict[str, Callable[[Array], Array]] = {
    "shares": lambda answers: answers, "signs": _of_signs, "logits": _of_logits,
}


def constant_score(rows: Rows, task: str) -> float:
    """The score of the best constant answer."""
    if task == "numbers":
        return 0.0
    y = rows[1].reshape(-1)
    counts = np.unique(y > 0.5 if task == "binary" else y, return_counts=True)[1]
    return float(counts.max() / counts.sum())


def constant_loss(rows: Rows, task: str) -> float:
    """The cross-entropy of the best constant answer."""
    y = rows[1].reshape(-1)
    p = np.array([1 - y.mean(), y.mean()]) if task == "binary" else np.bincount(y) / len(y)
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def chance(worse: NDArray[np.float64], better: NDArray[np.float64]) -> float:
    """How often paired numbers of equal kinds would differ at least so far in this direction: exact, by signs."""
    gaps = worse - better
    signs = np.array(list(product((1.0, -1.0), repeat=len(gaps))))
    sums = signs @ np.abs(gaps)
    return float((sums >= gaps.sum() - 1e-12).mean())


def hurts(sick: Outcome, twin: Outcome) -> bool:
    """Whether one way of training is worse than another: surely, and by what matters."""
    by_loss = float(np.median(sick.losses - twin.losses)) >= MATERIAL and chance(sick.losses, twin.losses) < SURE
    by_score = float(np.median(twin.scores - sick.scores)) >= POINTS and chance(-sick.scores, -twin.scores) < SURE
    return by_loss or by_score


def skill(score: float, setup: Setup) -> float:
    """A score as the way from the best constant (0) to a perfect one (1)."""
    constant = constant_score(setup.test, setup.task)
    return (score - constant) / (1 - constant)
