"""What the loss says of outputs of this shape and of all targets."""

import numpy as np

from chainrule.errors import ChainruleError, ShapeError
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed
from chainrule.train.guard.scene import DISTANCES, FEW, Findings, Scene, Way, of_rows
from chainrule.train.objective import OWN

ROWS = 3  # which a stretched loss makes nine numbers of


def one_class(scene: Scene) -> Findings:
    """Cross-entropy over a single output."""
    shape = scene.outputs.shape
    if scene.trainer.objective.kind.targets == "classes" and len(shape) > 1 and shape[1] == 1:
        yield ShapeError("losses.one_class", f"Trainer, {scene.loss_name()}", shape=of_rows(shape[1:]))


def accepted(scene: Scene) -> Findings:
    """Targets or weights that the loss refuses."""
    error = refused(scene, scene.feed)
    if error is not None:
        yield error


def refused(scene: Scene, feed: ArrayFeed) -> ChainruleError | None:
    """What the loss says of all these targets; of some it looks at the shape alone, which few rows can tell."""
    check = getattr(scene.trainer.loss, "check_targets", None)
    few = scene.trainer.objective.name in DISTANCES
    for rows in (slice(FEW), slice(None)) if few else (slice(None),):
        weights = None if feed.weights is None else feed.weights[rows]
        try:
            if check is not None:
                check(feed.targets[rows], scene.outputs.shape[1:], weights)
            return None
        except ChainruleError as error:
            said = error
    return said


def stretched(scene: Scene) -> Findings:
    """A loss of the user's own that compares every row with every other: outputs (N, 1) with targets (N,)."""
    feed, outputs = scene.feed, scene.outputs
    if scene.trainer.objective.kind is not OWN or feed.rows < ROWS:
        return
    if {outputs.ndim, feed.targets.ndim} != {1, 2} or outputs.shape[1:] + feed.targets.shape[1:] != (1,):
        return
    made = wrap(np.linspace(0.1, 0.9, ROWS, dtype=outputs.dtype).reshape(ROWS, *outputs.shape[1:]))
    made.requires_grad = True
    targets = wrap(feed.targets[:ROWS])
    try:
        loss = scene.trainer.loss(made, targets)
    except ChainruleError:
        return  # it is said by the first step, with its place
    if isinstance(loss, Tensor) and loss._node is not None and _meet(loss, made, targets):
        yield ShapeError(
            "losses.shapes", f"Trainer, loss {scene.loss_name()}",
            input=of_rows(outputs.shape[1:]), target=of_rows(feed.targets.shape[1:]),
            want=(-1, *outputs.shape[1:]),
        )


def _meet(loss: Tensor, outputs: Tensor, targets: Tensor) -> bool:
    """Whether one operation takes the targets as they are, and something in the shape of the outputs."""
    for node, tensor in Way(loss._node).readers:
        if tensor is targets:
            others = [given for given in node.inputs or () if isinstance(given, Tensor) and given is not targets]
            if any(given.shape == outputs.shape for given in others):
                return True
    return False
