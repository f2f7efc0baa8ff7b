"""Run a kernel twice, compiled and as ordinary Python, from copies of the same arrays."""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from chainrule.program.loops import objects
from chainrule.program.loops.interpreted import python_function
from chainrule.program.loops.kernel import Kernel, number_cell

pytest.importorskip("llvmlite")

ABI = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
DTYPES = {"f32": "f4", "f64": "f8", "i64": "i8", "i32": "i4", "i16": "i2", "i8": "i1", "u8": "u1", "bool": "?"}


def kernel(name: str, text: str, **params: str) -> Kernel:
    """A kernel of a text whose lines may be indented together."""
    lines = text.strip("\n").splitlines()
    depth = len(lines[0]) - len(lines[0].lstrip())
    return Kernel(name, "\n".join(line[depth:] for line in lines) + "\n", tuple(params.items()))


def table(made: Kernel, given: Sequence[Any]) -> np.ndarray[Any, Any]:
    """The table of a kernel: two cells a parameter."""
    cells = []
    for (_, kind), value in zip(made.params, given, strict=True):
        if kind.endswith("*"):
            cells.append(value.ctypes.data)
        else:
            cells.append(int(value) if kind == "i64" else number_cell(float(value)))
    return np.array([cell for value in cells for cell in (value, 0)], np.int64)


def compiled(made: Kernel, start: int, stop: int, *given: Any) -> list[Any]:
    """What the arguments hold after the compiled kernel ran on copies of them."""
    mine = [value.copy() if isinstance(value, np.ndarray) else value for value in given]
    cells = table(made, mine)
    ABI(objects.address(made))(cells.ctypes.data, start, stop, 0)
    return mine


def interpreted(made: Kernel, start: int, stop: int, *given: Any) -> list[Any]:
    """What the arguments hold after the text ran as ordinary Python on copies of them."""
    mine = [value.copy() if isinstance(value, np.ndarray) else value for value in given]
    python_function(made)(start, stop, *mine)
    return mine


def same(one: Any, two: Any) -> bool:
    """Whether arrays hold the same bytes; NaN equals NaN."""
    one, two = np.asarray(one), np.asarray(two)
    if one.dtype.kind == "f":
        nan = np.isnan(one)
        return bool((nan == np.isnan(two)).all() and (one[~nan].tobytes() == two[~nan].tobytes()))
    return one.tobytes() == two.tobytes()


def both(made: Kernel, start: int, stop: int, *given: Any) -> list[Any]:
    """Run both ways, make sure that they agree to the byte, return what the arguments hold."""
    fast, plain = compiled(made, start, stop, *given), interpreted(made, start, stop, *given)
    for (name, _), one, two in zip(made.params, fast, plain, strict=True):
        assert same(one, two), f"{made.name}: {name}\n{one}\n{two}\n{made.text}"
    return fast
