"""An earlier end."""

from chainrule.doctor.change import Change
from chainrule.language import say
from chainrule.train.callbacks.callback import Callback
from chainrule.train.trainer import Trainer


class StopAfter(Callback):
    """End a training after so many epochs, counted over all fits.

    Args:
        epochs: how many, at least 1.
    """

    reads = "history"

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def on_epoch_end(self, trainer: Trainer) -> None:
        if trainer.epoch + 1 >= self.epochs:
            trainer.stop(say("changes.stopped.words", epochs=self.epochs))


def stopped(epochs: int) -> Change:
    """The end after `epochs` epochs, however many are asked for."""

    def alter(trainer: Trainer) -> None:
        trainer.callbacks = [*trainer.callbacks, StopAfter(epochs)]

    return Change("stopped", {"epochs": epochs}, alter)
