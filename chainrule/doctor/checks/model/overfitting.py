"""33: the rows are learnt by heart, and unseen ones are answered worse than they could be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import FEW, PAIRS, Case, metric_of, scores
from chainrule.doctor.change import AS_IT_IS, Change
from chainrule.doctor.changes.stopping import stopped
from chainrule.doctor.changes.training import more_decay
from chainrule.doctor.experiment import Experiment
from chainrule.doctor.looks.sweep import highest_rate
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.population.training import train_all
from chainrule.train.trainer import Trainer

HALF = 0.5  # of the loss on unseen rows: above it the rows are not learnt by heart
BY_HEART = 0.3  # of the way from the best constant to the floor, that may be left
LEAST = 0.05  # fewer wrong answers, as a share, or as much more R², that count
MATERIAL = 0.1  # of what the best constant gets wrong
LOST = 0.15  # of what there is to be learnt, that the loss on unseen rows must win
SURE = 2.5  # standard errors of that, over the rows
AGREED, LIKELY = 0.1, 1.5  # likewise, where every part of the rows says the same
AS_GOOD = 1.0  # standard errors by which answers may seem worse where the loss is what was lost
MISLED = 0.3  # of the best constant's loss, that a cure must win where the answers were worse than that constant
FOLDS = 5
SHARES = (0.3, 0.1, 0.03)  # of the epochs, after which it is stopped
DECAYS = (1.0, 3.0, 10.0)  # how many times over a weight that nothing holds would have decayed
HELD_BACK = ("more_decay", "stopped")
NEAR = 0.7  # of the best gain: with that much the first kind of cure is taken

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Tried:
    """What came of trainings on several parts of the rows, judged by the rows left out.

    Attributes:
        change: what was changed.
        wrong: (rows,) how wrong each unseen row is answered: 0 or 1 for classes, in variances for numbers.
        losses: (parts,) the loss on unseen rows.
    """

    change: Change
    wrong: Numbers
    losses: Numbers


def look(case: Case) -> Iterator[Suspicion]:
    """Unseen rows that are answered much worse than those learnt from, and better once something holds it back."""
    metric = None if case.feed is None else metric_of(case.first, case.feed)
    if case.judged is None or metric is None or len(case.data) != 2 or isinstance(case.data[0], tuple):
        return
    if any(change.name in HELD_BACK for change in case.cures):
        return
    runs = case.runs(range(PAIRS))
    learnt = float(np.median([run.end for run in runs]))
    held = float(np.median([np.inf if run.held is None else run.held for run in runs]))
    errors = [run.error for run in runs if run.error is not None]
    prior = _prior(case)
    if not learnt < HALF * held or learnt > case.floor + BY_HEART * case.scale or not errors:
        return
    if float(np.median(errors)) < max(LEAST, MATERIAL * prior) and held < case.constant:
        return
    parts = _parts(case)
    before = _tried(case, parts, AS_IT_IS)
    best = _best(case, parts, before, prior)
    if best is None:
        return
    gains = before.losses - best.losses
    experiment = Experiment(best.change, before.losses, best.losses, gains / case.scale, unseen=True)
    evidence = (
        Evidence("by_heart", {"learnt": learnt, "held": held}),
        Evidence(f"unseen_{metric}", {"before": float(before.wrong.mean()), "after": float(best.wrong.mean())}),
    )
    yield Suspicion("overfitting", "exact", evidence, (best.change,), 0.8, experiment=experiment, symptom=True)


def _best(case: Case, parts: Sequence[Any], before: Tried, prior: float) -> Tried | None:
    """What makes unseen answers better by more than chance; decay, where it does nearly as well as an earlier end."""
    found: list[tuple[float, Tried]] = []
    for change in _cures(case):
        if case.left <= 0:
            break
        after = _tried(case, parts, change)
        gain = float((before.wrong - after.wrong).mean())
        if _is_better(case, before, after, gain, prior):
            found.append((float((before.losses - after.losses).mean()), after))
    top = max((gain for gain, _ in found), default=0.0)
    for name in HELD_BACK:
        best = max((row for row in found if row[1].change.name == name), key=lambda row: row[0], default=None)
        if best is not None and best[0] >= NEAR * top:
            return best[1]
    return None


def _is_better(case: Case, before: Tried, after: Tried, gain: float, prior: float) -> bool:
    """By the rows alone; by fewer rows, if all trainings agree; or by the loss, where a constant would do better."""
    lost = before.losses - after.losses
    if lost.mean() < LOST * case.scale:
        return False
    errors = _errors(before.wrong - after.wrong)
    if gain >= max(LEAST, MATERIAL * prior) and errors > SURE:
        return True
    if len(before.wrong) < FEW:
        return False
    misled = before.losses.mean() > case.constant and lost.mean() > MISLED * case.constant
    if misled and errors > -AS_GOOD and (lost > 0).sum() >= len(lost) - 1:
        return True
    return bool((lost > 0).all() and gain >= AGREED * prior and errors > LIKELY)


def _cures(case: Case) -> Iterator[Change]:
    """Decay, which goes into the Trainer and keeps its epochs; then earlier ends."""
    groups = case.first.optimizer.param_groups
    travelled = highest_rate(case) * case.epochs * ceil(len(case.rows[1]) / case.batch_size)
    if travelled > 0 and all({"weight_decay", "decoupled_weight_decay"} & set(group) for group in groups):
        yield from (more_decay(float(f"{times / travelled:.2g}")) for times in DECAYS)
    yield from (stopped(epochs) for epochs in dict.fromkeys(round(case.epochs * share) for share in SHARES) if epochs)


def _errors(gains: Numbers) -> float:
    """How many standard errors the mean gain is away from nothing, each row being one witness."""
    return float(gains.mean()) / max(float(gains.std(ddof=1)) / sqrt(len(gains)), 1e-12)


def _prior(case: Case) -> float:
    """What the best constant gets wrong: the share of all other classes, or the whole variance."""
    y = np.asarray(case.judged[1])
    if case.first.objective.kind.targets == "numbers":
        return 1.0
    if y.ndim == 2 and y.shape[1] > 1:
        return 1.0 - float(y.mean(axis=0).max())
    counts = np.unique(y, return_counts=True)[1]
    return max(1.0 - float(counts.max() / counts.sum()), LEAST)


def _parts(case: Case) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Rows to learn from and to judge by: those that the caller parted, else several parts of all."""
    if case.asked:
        return [(case.rows, case.judged)]
    count = len(case.data[1])
    order = np.random.default_rng(0).permutation(count)
    rows = [np.asarray(part) for part in case.data]
    parts = []
    for fold in range(FOLDS):
        judged = np.sort(order[fold::FOLDS])
        learnt = np.setdiff1d(np.arange(count), judged)
        parts.append((tuple(part[learnt] for part in rows), tuple(part[judged] for part in rows)))
    return parts


