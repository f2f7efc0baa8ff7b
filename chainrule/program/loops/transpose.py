"""A transposing copy, `target[c, r] = source[r, c]`: what makes a matrix contiguous along its other axis.

The tile wants its right side contiguous along the columns of the product; `dX = dz @ W.T` gets W.T from here.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from chainrule.program.loops import objects
from chainrule.program.loops.passes import Target
from chainrule.program.loops.tile import variants_for_host
from chainrule.program.loops.tile_reference import Memory
from chainrule.program.loops.transpose_text import PARAMETERS, transpose_text

Table = npt.NDArray[np.int64]


def call_table(
    rows: int,
    columns: int,
    source: int,
    target: int,
    source_stride: int | None = None,
    target_stride: int | None = None,
    steps: Mapping[str, int] | None = None,
) -> Table:
    """The table that a transpose reads: two cells a parameter, value and step. A range counts rows of the source.

    Args:
        rows: of the source.
        columns: of the source.
        source: its address.
        target: address of the copy.
        source_stride: elements from row to row of the source; default its columns.
        target_stride: elements from row to row of the copy; default the source's rows.
        steps: bytes by which `"source"` or `"target"` move from one step to the next; default none.

    Returns:
        Table (12,), int64.

    Example:
        >>> call_table(3, 5, source=0, target=0)[::2]
        array([0, 0, 3, 5, 5, 3])
    """
    table = np.zeros((len(PARAMETERS), 2), np.int64)
    strides = columns if source_stride is None else source_stride, rows if target_stride is None else target_stride
    table[:, 0] = source, target, rows, columns, *strides
    for name, step in (steps or {}).items():
        table[PARAMETERS.index(name), 1] = step
    return table.reshape(-1)


def address(dtype: str, nbytes: int | None = None, target: Target | None = None) -> int:
    """The address of a compiled transpose: `void transpose(int64* table, int64 start, int64 stop, int64 t)`.

    Args:
        dtype: `"float32"` or `"float64"`.
        nbytes: of a vector register; default the widest of the processor.
        target: the processor; default the one at hand.

    Returns:
        The address, valid for the life of the process.
    """
    nbytes = variants_for_host(target)[0] if nbytes is None else nbytes
    key = (f"transpose_{dtype}_{nbytes}", target)
    if key not in _addresses:
        _addresses[key] = objects.compile_object(key[0], transpose_text(key[0], dtype, nbytes), target)
    return _addresses[key]


_addresses: dict[tuple[str, Target | None], int] = {}


def reference(dtype: str) -> Callable[[Table, int, int, int], None]:
    """A function of a table and a range that does in NumPy what the compiled transpose does.

    Args:
        dtype: `"float32"` or `"float64"`.

    Returns:
        `transpose(table, start, stop, t)`, which reads and writes the memory that the table names.
    """

    def transpose(table: Table, start: int, stop: int, t: int) -> None:
        cells = table.reshape(-1, 2)
        source, target, _, columns, source_stride, target_stride = (cells[:, 0] + t * cells[:, 1]).tolist()
        r, c = np.arange(start, stop, dtype=np.int64)[:, None], np.arange(columns, dtype=np.int64)
        copied = Memory(source, dtype, r * source_stride + c).read()
        Memory(target, dtype, c * target_stride + r).write(copied)

    return transpose
