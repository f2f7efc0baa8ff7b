"""A random forest on our features, as DeepFD and DEFault have one: it learns from the development part alone."""

from typing import Any

import numpy as np

from corpus.case import parse
from corpus.neutrality import accepted

Row = dict[str, Any]
HEALTHY = "healthy"
TREES = 300
FOLDS = 5
NAMED = 3


def label(row: Row) -> str:
    """What a forest is to say: the first right code, or that it is healthy."""
    case = parse(row["id"])
    if case.kind != "fault" or row["verdict"] == "neutral":
        return HEALTHY
    return accepted()[case.name].codes[0]


def learnt(rows: list[Row]) -> Any:
    """A forest of healthy trainings, provocations, neutral mutants and single faults."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(TREES, class_weight="balanced_subsample", random_state=0, n_jobs=1)
    return forest.fit([row["features"] for row in rows], [label(row) for row in rows])


def answers(forest: Any, rows: list[Row]) -> list[list[str]]:
    """The likeliest codes of each; none where healthy is likelier than any."""
    if not rows:
        return []
    shares = forest.predict_proba([row["features"] for row in rows])
    found = []
    for share in shares:
        names = [str(forest.classes_[place]) for place in np.argsort(-share)]
        found.append([] if names[0] == HEALTHY else [name for name in names if name != HEALTHY][:NAMED])
    return found


def crossed(rows: list[Row]) -> list[list[str]]:
    """Answers about the part that is learnt from: each data set by a forest that has not seen it.

    Of too few data sets no forest can be kept apart: nothing is said.
    """
    from sklearn.model_selection import GroupKFold

    teach = [place for place, row in enumerate(rows) if parse(row["id"]).kind in ("healthy", "provocation", "fault")]
    found: list[list[str]] = [[] for _ in rows]
    groups = [rows[place]["data"] for place in teach]
    if len(set(groups)) < FOLDS:
        return found
    for kept, apart in GroupKFold(FOLDS).split(teach, groups=groups):
        forest = learnt([rows[teach[place]] for place in kept])
        for place, said in zip(apart, answers(forest, [rows[teach[at]] for at in apart]), strict=True):
            found[teach[place]] = said
    rest = [place for place in range(len(rows)) if place not in set(teach)]
    whole = learnt([rows[place] for place in teach])
    for place, said in zip(rest, answers(whole, [rows[at] for at in rest]), strict=True):
        found[place] = said
    return found
