"""How a network ends, and what the loss makes of it: activations that stand twice, too early, or along another axis."""

import numpy as np

from chainrule.errors import ChainruleWarning, DataError, DtypeError, GradientError
from chainrule.nn.functional._made_by import activation
from chainrule.train.guard.scene import Findings, Scene, of_rows

SQUASHING = ("sigmoid", "softmax")
NO_PROBABILITIES = ("linear", "conv", "relu", "tanh", "softsign", "softplus", "log_softmax", "logsigmoid", "exp")
NO_LOGARITHMS = ("linear", "conv", "relu", "tanh", "softplus", "sigmoid", "softmax")
FROM_LOGITS = ("BCEWithLogitsLoss", "CrossEntropyLoss")


def no_numbers(scene: Scene) -> Findings:
    """Class numbers or truth values instead of floats: argmax, a comparison."""
    outputs = scene.outputs
    if outputs.dtype.kind != "f":
        yield DtypeError("guard.argmax", _forward(scene), dtype=outputs.dtype)
    elif np.isnan(outputs._array).any():
        bad = next((n for n, p in scene.trainer.model.named_parameters() if not np.isfinite(p._array).all()), None)
        if bad is not None:
            yield DataError("guard.nan_weight", bad)
        else:
            yield DataError("guard.nan_answer", _forward(scene), shape=outputs.shape)


def no_way_back(scene: Scene) -> Findings:
    """Outputs from which no gradient reaches a parameter."""
    outputs = scene.outputs
    if outputs.dtype.kind != "f":
        return
    if not outputs.requires_grad and any(parameter.requires_grad for parameter in scene.trainer.model.parameters()):
        yield GradientError("guard.cut", _forward(scene))


def softmax_axis(scene: Scene) -> Findings:
    """A softmax over the rows of the batch, or over a single output."""
    last = _last(scene)
    node = scene.ends[0] if scene.ends else None
    if node is None or node.operation.name not in ("softmax", "log_softmax"):
        return  # one that is written out says nothing of its axis
    if scene.outputs._node is not node:
        return  # its axes have been moved since
    axis, shape = dict(node.static)["dim"], scene.outputs.shape
    if axis == 0 and len(shape) > 1:
        yield DataError("guard.softmax_rows", scene.layer(last), made=last, shape=shape)
    elif shape[axis] == 1:
        yield DataError("guard.softmax_one", scene.layer(last), made=last, shape=of_rows(shape[1:]))


def twice(scene: Scene) -> Findings:
    """Sigmoid or softmax right behind sigmoid or softmax."""
    ends = scene.ends
    if len(ends) > 1 and _last(scene) in SQUASHING and ends[1].operation.name in SQUASHING:
        first, second = ends[1].operation.name, _last(scene)
        yield DataError("guard.twice", scene.layer(second), first=first, second=second)


def unfit_for_the_loss(scene: Scene) -> Findings:
    """An end of the network that this loss cannot use: it has the activation inside, or needs another one."""
    key = _misfit(scene, scene.trainer.objective.name, _last(scene))
    if not key:
        return
    last = _last(scene)
    kind = ChainruleWarning if key == "narrow_logits" else DataError
    by_hand = scene.ends[0].operation.name != last
    where = f"{_forward(scene)}, {last}" if by_hand else scene.layer(last)
    yield kind(f"guard.{key}", where, made=last, loss=scene.loss_name())


def _misfit(scene: Scene, loss: str, last: str) -> str:
    """The name of what is wrong with this end before this loss; empty for nothing."""
    if loss in FROM_LOGITS:
        if last in SQUASHING or (last == "log_softmax" and loss == "BCEWithLogitsLoss"):
            return "inside_the_loss"
        if last == "relu" and loss == "BCEWithLogitsLoss":
            return "relu_logits"
        # Classes can still be told apart by bounded logits, only never surely.
        return "narrow_logits" if last in ("relu", "tanh", "softsign", "hardsigmoid") else ""
    if loss == "BCELoss":
        return "not_probabilities" if last in NO_PROBABILITIES else ""
    if loss in ("NLLLoss", "KLDivLoss"):
        return "not_logarithms" if last in NO_LOGARITHMS else ""
    if loss == "HingeLoss":
        return "not_scores" if last in (*SQUASHING, "relu") else ""
    if loss == "PoissonNLLLoss" and last == "exp" and scene.trainer.objective.setting("log_input", True):
        return "exp_twice"
    return ""


def _last(scene: Scene) -> str:
    ends = scene.ends
    return activation(ends[0]) if ends else ""


def _forward(scene: Scene) -> str:
    return f"{type(scene.trainer.model).__name__}.forward"
