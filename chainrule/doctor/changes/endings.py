"""Another end of a network, and the loss that goes with it."""

from chainrule.doctor.change import Change
from chainrule.doctor.changes.layers import setattr_child, without_last_activation
from chainrule.doctor.changes.norms import last_places
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.classes import CrossEntropyLoss
from chainrule.nn.squashing import Sigmoid, Softmax
from chainrule.train.objective import Objective
from chainrule.train.trainer import Trainer

FROM_LOGITS = {"BCELoss": BCEWithLogitsLoss, "NLLLoss": CrossEntropyLoss}


def from_logits(loss: str) -> Change:
    """No last activation, and a loss that works from logits where `loss` does not."""
    bare = without_last_activation()
    if loss not in FROM_LOGITS:
        return bare

    def alter(trainer: Trainer) -> None:
        if bare.alter is not None:
            bare.alter(trainer)
        trainer.loss = FROM_LOGITS[loss](reduction=trainer.objective.setting("reduction", "mean"))
        trainer.objective = Objective(trainer.loss, trainer.model)

    return Change("from_logits", {"loss": FROM_LOGITS[loss].__name__}, alter)


def softmax_along_classes() -> Change:
    """Every softmax behind the last dense layer along the classes."""

    def alter(trainer: Trainer) -> None:
        for _, _, module in last_places(trainer.model, (Softmax,)):
            module.dim = 1

    return Change("softmax_along_classes", {}, alter)


def sigmoid_instead() -> Change:
    """A sigmoid in the place of the last softmax."""

    def alter(trainer: Trainer) -> None:
        for parent, key, _ in last_places(trainer.model, (Softmax,)):
            setattr_child(parent, key, Sigmoid())

    return Change("sigmoid_instead", {}, alter)
