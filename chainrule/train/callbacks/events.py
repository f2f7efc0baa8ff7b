"""Calls the callbacks: only those that listen, outside the Trainer's stream of noise, and each signs its own errors."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from chainrule.errors import ChainruleError, DtypeError, StateError
from chainrule.train.callbacks.callback import EVENTS, Callback

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class Events:
    """The callbacks of one fit, sorted by the events they listen to.

    Args:
        callbacks: in the order in which they are called.
        outside: a context in which a callback runs, so that its draws are not those of the training.

    Attributes:
        listeners: for every event the callbacks' names, and their methods that do something.

    Raises:
        DtypeError: for something that listens to no event.
    """

    def __init__(
        self, callbacks: Sequence[Callback], outside: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self.callbacks = tuple(callbacks)
        self.outside = outside
        self.listeners: dict[str, list[tuple[str, Callable[..., object]]]] = {name: [] for name in EVENTS}
        for callback in self.callbacks:
            if isinstance(callback, type) or not any(callable(getattr(callback, name, None)) for name in EVENTS):
                got = callback.__name__ if isinstance(callback, type) else type(callback).__name__
                raise DtypeError("train.not_a_callback", "Trainer, argument callbacks", got=got)
        keepers = [callback for callback in self.callbacks if keeps(callback)]
        others = [callback for callback in self.callbacks if not keeps(callback)]
        for name in EVENTS:
            # One that writes down what all have become hears of it last, and of the end before anybody changes it.
            order = [*keepers, *others] if name == "on_fit_end" else [*others, *keepers]
            rows = [(type(callback).__name__, getattr(callback, name)) for callback in order if listens(callback, name)]
            self.listeners[name] = rows

    def send(self, name: str, trainer: "Trainer", *more: object) -> None:
        """Let everybody who listens know."""
        listeners = self.listeners[name]
        if not listeners:
            return
        with self.outside():
            for owner, listener in listeners:
                try:
                    listener(trainer, *more)
                except ChainruleError as error:
                    error.where = f"{owner}.{name}, {error.where}"
                    raise
                except Exception as error:
                    where = f"{owner}.{name}, epoch {trainer.epoch}"
                    got = f"{type(error).__name__}: {error}"
                    raise StateError("train.callback_failed", where, got=got) from error


def listens(callback: Callback, name: str) -> bool:
    """Whether a callback does something when an event comes."""
    if name in vars(callback):
        return True
    own: Any = getattr(type(callback), name, None)
    return own is not None and own is not getattr(Callback, name)


def callback_reads(callback: Any) -> str:
    """What a callback looks at: `"history"`, `"weights"`, `"nonfinite"` steps, or the `"state"` of things."""
    found, kind = str(getattr(callback, "reads", "state")), type(callback)
    # Somebody's subclass has inherited that it changes nothing, and may.
    inherited = not kind.__module__.startswith("chainrule.") and "reads" not in vars(kind)
    return "state" if found == "weights" and inherited else found


def looks(callback: Any) -> bool:
    """Whether a callback wants to be called before certain steps, `_due`, and lets all others run as they come."""
    return hasattr(callback, "_due")


def keeps(callback: Any) -> bool:
    """Whether a callback writes down what the training and all other callbacks have become."""
    return bool(getattr(callback, "_keeps", False))
