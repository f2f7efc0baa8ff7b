"""Rows that do not fit the network, in words that say whose fault it is."""

from chainrule.errors import ChainruleError, DtypeError, ShapeError
from chainrule.nn.conv import Conv2d
from chainrule.tape.tracked import wrap
from chainrule.train.guard.scene import Scene
from chainrule.train.modes import modes


def explained(scene: Scene, error: ShapeError) -> ShapeError:
    """The `error` of a network that was asked for one row; another one where X and y are swapped."""
    trainer, feed = scene.trainer, scene.feed
    images = any(isinstance(module, Conv2d) for module in trainer.model.modules())
    if images and len(feed.inputs) == 1 and feed.inputs[0].ndim == 3:
        return ShapeError("guard.no_channels", scene.inputs(0), shape=feed.inputs[0].shape)
    if len(feed.inputs) != 1 or feed.targets.ndim < 2 or feed.targets.dtype.kind != "f":
        return error
    try:
        with trainer._apart_from_training(), modes(trainer.model, training=False):
            outputs = trainer.model(wrap(feed.targets[:1]))
    except ChainruleError:
        return error
    if outputs.shape[1:] == feed.inputs[0].shape[1:] or feed.inputs[0].ndim == 1:
        return ShapeError(
            "guard.swapped", "Trainer.fit, data", inputs=feed.inputs[0].shape, targets=feed.targets.shape
        )
    return error


def no_tensor(scene: Scene) -> DtypeError | None:
    """An answer that this loss cannot look at: nothing, because `return` was forgotten, or several tensors."""
    where, got = f"{type(scene.trainer.model).__name__}.forward", scene.outputs
    if got is None:
        return DtypeError("guard.no_answer", where)
    if isinstance(got, tuple | list) and scene.trainer.objective.name:
        return DtypeError("guard.several_answers", where, count=len(got), loss=scene.loss_name())
    return None


def flat(scene: Scene) -> ShapeError | None:
    """Rows that are single numbers, which a layer reads together as one row of many."""
    rows = scene.given[0]
    if len(scene.given) > 1 or rows.ndim != 1:
        return None
    if not any(tensor is rows and node.operation.name == "linear" for node, tensor in scene.way.readers):
        return None
    return ShapeError("guard.flat_rows", scene.inputs(0), shape=scene.feed.inputs[0].shape)
