"""Whether what a training is judged by is of the kind that it learns from."""

import numpy as np

from chainrule.errors import ChainruleWarning, ShapeError
from chainrule.train.guard.losses import refused
from chainrule.train.guard.scene import Findings, Scene, of_rows

WHERE = "Trainer.fit, validation"
APART = 100.0  # times larger: scaled in one place and not in the other
FOUND = 16  # rows of the validation that are looked for among those to learn from
SOME = 256  # rows that tell of most columns how large they are at least


def other_shape(scene: Scene) -> Findings:
    """Rows with another shape than those to learn from."""
    if scene.judged is None:
        return
    learnt, judged = ([part.shape[1:] for part in feed.inputs] for feed in (scene.feed, scene.judged))
    if learnt != judged and len(learnt) == len(judged) and _fixed(scene):
        place = next(i for i, pair in enumerate(zip(learnt, judged, strict=True)) if pair[0] != pair[1])
        name = "X" if len(learnt) == 1 else f"X[{place}]"
        yield ShapeError(
            "guard.validation_shape", f"{WHERE}, {name}",
            got=scene.judged.inputs[place].shape, want=of_rows(learnt[place]),
        )


def refused_targets(scene: Scene) -> Findings:
    """Targets that the loss would refuse after the first epoch."""
    if scene.judged is None or _longer(scene):
        return
    error = refused(scene, scene.judged)
    if error is not None:
        error.where = f"{WHERE}, y: {error.where}"
        yield error


def other_scale(scene: Scene) -> Findings:
    """A column far larger than the one to learn from: only one of the two was scaled."""
    if scene.judged is None:
        return
    for learnt, judged in zip(scene.feed.inputs, scene.judged.inputs, strict=False):
        if learnt.ndim != 2 or learnt.shape[1:] != judged.shape[1:] or learnt.dtype.kind != "f":
            continue
        some = np.abs(learnt[:SOME]).max(axis=0)
        if max(-judged.min(), judged.max()) <= APART * some.min():
            continue  # no column of all can be that much larger
        known, seen = np.abs(learnt).max(axis=0), np.abs(judged).max(axis=0)
        far = np.flatnonzero((known > 0) & (seen > APART * known))
        if far.size:
            first = int(far[0])
            yield ChainruleWarning(
                "guard.validation_scale", f"{WHERE}, X, column {first}", known=f"{known[first]:g}",
                seen=f"{seen[first]:g}",
            )
            return


def without_weights(scene: Scene) -> Findings:
    """Rows to learn from that are weighted, and rows to be judged by that are not."""
    if scene.unweighted:
        yield ChainruleWarning("guard.validation_weights", WHERE)


def learnt_already(scene: Scene) -> Findings:
    """Rows to be judged by that are all among those to learn from, in data where that is no accident."""
    judged, learnt = scene.judged, scene.feed
    if judged is None or judged.rows < FOUND or len(judged.inputs) != 1 or len(learnt.inputs) != 1:
        return
    rows, known = judged.inputs[0], learnt.inputs[0]
    if rows.shape[1:] != known.shape[1:] or rows.dtype.kind != "f" or rows.ndim < 2:
        return
    rows, known = rows.reshape(len(rows), -1), known.reshape(len(known), -1)
    some = rows[np.linspace(0, len(rows) - 1, FOUND).astype(int)]
    varied = int(np.argmax([len(set(column)) for column in some[:, :FOUND].T.tolist()]))
    if len(set(some[:, varied].tolist())) < FOUND // 2:
        return  # few numbers that come again and again: the same row may well occur in both
    if all((known[np.flatnonzero(known[:, varied] == row[varied])] == row).all(axis=1).any() for row in some):
        yield ChainruleWarning("guard.learnt_already", WHERE, rows=judged.rows)


def _fixed(scene: Scene) -> bool:
    """Whether rows are tables: sequences and images may differ in length."""
    return all(part.ndim == 2 for part in scene.feed.inputs)


def _longer(scene: Scene) -> bool:
    """Whether outputs may have another shape than those for rows to learn from."""
    assert scene.judged is not None
    return [part.shape[1:] for part in scene.feed.inputs] != [part.shape[1:] for part in scene.judged.inputs]
