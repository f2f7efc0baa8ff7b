"""Compiling beside a training that has begun already."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.train.engine.steps import Steps


class Warming:
    """A thread that plans and compiles steps.

    Args:
        steps: rehearsed, not yet built.

    Attributes:
        over: whether what it found has been taken.
    """

    def __init__(self, steps: "Steps") -> None:
        self._steps = steps
        self._error: Exception | None = None
        self.over = False
        self._thread = threading.Thread(target=self._run, name="chainrule warming", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._steps.build()
        except Exception as error:  # noqa: BLE001 - it is raised where somebody can act
            self._error = error

    @property
    def ready(self) -> bool:
        """Whether there is something to be taken."""
        return not self.over and not self._thread.is_alive()

    def finish(self) -> None:
        """Take it.

        Raises:
            Refused: when the engine has no loops for something in the steps.
        """
        self._thread.join()
        self.over = True
        if self._error is not None:
            raise self._error
