"""Ctrl-C at the end of a step, never in the middle of one."""

import signal
import threading
from types import FrameType
from typing import Any, Self


class Interrupt:
    """Inside the block the first Ctrl-C is only noted, in `asked`; the second one interrupts at once.

    In other threads than the main one, or where somebody else handles SIGINT, nothing is changed.

    Attributes:
        asked: whether Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Self:
        mine = threading.current_thread() is threading.main_thread()
        if mine and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
