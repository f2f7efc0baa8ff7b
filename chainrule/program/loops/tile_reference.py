"""What a tile computes, in NumPy, from the very same table: for runs without compiled code, and as a judge.

The sums are NumPy's, so their last bits differ from the tile's.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.program.loops.tile_block import EPILOGUES, PARAMETERS

Table = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int64]


def reference(dtype: str, epilogue: str = "none") -> Callable[[Table, int, int, int], None]:
    """A function of a table and a range that does what the compiled tile does.

    Args:
        dtype: `"float32"` or `"float64"`.
        epilogue: `"none"`, `"bias"` or `"bias_relu"`.

    Returns:
        `tile(table, start, stop, t)`, which reads and writes the memory that the table names.
    """
    assert epilogue in EPILOGUES

    def tile(table: Table, start: int, stop: int, t: int) -> None:
        cells = table.reshape(-1, 2)
        given = dict(zip(PARAMETERS, (cells[:, 0] + t * cells[:, 1]).tolist(), strict=False))
        if not given["batched"]:
            _rows(given, (0, 0, 0), start, stop, dtype, epilogue)
            return
        for u in range(start, stop):
            place = (u // (given["s1"] * given["s2"]), u // given["s2"] % given["s1"], u % given["s2"])
            moves = [sum(place[axis] * given[f"u{operand}{axis}"] for axis in range(3)) for operand in "abc"]
            _rows(given, (moves[0], moves[1], moves[2]), 0, given["M"], dtype, epilogue)

    return tile


def _rows(given: dict[str, int], moves: tuple[int, int, int], start: int, stop: int, dtype: str, epilogue: str) -> None:
    m = np.arange(start, stop, dtype=np.int64)
    m0, m1, m2 = m // (given["m1"] * given["m2"]), m // given["m2"] % given["m1"], m % given["m2"]
    columns = np.arange(given["N"], dtype=np.int64)
    a_rows = m0 * given["a0"] + m1 * given["a1"] + m2 * given["a2"] + moves[0]
    c_rows = m0 * given["c0"] + m1 * given["c1"] + m2 * given["c2"] + moves[2]
    a = Memory(given["A"], dtype, a_rows[:, None] + _depth(given, "ka"))  # (M, K)
    b = Memory(given["B"], dtype, _depth(given, "kb")[:, None] + moves[1] + columns)  # (K, N)
    c = Memory(given["C"], dtype, c_rows[:, None] + columns)  # (M, N)
    with np.errstate(all="ignore"):
        z = a.read() @ b.read()
        if given["accumulate"]:
            z += c.read()
        if epilogue != "none":
            z += Memory(given["bias"], dtype, columns).read()
        if epilogue == "bias_relu":
            z = np.where(z <= 0, np.zeros_like(z), z)
    c.write(z)


def _depth(given: dict[str, int], stride: str) -> Indices:
    """Where each k is, in the order of the chain."""
    k0, k1, k2 = (np.arange(given[f"k{axis}"], dtype=np.int64) * given[f"{stride}{axis}"] for axis in range(3))
    at: Indices = (k0[:, None, None] + k1[:, None] + k2).reshape(-1)
    return at


class Memory:
    """The elements of one operand, by their distances from its address."""

    def __init__(self, address: int, dtype: str, places: Indices) -> None:
        self.places, self.dtype = places, np.dtype(dtype)
        self.elements: npt.NDArray[Any] = np.zeros(0, dtype)
        if places.size:
            low, high = int(places.min()), int(places.max())
            nbytes = (high - low + 1) * self.dtype.itemsize
            raw = (ctypes.c_byte * nbytes).from_address(address + low * self.dtype.itemsize)
            self.elements = np.ctypeslib.as_array(raw).view(self.dtype)
            self.places = places - low

    def read(self) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = self.elements[self.places]
        return found

    def write(self, values: npt.NDArray[Any]) -> None:
        if self.places.size:
            self.elements[self.places] = values
