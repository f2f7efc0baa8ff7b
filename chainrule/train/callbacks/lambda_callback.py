"""A callback made of functions."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from chainrule.errors import DtypeError
from chainrule.train.callbacks.callback import EVENTS, Callback

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

Event = Callable[["Trainer"], object]


class LambdaCallback(Callback):
    """A callback made of functions, one for each event that matters.

    Args:
        on_fit_start: called with the Trainer before the first epoch.
        on_epoch_start: called before the first batch of an epoch.
        on_batch_start: called before the forward pass of a batch.
        on_before_step: called between backward pass and update.
        on_batch_end: called after the update.
        on_epoch_end: called when the row of the epoch stands in the history.
        on_fit_end: called after the last epoch.
        on_exception: called with the Trainer and the error when the fit fails.

    Raises:
        DtypeError: for something that cannot be called.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> steps = []
        >>> count = train.LambdaCallback(on_batch_end=lambda trainer: steps.append(trainer.step))
        >>> trainer = cr.Trainer(nn.Linear(2, 1), loss=nn.MSELoss(), callbacks=[count], seed=0)
        >>> history = trainer.fit((cr.zeros(4, 2), cr.zeros(4, 1)), epochs=1, batch_size=2)
        >>> steps
        [1, 2]
    """

    def __init__(
        self,
        on_fit_start: Event | None = None,
        on_epoch_start: Event | None = None,
        on_batch_start: Event | None = None,
        on_before_step: Event | None = None,
        on_batch_end: Event | None = None,
        on_epoch_end: Event | None = None,
        on_fit_end: Event | None = None,
        on_exception: Callable[["Trainer", BaseException], object] | None = None,
    ) -> None:
        given = (
            on_fit_start, on_epoch_start, on_batch_start, on_before_step,
            on_batch_end, on_epoch_end, on_fit_end, on_exception,
        )
        for name, function in zip(EVENTS, given, strict=True):
            if function is None:
                continue
            if not callable(function):
                raise DtypeError("train.not_callable", f"LambdaCallback, argument {name}", got=type(function).__name__)
            setattr(self, name, function)
