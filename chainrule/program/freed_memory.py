"""Freed memory stays with the process: every replay needs the same large arrays again.

By default the C library gives the top of the heap back to the system whenever much of it is free, and asks for it
again, page by page, at the next step. A replayed step of convolutions with 8 and 16 channels takes 8.3 ms then, and
4.1 ms when the memory stays; with 32 and 64 channels 34 and 26 ms (one core; buffers of our own, by `out=`, gave 5.3
and 29 ms: memory that was freed a moment ago is still in the cache). The process keeps what it needed at its peak, up
to 1 GiB.
"""

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
_KEPT = 1 << 30
_LARGEST = 1 << 25  # glibc takes no more: larger arrays come from the system each time


@cache
def keep_freed_memory() -> bool:
    """Ask the C library to keep freed memory, once a process; False where it cannot be asked (not glibc)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _KEPT)) and bool(mallopt(_MMAP_THRESHOLD, _LARGEST))
