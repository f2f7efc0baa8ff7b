"""What a step does besides computing: words it prints, random numbers it takes from Python or NumPy."""

import random
import sys
import threading
from typing import Any, Self

import numpy as np

from chainrule.errors import CaptureError
from chainrule.tape.recorder import user_line


class watching:  # noqa: N801 - used like a function
    """Inside the block, what a replay would not do again is noticed: the first of it becomes `refused`."""

    def __init__(self) -> None:
        self.refused: CaptureError | None = None

    def __enter__(self) -> Self:
        self._streams = sys.stdout, sys.stderr
        self._random = random.getstate(), _numpy_state()
        sys.stdout, sys.stderr = (_Stream(stream, self) for stream in self._streams)
        return self

    def __exit__(self, *error: object) -> None:
        sys.stdout, sys.stderr = self._streams
        if random.getstate() != self._random[0]:
            self.note("random.random", "program.foreign_random")
        if _numpy_state() != self._random[1]:
            self.note("np.random", "program.foreign_random")

    def note(self, where: str, key: str) -> None:
        """Remember the first effect."""
        self.refused = self.refused or CaptureError(key, where)


def _numpy_state() -> str:
    state: Any = np.random.get_state(legacy=False)  # noqa: NPY002 - it is looked at, never drawn from
    inner = state["state"]
    return f"{inner['key'].tobytes().hex()} {inner['pos']} {state['has_gauss']} {state['gauss']}"


class _Stream:
    """A stream that passes everything on, and notices that something was written."""

    def __init__(self, stream: Any, watch: watching) -> None:
        self._stream, self._watch, self._thread = stream, watch, threading.get_ident()

    def write(self, text: str) -> Any:
        # A warning is said once a place in any case, and NumPy gives its own again when it is replayed.
        warned = sys._getframe(1).f_globals.get("__name__") == "warnings"
        if threading.get_ident() == self._thread and not warned:
            file, line = user_line(1)
            self._watch.note(f"print, {file}:{line}", "program.printed")
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
