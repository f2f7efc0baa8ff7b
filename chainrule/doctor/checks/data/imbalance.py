"""9: a rare class that the network gives up: weights of the classes bring it back, or more rows of it would."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Ints
from chainrule.data.splits import fold_rows
from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.change import AS_IT_IS, Change
from chainrule.doctor.changes.rows import balanced
from chainrule.doctor.checks.data import features_unscaled, one_feature_dwarfs
from chainrule.doctor.looks.parting import LIKELY, of_targets
from chainrule.doctor.looks.rows import asked, everything, learnt
from chainrule.doctor.looks.sweep import swept
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError

Numbers = NDArray[np.float64]
RARE = 0.2  # of the rows that it would have, were all classes of one size
LEAST = 3  # rows of the rare class
FOLDS = 4
HALF = 0.5  # of the recall of the commonest class
HANDFUL = 15  # rows: of fewer no network learns what a class looks like
LESS = 0.2  # recall: of five rows, more than one
SHARE = 0.4  # of the time that is left, at most
BETTER = 0.1  # mean recall of all classes, by which weights must be better
NEARLY = 0.5  # of that gain: another change that brings as much cures the cause, and not the rare class


def look(case: Case) -> Iterator[Suspicion]:
    """Recall of the rarest class against that of the commonest; with and without weights, seed by seed."""
    rows = case.once(everything)
    if rows is None or rows.labels is None or case.first.class_weights is not None or len(case.rows) > 2:
        return
    counts = np.bincount(rows.labels)
    rare, common = int(np.argmin(np.where(counts > 0, counts, len(rows)))), int(np.argmax(counts))
    share = counts[rare] / len(rows)
    if share >= RARE / (counts > 0).sum() or counts[rare] < LEAST or case.left <= 0:
        return
    alone = recalls(case, AS_IT_IS, range(1))
    if alone is None or not alone[0, common] - alone[0, rare] > LESS:
        return
    before = recalls(case, AS_IT_IS, range(PAIRS))
    if before is None:
        return
    given_up = np.median(before[:, rare]) < HALF * np.median(before[:, common])
    after = recalls(case, balanced(), range(PAIRS)) if given_up else None
    gains = None if after is None else np.nanmean(after, axis=1) - np.nanmean(before, axis=1)
    if after is None or gains is None or not (gains > 0).all() or np.median(gains) < BETTER:
        if not _cut_off(case, rows.labels, rare):
            yield from _scarce(rare, int(counts[rare]), before[:, rare], before[:, common])
        return
    wins = int((gains > 0).sum())
    evidence = (
        Evidence("rare", {"name": rare, "count": int(counts[rare]), "share": f"{share:.1%}"}),
        Evidence("recall", {
            "before": f"{np.median(before[:, rare]):.0%}", "after": f"{np.median(after[:, rare]):.0%}",
            "common": f"{np.median(before[:, common]):.0%}", "wins": wins, "pairs": len(gains),
        }),
    )
    if _another_matter(case, before, gains):  # which comes first, and may be all that there is to it
        yield Suspicion("imbalance", "statistic", evidence, strength=0.1, values={"name": rare})
    else:
        yield Suspicion("imbalance", "exact", evidence, (balanced(),), 0.8, {"name": rare})


def _cut_off(case: Case, labels: Ints, rare: int) -> bool:
    """Whether the class is rare because of how rows were parted: among those to judge by it is not."""
    rows, judged = case.once(learnt), case.once(asked)
    if rows is None or judged is None or judged.labels is None:
        return False
    classes = len(np.unique(np.concatenate([labels, judged.labels])))
    return float((judged.labels == rare).mean()) >= RARE / classes and of_targets(rows, judged)[0] < LIKELY


def _scarce(rare: int, count: int, found: Numbers, common: Numbers) -> Iterator[Suspicion]:
    """A class of a handful of rows that is found too seldom: weights help little where there is nothing to weigh."""
    if count < HANDFUL and np.median(common) - np.median(found) > LESS:
        evidence = Evidence("handful", {
            "name": rare, "count": count, "few": HANDFUL, "found": f"{np.median(found):.0%}",
            "common": f"{np.median(common):.0%}",
        })
        yield Suspicion("imbalance", "statistic", (evidence,), strength=0.5, values={"name": rare}, symptom=True)


def recalls(case: Case, change: Change, seeds: range) -> Numbers | None:
    """(seeds, classes) the share of each class that is found among unseen rows, with a change; None where it cannot be,
    or takes too long.

    Of a rare class there are few rows, and fewer in a part that is kept apart: every row is left out once. These
    trainings are made apart from those that the case keeps: weights of the classes change what the loss means.
    """
    rows = case.once(everything)
    assert rows is not None
    assert rows.labels is not None
    shape, classes, found = np.shape(case.rows[0])[1:], int(rows.labels.max()) + 1, []
    y = rows.y.astype(np.asarray(case.rows[1]).dtype).reshape(-1, *np.shape(case.rows[1])[1:])
    for seed in seeds:
        answers = np.full(len(rows), -1)
        if case.left < case.once(_reserve):
            return None
        for kept, left_out in fold_rows(len(rows), FOLDS, seed=seed, labels=rows.labels):
            given = rows.X[kept].reshape(-1, *shape), y[kept]
            some = _answers(case, change, seed, given, rows.X[left_out].reshape(-1, *shape))
            if some is None:
                return None
            answers[left_out] = some
        right = answers == rows.labels
        with np.errstate(invalid="ignore"):
            found.append(np.bincount(rows.labels, right, classes) / np.bincount(rows.labels, minlength=classes))
    return np.array(found)


def _reserve(case: Case) -> float:
    """Seconds of the budget that are left to other checks."""
    return case.left * (1 - SHARE)


def _answers(case: Case, change: Change, seed: int, given: tuple[Any, Any], X: Any) -> Ints | None:
    """The classes that a Trainer answers to X after a training; None where it cannot be trained, or answers more."""
    trainer = case.trainer(seed, change)
    case._spent[0] += 1
    try:
        with np.errstate(all="ignore"):
            trainer.fit(given, epochs=case.epochs, batch_size=case.batch_size, progress=False)
            answers = trainer.predict_classes(X).reshape(len(X), -1)
    except ChainruleError:  # a loss that takes no weights, or a network that cannot be trained
        return None
    return answers[:, 0] if answers.shape[1] == 1 else None


def _another_matter(case: Case, before: Numbers, gains: Numbers) -> bool:
    """Whether scaled columns, or the best learning rate around that which is set, find the rare class as well."""
    if not case.trouble:
        return False
    raised = [found for check in (features_unscaled, one_feature_dwarfs) for found in check.look(case)]
    changes = [raised[0].cures[0]] if raised else []
    found = case.once(swept) if case.left > 0 else None
    if found is not None and found.gain >= BETTER:
        changes.append(found.change)
    for change in changes:
        after = recalls(case, change, range(PAIRS))
        if after is None:
            continue
        others = np.nanmean(after, axis=1) - np.nanmean(before, axis=1)
        if np.median(others) > NEARLY * np.median(gains):
            return True
    return False


CHECK = Check(9, ("imbalance",), look)
