"""9: a rare class that the network gives up, and that weights of the classes bring back."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.change import AS_IT_IS, Change
from chainrule.doctor.changes.rows import balanced
from chainrule.doctor.rows import Rows, asked, everything, learnt
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.doctor.sweep import swept
from chainrule.errors import ChainruleError
from chainrule.train.trainer import Trainer

RARE = 0.2  # of the rows that it would have, were all classes of one size
LEAST = 5  # rows of the rare class, to judge by
HALF = 0.5  # of the recall of the commonest class
BETTER = 0.1  # mean recall of all classes, by which weights must be better
NEARLY = 0.5  # of that gain: another rate that brings as much is the cause, and not the rare class


def look(case: Case) -> Iterator[Suspicion]:
    """Recall of the rarest class against that of the commonest; with and without weights, seed by seed."""
    rows = case.once(learnt)
    if rows is None or rows.labels is None or case.first.class_weights is not None or len(case.rows) > 2:
        return
    counts = np.bincount(rows.labels)
    rare, common = int(np.argmin(np.where(counts > 0, counts, len(rows)))), int(np.argmax(counts))
    share = counts[rare] / len(rows)
    judged = _judged(case, rare)
    if share >= RARE / (counts > 0).sum() or judged is None or case.left <= 0:
        return
    alone = _recall(case.trained, case, judged)
    if alone is None or not alone[rare] < HALF * alone[common]:
        return
    before = recalls(case, AS_IT_IS, judged)
    if before is None or not np.median(before[:, rare]) < HALF * np.median(before[:, common]):
        return
    change = balanced()
    after = recalls(case, change, judged)
    if after is None:
        return
    gains = np.nanmean(after, axis=1) - np.nanmean(before, axis=1)
    wins = int((gains > 0).sum())
    if wins < len(gains) or np.median(gains) < BETTER or _a_matter_of_the_rate(case, judged, before, gains):
        return
    evidence = (
        Evidence("rare", {"name": rare, "count": int(counts[rare]), "share": f"{share:.1%}"}),
        Evidence("recall", {
            "before": f"{np.median(before[:, rare]):.0%}", "after": f"{np.median(after[:, rare]):.0%}",
            "common": f"{np.median(before[:, common]):.0%}", "wins": wins, "pairs": len(gains),
        }),
    )
    yield Suspicion("imbalance", "exact", evidence, (change,), 0.8, {"name": rare})


def recalls(case: Case, change: Change, judged: Rows) -> NDArray[np.float64] | None:
    """(seeds, classes) the share of each class that is found, after a training with a change; NaN for a class that no
    row has, None where it cannot be.

    These trainings are made apart from those that the case keeps: of them it keeps the losses alone, and weights of
    the classes change what the loss means.
    """
    found = []
    for seed in range(PAIRS):
        trainer = case.trainer(seed, change)
        case._spent[0] += 1
        try:
            with np.errstate(all="ignore"):
                trainer.fit(case.rows, epochs=case.epochs, batch_size=case.batch_size, progress=False)
        except ChainruleError:  # a loss that takes no weights, or a network that cannot be trained
            return None
        recall = _recall(trainer, case, judged)
        if recall is None:
            return None
        found.append(recall)
    return np.array(found)


def _recall(trainer: Trainer, case: Case, judged: Rows) -> NDArray[np.float64] | None:
    """(classes,) the share of each class that is found; NaN for one that no row has, None for several answers a row."""
    labels = judged.labels
    assert labels is not None
    try:
        answers = trainer.predict_classes(judged.X.reshape(-1, *np.shape(case.rows[0])[1:])).reshape(len(labels), -1)
    except ChainruleError:
        return None
    if answers.shape[1] != 1:
        return None
    right, classes = answers[:, 0] == labels, int(labels.max()) + 1
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(labels, right, classes) / np.bincount(labels, minlength=classes))


def _judged(case: Case, rare: int) -> Rows | None:
    """Rows that have the rare class often enough to count by: unseen ones, or else all that there are."""
    for rows in (case.once(asked), case.once(everything)):
        if rows is not None and rows.labels is not None and (rows.labels == rare).sum() >= LEAST:
            return rows
    return None


def _a_matter_of_the_rate(case: Case, judged: Rows, before: NDArray[np.float64], gains: NDArray[np.float64]) -> bool:
    """Whether the best learning rate around that which is set finds the rare class as well."""
    found = case.once(swept) if case.trouble and case.left > 0 else None
    if found is None or found.gain < BETTER:
        return False
    after = recalls(case, found.change, judged)
    if after is None:
        return False
    others = np.nanmean(after, axis=1) - np.nanmean(before, axis=1)
    return bool(np.median(others) > NEARLY * np.median(gains))


CHECK = Check(9, ("imbalance",), look)
