"""Compiled kernels by content: in memory, else in the folder of kernels, else compiled now and kept."""

import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from chainrule.program.loops import folder, form
from chainrule.program.loops.compiler import module_text
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.library import LIBRARY
from chainrule.program.loops.linker import link
from chainrule.program.loops.passes import Target, context, host, object_code, optimised

_lock = threading.RLock()
_by_kernel: dict[Kernel, int] = {}
_by_key: dict[str, int] = {}
_counts = {"compiled": 0, "loaded": 0, "seconds": 0.0, "nbytes": 0}


class Statistics(NamedTuple):
    """What getting machine code has cost this process.

    Attributes:
        compiled: objects compiled.
        loaded: objects read from the folder of kernels.
        seconds: for both.
        nbytes: of object code in use.
    """

    compiled: int
    loaded: int
    seconds: float
    nbytes: int


def _forked() -> None:
    """The lock of a child is its own: the thread that held it in the parent does not exist there."""
    global _lock  # noqa: PLW0603 - one lock a process
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def address(kernel: Kernel) -> int:
    """The address of a kernel's machine code: `void f(int64* table, int64 start, int64 stop, int64 t)`.

    Args:
        kernel: what is wanted; equal kernels, whatever their names, share one address.

    Returns:
        The address, valid for the life of the process.

    Raises:
        KernelError: the text is outside the subset.
        MissingExtraError: llvmlite is not installed.
    """
    found = _by_kernel.get(kernel)
    if found is not None:
        return found
    with _lock:
        key = form.key(kernel, LIBRARY, context(host()))
        if key not in _by_key:
            symbol = f"k_{key}"
            _by_key[key] = _object(key, symbol, lambda: module_text(kernel, symbol, LIBRARY), host())
        _by_kernel[kernel] = _by_key[key]
        return _by_key[key]


def compile_object(symbol: str, text: str, target: Target | None = None) -> int:
    """The address of a function written in LLVM's own text, kept as kernels are.

    Args:
        symbol: the function that is wanted; the text defines it.
        text: an LLVM module, without triple and data layout.
        target: the processor; default the one at hand.

    Returns:
        The address, valid for the life of the process.
    """
    target = host() if target is None else target
    with _lock:
        key = form.digest(f"{context(target)}\n{symbol}\n{text}")
        if key not in _by_key:
            _by_key[key] = _object(key, symbol, lambda: text, target)
        return _by_key[key]


def _object(key: str, symbol: str, text: Callable[[], str], target: Target) -> int:
    """Read or compile, keep, load."""
    began = time.perf_counter()
    code = folder.read(key, context(target))
    if code is None:
        code = object_code(text(), target)
        folder.write(key, context(target), code)
        _counts["compiled"] += 1
    else:
        _counts["loaded"] += 1
    found = link(code, symbol)
    _counts["nbytes"] += len(code)
    _counts["seconds"] += time.perf_counter() - began
    return found


def llvm_text(kernel: Kernel, target: Target | None = None) -> str:
    """A kernel as LLVM has optimised it, for tests and for readers; nothing is kept.

    Args:
        kernel: what is compiled.
        target: the processor; default the one at hand.
    """
    with _lock:
        return str(optimised(module_text(kernel, "kernel", LIBRARY), host() if target is None else target))


def vectorised(kernel: Kernel, target: Target | None = None) -> bool:
    """Whether every loop marked `vector` became vector code.

    Args:
        kernel: what is compiled.
        target: the processor; default the one at hand.
    """
    text = llvm_text(kernel, target)
    nodes = dict(re.findall(r"^(!\d+) = (?:distinct )?!\{(.*)\}$", text, re.MULTILINE))
    for loop in set(re.findall(r"!llvm\.loop (!\d+)", text)):
        said = " ".join(nodes.get(part, "") for part in re.findall(r"!\d+", nodes[loop]))
        if "chainrule.vector" in said and "llvm.loop.isvectorized" not in said:
            return False
    return True


def statistics() -> Statistics:
    """What getting machine code has cost this process until now."""
    with _lock:
        return Statistics(
            int(_counts["compiled"]), int(_counts["loaded"]), _counts["seconds"], int(_counts["nbytes"])
        )


def size() -> int:
    """Bytes that the folder of kernels holds."""
    total = 0
    for path in folder.files():
        with suppress(OSError):
            total += path.stat().st_size
    return total


def clear() -> int:
    """Empty the folder of kernels; what is loaded stays loaded.

    Returns:
        How many bytes were freed.
    """
    freed = 0
    for path in folder.files():
        with suppress(OSError):
            nbytes = path.stat().st_size
            path.unlink()
            freed += nbytes
    return freed
