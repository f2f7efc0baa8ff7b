"""Memory behind which the process has none: whoever reads past an operand is stopped by the processor."""

import ctypes
import mmap
import sys

import numpy as np
import pytest

PAGE = mmap.PAGESIZE


@pytest.fixture
def fenced():
    """A function that copies an array to the very end of a mapping, in front of a page that nobody may touch."""
    if sys.platform == "win32":
        pytest.skip("pages are protected in another way there")
    protect = ctypes.CDLL(None).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    maps = []

    def copy(array):
        room = -(-array.nbytes // PAGE) * PAGE
        pages = mmap.mmap(-1, room + PAGE)
        whole = np.frombuffer(pages, np.uint8)
        assert protect(whole.ctypes.data + room, PAGE, 0) == 0
        maps.append((pages, whole, room))
        placed = whole[room - array.nbytes : room].view(array.dtype).reshape(array.shape)
        placed[...] = array
        return placed

    yield copy
    for _, whole, room in maps:
        protect(whole.ctypes.data + room, PAGE, mmap.PROT_READ | mmap.PROT_WRITE)
