"""What holds in this thread: whether gradients are recorded, whether a Program is, which random numbers are drawn."""

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from chainrule.errors import ChainruleWarning
    from chainrule.tape.recorder import Recorder
    from chainrule.tensors.random import Generator

P = ParamSpec("P")
R = TypeVar("R")


class _Mode(threading.local):
    grad: bool = True
    recorder: "Recorder | None" = None
    parts: bool = False  # regions forget their declared derivatives: what contract tests compare with
    generator: "Generator | None" = None  # stands in for the default stream of random numbers
    walks: int = 0  # backward passes so far
    trusting: bool = False  # nobody looks for slips: a Trainer has already, or was told not to
    dozing: "tuple[str, Any] | None" = None  # a layer in evaluation mode, and its network, that gradients go through
    unread: "ChainruleWarning | None" = None  # what is to be said when numbers are read before the next backward()


mode = _Mode()


class set_grad_enabled:  # noqa: N801 - PyTorch's name
    """Switch the recording of gradients on or off, at once or for a `with` block.

    Args:
        enabled: True to record what `backward()` needs.

    Example:
        >>> import chainrule as cr
        >>> w = cr.tensor([1.0], requires_grad=True)
        >>> with cr.set_grad_enabled(False):
        ...     print((w * 2).requires_grad)
        False
    """

    def __init__(self, enabled: bool) -> None:
        self._before = mode.grad
        mode.grad = bool(enabled)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        mode.grad = self._before


class _GradMode:
    _enabled = True

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> Self:
        self._before.append(mode.grad)
        mode.grad = self._enabled
        return self

    def __exit__(self, *error: object) -> None:
        mode.grad = self._before.pop()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            with type(self)():
                return function(*args, **kwargs)

        return inner


class no_grad(_GradMode):  # noqa: N801 - PyTorch's name
    """Record no gradients inside the `with` block, or inside the decorated function.

    Example:
        >>> import chainrule as cr
        >>> w = cr.tensor([1.0], requires_grad=True)
        >>> with cr.no_grad():
        ...     print((w * 2).requires_grad)
        False
    """

    _enabled = False


class enable_grad(_GradMode):  # noqa: N801 - PyTorch's name
    """Record gradients inside the `with` block, or inside the decorated function, even within `no_grad`.

    Example:
        >>> import chainrule as cr
        >>> w = cr.tensor([1.0], requires_grad=True)
        >>> with cr.no_grad(), cr.enable_grad():
        ...     print((w * 2).requires_grad)
        True
    """


def is_grad_enabled() -> bool:
    """Whether operations are being recorded for `backward()` in this thread.

    Returns:
        bool: True unless inside `no_grad`.

    Example:
        >>> import chainrule as cr
        >>> cr.is_grad_enabled()
        True
    """
    return mode.grad
