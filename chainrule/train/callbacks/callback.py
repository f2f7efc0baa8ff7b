"""The events of a training, all empty: what a callback of one's own overrides."""

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

EVENTS = (
    "on_fit_start",
    "on_epoch_start",
    "on_batch_start",
    "on_before_step",
    "on_batch_end",
    "on_epoch_end",
    "on_fit_end",
    "on_exception",
)
"""The names of the events, in the order in which they come."""


class Callback:
    """What happens beside the training. Override the events you need; each is called with the Trainer.

    During an event the Trainer tells where it stands: `trainer.epoch` and `trainer.step` (counted from 0 over all
    fits), `trainer.batch` (inputs, targets, outputs, loss), `trainer.history` (the row of this epoch is there from
    `on_epoch_end` on). `trainer.stop("why")` ends the fit after the event.

    Attributes:
        reads: what its epoch events look at: `"history"` for the numbers of the epochs alone, so that many epochs may
            run before they are called one after the other; `"weights"` for the network too, of which they change
            nothing; `"nonfinite"` for none of it, and of the batches only for those whose loss or gradients are not
            finite; `"state"` (default) for anything else, and for those that change something.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> class Loud(train.Callback):
        ...     def on_epoch_end(self, trainer):
        ...         print("epoch", trainer.epoch)
        >>> trainer = cr.Trainer(nn.Linear(2, 1), loss=nn.MSELoss(), callbacks=[Loud()], seed=0)
        >>> history = trainer.fit((cr.zeros(4, 2), cr.zeros(4, 1)), epochs=2)
        epoch 0
        epoch 1
    """

    reads: Literal["history", "weights", "nonfinite", "state"] = "state"

    def on_fit_start(self, trainer: "Trainer") -> None:
        """Before the first epoch of a fit of `trainer`."""

    def on_epoch_start(self, trainer: "Trainer") -> None:
        """Before the first batch of an epoch of `trainer`."""

    def on_batch_start(self, trainer: "Trainer") -> None:
        """Before the forward pass of a batch: `trainer.batch` has inputs and targets."""

    def on_before_step(self, trainer: "Trainer") -> None:
        """Between the backward pass and the update: `trainer.batch` has outputs and loss, parameters have gradients."""

    def on_batch_end(self, trainer: "Trainer") -> None:
        """After the update that the optimizer of `trainer` made for a batch."""

    def on_epoch_end(self, trainer: "Trainer") -> None:
        """After the validation of an epoch: the last row of `trainer.history` is its own."""

    def on_fit_end(self, trainer: "Trainer") -> None:
        """After the last epoch of `trainer`, also when the fit was stopped or interrupted."""

    def on_exception(self, trainer: "Trainer", error: BaseException) -> None:
        """When the fit of `trainer` ends with `error` instead of `on_fit_end`."""

    def state_dict(self) -> dict[str, Any]:
        """What it must remember to go on in another process: plain data and arrays."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from the `state` that `state_dict` gave."""
