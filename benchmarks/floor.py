"""The least time a piece of work can take here: its arithmetic at the peak, or its bytes at the copy rate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np

from benchmarks import peak
from chainrule import config

TRIES = 50  # runs of about 2 ms: one of them is undisturbed even on a busy machine


@dataclass(frozen=True)
class Work:
    """What a piece of work cannot do without.

    Args:
        multiply_adds: multiplications with an addition, at least 0.
        bytes: bytes read from and written to memory at least once, at least 0.
        threads: processors it may use; default all that are allowed.
    """

    multiply_adds: float
    bytes: float
    threads: int | None = None


def best(work: Callable[[], object], times: int = 7) -> float:
    """Seconds of the fastest of several runs."""
    spent = []
    for _ in range(times):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return min(spent)


@cache
def rate(threads: int) -> tuple[float, str]:
    """Multiply-adds a second in float32, and how they were measured: in registers, or as a large matrix product."""
    try:
        run, count, how = peak.registers(threads)
    except ImportError:
        run, count, how = peak.product(threads)
    return count / best(run, TRIES), how


@cache
def copy_rate() -> float:
    """Bytes a second, read and written counted, of a copy far larger than the caches."""
    source = np.ones(32 * 2**20, np.float32)
    target = np.empty_like(source)
    return 2 * source.nbytes / best(lambda: np.copyto(target, source))


def floor(work: Work) -> tuple[float, str]:
    """Seconds that the work takes at least, and what decides: `"arithmetic"` or `"bytes"`."""
    arithmetic = work.multiply_adds / rate(work.threads or config.threads())[0]
    traffic = work.bytes / copy_rate()
    return (arithmetic, "arithmetic") if arithmetic >= traffic else (traffic, "bytes")