def _tried(case: Case, parts: Sequence[Any], change: Change) -> Tried:
    wrong, losses = [], []
    for fold, (learnt, judged) in enumerate(parts):
        seeds = range(FOLDS) if len(parts) == 1 else (fold,)
        trainers = [case.trainer(seed, change) for seed in seeds]
        case._spent[0] += len(trainers)
        with np.errstate(all="ignore"):
            train_all(trainers, learnt, case.epochs, case.batch_size, cast=case._cast)
            wrong.append(np.mean([_misses(trainer, *judged) for trainer in trainers], axis=0))
            losses += [scores(trainer, judged)["loss"] * case.unit(change) for trainer in trainers]
    return Tried(change, np.concatenate(wrong), np.array(losses))


def _misses(trainer: Trainer, X: Any, y: Any) -> Numbers:
    y = np.asarray(y)
    if trainer.objective.kind.targets == "numbers":
        outputs = np.asarray(trainer.predict(X), dtype=np.float64).reshape(len(y), -1)
        numbers = y.astype(np.float64).reshape(len(y), -1)
        spread = np.maximum(numbers.var(axis=0).mean(), 1e-12)
        return np.asarray(np.minimum(((outputs - numbers) ** 2).mean(axis=1) / spread, 10.0))
    if y.ndim == 2 and y.shape[1] > 1 and trainer.objective.kind.targets == "classes":
        y = y.argmax(axis=1)
    answers = np.asarray(trainer.predict_classes(X)).reshape(len(y), -1)
    return np.asarray((answers != y.reshape(len(y), -1)).mean(axis=1), dtype=np.float64)


CHECK = Check(33, ("overfitting",), look)
