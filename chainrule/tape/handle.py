"""What takes a hook away again."""

from collections.abc import Callable
from typing import Any


class Handle:
    """Takes a hook out of the list that holds it: `handle.remove()`, or simply `handle()`; a second time does nothing.

    Args:
        hooks: the list.
        hook: what stands in it.
    """

    def __init__(self, hooks: list[Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self._hooks = hooks
        self._hook: Callable[..., Any] | None = hook
        hooks.append(hook)

    def remove(self) -> None:
        """Call the hook no more."""
        if self._hook is not None:
            self._hooks.remove(self._hook)
            self._hook = None

    def __call__(self) -> None:
        self.remove()
