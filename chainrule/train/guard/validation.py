"""Whether what a training is judged by is of the kind that it learns from."""

import numpy as np

from chainrule.errors import ChainruleError, ChainruleWarning, ShapeError
from chainrule.train.guard.scene import Findings, Scene

WHERE = "Trainer.fit, validation"
APART = 100.0  # times larger: scaled in one place and not in the other
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
            got=scene.judged.inputs[place].shape, want=("N", *learnt[place]),
        )


def refused_targets(scene: Scene) -> Findings:
    """Targets that the loss would refuse after the first epoch."""
    check = getattr(scene.trainer.loss, "check_targets", None)
    if scene.judged is None or check is None or _longer(scene):
        return
    try:
        check(scene.judged.targets, scene.outputs.shape[1:], scene.judged.weights)
    except ChainruleError as error:
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


def _fixed(scene: Scene) -> bool:
    """Whether rows are tables: sequences and images may differ in length."""
    return all(part.ndim == 2 for part in scene.feed.inputs)


def _longer(scene: Scene) -> bool:
    """Whether outputs may have another shape than those for rows to learn from."""
    assert scene.judged is not None
    return [part.shape[1:] for part in scene.feed.inputs] != [part.shape[1:] for part in scene.judged.inputs]
