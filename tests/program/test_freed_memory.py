"""Freed memory is kept where the C library lets itself be asked."""

import ctypes
import platform
from typing import Any

import pytest

from chainrule.program.freed_memory import keep_freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_glibc_is_asked() -> None:
    keep_freed_memory.cache_clear()
    assert keep_freed_memory()


def test_other_c_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(name: Any) -> Any:
        raise OSError

    for library in (lambda name: object(), refused):
        monkeypatch.setattr(ctypes, "CDLL", library)
        keep_freed_memory.cache_clear()
        assert not keep_freed_memory()
    keep_freed_memory.cache_clear()
