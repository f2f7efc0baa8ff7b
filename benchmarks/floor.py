"""The least time a piece of work can take here: its arithmetic at the peak, or its bytes at the copy rate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Work:
    """What a piece of work cannot do without.

    Args:
        multiply_adds: multiplications with an addition, at least 0.
        bytes: bytes read and written at least once, at least 0.
        threads: processors it may use; default 1.
    """

    multiply_adds: float
    bytes: float
    threads: int = 1


def _best(work: Callable[[], object], times: int = 7) -> float:
    spent = []
    for _ in range(times):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return min(spent)


@cache
def peak(threads: int) -> float:
    """Multiply-adds a second in float32: the best of several large matrix products of NumPy."""
    size = 1024
    a, b = (np.random.default_rng(seed).random((size, size), np.float32) for seed in (0, 1))
    out = np.empty_like(a)
    with threadpool_limits(threads):
        return size**3 / _best(lambda: np.matmul(a, b, out=out))


@cache
def copy_rate() -> float:
    """Bytes a second, read and written counted, of a copy far larger than the caches."""
    source = np.ones(32 * 2**20, np.float32)
    target = np.empty_like(source)
    return 2 * source.nbytes / _best(lambda: np.copyto(target, source))


def floor(work: Work) -> tuple[float, str]:
    """Seconds that the work takes at least, and what decides: `"arithmetic"` or `"bytes"`."""
    arithmetic, traffic = work.multiply_adds / peak(work.threads), work.bytes / copy_rate()
    return (arithmetic, "arithmetic") if arithmetic >= traffic else (traffic, "bytes")
