"""The helper threads: one pool for the process, one leader at a time.

Helpers are daemon threads that spend their working time inside the compiled `helper`, without the interpreter's lock.
With nothing to do they come back and sleep; the leader's Python side wakes them before a run that is worth it.
A helper that is late, asleep or missing costs time only: the leader claims every task that nobody else has.
"""

import atexit
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from chainrule.program.loops.helper import helper
from chainrule.program.loops.leader import CELLS, CLOCK, WANTED, YIELD

_CLOSED = -1  # what `WANTED` says when the process ends
_LINE = 128  # bytes; two lines of cache, for processors that fetch them in pairs
_PATIENCE_AT_EXIT = 1.0  # seconds to wait for a helper to leave compiled code


class _Helper(threading.Thread):
    """One helper thread: inside compiled code, or asleep."""

    def __init__(self, pool: "Pool", index: int, serve: Callable[[int, int], None]) -> None:
        super().__init__(name=f"chainrule helper {index + 1}", daemon=True)
        self._pool = pool
        self._index = index
        self._serve = serve
        self._bell = threading.Lock()
        self._bell.acquire()
        self.asleep = False

    def run(self) -> None:
        cells, address = self._pool.cells, self._pool.address
        while True:
            self._serve(address, self._index)
            # Say so, then look; the leader writes what it wants, then looks who sleeps: one sees the other.
            self.asleep = True
            wanted = int(cells[WANTED])
            if wanted == _CLOSED:
                return
            if wanted <= self._index:
                self._bell.acquire()
            self.asleep = False

    def wake(self) -> None:
        """Ring, once: a bell that rings already is left alone."""
        if self._bell.locked():
            self._bell.release()


class Pool:
    """Helper threads, started when first wanted, and the cells they share with the leader."""

    def __init__(self) -> None:
        memory = np.zeros(CELLS + _LINE // 8, np.int64)
        skipped = -memory.__array_interface__["data"][0] % _LINE // 8
        self.cells = memory[skipped : skipped + CELLS]
        self.address = int(self.cells.__array_interface__["data"][0])
        self._helpers: list[_Helper] = []
        self._free = threading.Lock()  # held by the one leader that is served

    def run(self, leader: Callable[[int], None], schedule: int, helpers: int) -> float:
        """Run a schedule with so many helpers.

        Args:
            leader: the compiled leader.
            schedule: address of the schedule, whose third cell is this pool.
            helpers: how many may take part, at least 1.

        Returns:
            The nanoseconds it took, times the threads that could take part: at least what it takes one thread.
            0 where the pool serves another leader: then nothing was run.
        """
        if not self._free.acquire(blocking=False):
            return 0.0
        try:
            if self.cells[WANTED] != _CLOSED:
                if len(self._helpers) < helpers:
                    self._hire(helpers)
                self.cells[WANTED] = helpers
            crew = self._helpers[:helpers]
            for each in crew:
                if each.asleep:
                    each.wake()
            begin = time.perf_counter_ns()
            leader(schedule)
            return float((time.perf_counter_ns() - begin) * (len(crew) + 1))
        finally:
            if self.cells[WANTED] != _CLOSED:
                self.cells[WANTED] = 0
            self._free.release()

    def _hire(self, count: int) -> None:
        serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(helper())
        self.cells[YIELD], self.cells[CLOCK] = _system()
        while len(self._helpers) < count:
            each = _Helper(self, len(self._helpers), serve)
            try:
                each.start()
            except RuntimeError:  # no more threads to be had: those there are will do
                return
            self._helpers.append(each)

    def close(self) -> None:
        """Let all helpers leave compiled code: the memory it lives in goes when the process ends."""
        self.cells[WANTED] = _CLOSED
        for each in self._helpers:
            each.wake()
        for each in self._helpers:
            each.join(_PATIENCE_AT_EXIT)

    def forget(self) -> None:
        """Begin anew in the child of a fork, where the helpers do not exist."""
        self._helpers = []
        self._free = threading.Lock()
        self.cells[:] = 0


def _system() -> tuple[int, int]:
    """Addresses of `sched_yield` and C11's `timespec_get`, or of what Windows calls them."""
    if sys.platform == "win32":
        functions = ctypes.WinDLL("kernel32").SwitchToThread, ctypes.CDLL("ucrtbase")._timespec64_get
    else:
        library = ctypes.CDLL(None)
        functions = library.sched_yield, library.timespec_get
    first, second = (ctypes.cast(function, ctypes.c_void_p).value for function in functions)
    assert first is not None
    assert second is not None
    return first, second


pool = Pool()
atexit.register(pool.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.forget)
