"""The register tile: every contraction of a compiled program, whatever its sizes and strides.

`C[m, n] = (C[m, n] if accumulate else 0) + sum over k of A(m, k) * B[k, n]`, each element one chain of fused
multiply-adds in the order of k: its bits depend on nothing else, not on the tile, the vectors, the shard or its
neighbours. Rows and k are nests of up to three loops, so that a convolution is a tile as well. One object file serves
all sizes of one data type and epilogue; only the kinds of panels that its columns need are compiled in.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chainrule.program.loops import objects
from chainrule.program.loops.passes import Target, host
from chainrule.program.loops.tile_block import EPILOGUES, PARAMETERS
from chainrule.program.loops.tile_panels import panels
from chainrule.program.loops.tile_text import tile_text

Nest = tuple[tuple[int, ...], ...]


class Contraction(NamedTuple):
    """What a tile computes, in elements; B and C have stride 1 along the columns. The outermost loop comes first.

    Attributes:
        columns: N, the columns of B and C.
        rows: (size, stride of A, stride of C) of each loop over the rows of C, at most three.
        depth: (count, stride of A, stride of B) of each loop over k, at most three.
        units: (size, stride of A, of B, of C) of each loop over units, at most three: then a range counts units, each
            with all rows; without units it counts rows.
        accumulate: whether C's old value is the beginning of the chain.

    Example:
        >>> product = Contraction(columns=128, rows=((64, 784, 128),), depth=((784, 1, 128),))  # (64, 784) @ (784, 128)
        >>> product.span
        64
    """

    columns: int
    rows: Nest
    depth: Nest
    units: Nest = ()
    accumulate: bool = False

    @property
    def span(self) -> int:
        """What the whole range counts: units, or rows where there are none."""
        return math.prod(loop[0] for loop in self.units or self.rows)


def call_table(
    contraction: Contraction,
    a: int,
    b: int,
    c: int,
    bias: int | None = None,
    steps: Mapping[str, int] | None = None,
) -> npt.NDArray[np.int64]:
    """The table that a tile reads: two cells a parameter, value and step.

    Args:
        contraction: sizes and strides.
        a: address of A.
        b: address of B.
        c: address of C.
        bias: address of the bias (N,), for an epilogue that has one.
        steps: bytes by which `"A"`, `"B"`, `"C"` or `"bias"` move from one step to the next; default none.

    Returns:
        Table (2 * parameters,), int64.

    Raises:
        ValueError: a nest is deeper than three loops that cannot be merged.

    Example:
        >>> call_table(Contraction(10, ((4, 6, 10),), ((6, 1, 10),)), a=0, b=0, c=0)[6:8]
        array([10,  0])
    """
    m, k, u = (_three(nest, width) for nest, width in _nests(contraction))
    values: dict[str, int] = {"A": a, "B": b, "C": c, "N": contraction.columns, "bias": bias or 0}
    values |= {"accumulate": int(contraction.accumulate), "batched": int(bool(contraction.units))}
    values |= {"M": math.prod(loop[0] for loop in m), "m1": m[1][0], "m2": m[2][0], "s1": u[1][0], "s2": u[2][0]}
    for axis in range(3):
        values |= {f"a{axis}": m[axis][1], f"c{axis}": m[axis][2]}
        values |= {f"k{axis}": k[axis][0], f"ka{axis}": k[axis][1], f"kb{axis}": k[axis][2]}
        values |= {f"ua{axis}": u[axis][1], f"ub{axis}": u[axis][2], f"uc{axis}": u[axis][3]}
    table = np.zeros((len(PARAMETERS), 2), np.int64)
    for i, name in enumerate(PARAMETERS):
        table[i] = values[name], (steps or {}).get(name, 0)
    return table[: None if bias is not None else -1].reshape(-1)


def _nests(contraction: Contraction) -> tuple[tuple[Nest, int], ...]:
    return (contraction.rows, 3), (contraction.depth, 3), (contraction.units, 4)


def _three(nest: Nest, width: int) -> Sequence[tuple[int, ...]]:
    """Three loops that run through the same elements in the same order."""
    one = (1,) + (0,) * (width - 1)
    if any(loop[0] == 0 for loop in nest):
        return [(0, *one[1:]), one, one]
    merged: list[tuple[int, ...]] = []
    for loop in (loop for loop in nest if loop[0] != 1):
        before = merged[-1] if merged else None
        if before and all(outer == loop[0] * inner for outer, inner in zip(before[1:], loop[1:], strict=True)):
            merged[-1] = (before[0] * loop[0], *loop[1:])
        else:
            merged.append(loop)
    if len(merged) > 3:
        raise ValueError(f"a nest of {len(merged)} loops in a tile, {nest}")
    return [one] * (3 - len(merged)) + merged


def variants_for_host(target: Target | None = None) -> tuple[int, ...]:
    """Bytes of the vectors a processor can compute with, the widest first.

    Args:
        target: the processor; default the one at hand.

    Returns:
        Some of 64, 32 and 16; 16 is always there.
    """
    target = host() if target is None else target
    features = set(target.features.split(","))
    wide = "+avx512f" in features or target.cpu == "x86-64-v4"
    middle = wide or {"+avx2", "+fma"} <= features or target.cpu == "x86-64-v3"
    return (64, 32, 16) if wide else (32, 16) if middle else (16,)


def address(
    dtype: str, epilogue: str = "none", n: int | None = None, nbytes: int | None = None, target: Target | None = None
) -> int:
    """The address of a compiled tile: `void tile(int64* table, int64 start, int64 stop, int64 t)`.

    Args:
        dtype: `"float32"` or `"float64"`.
        epilogue: `"none"`; `"bias"`, added behind the chain; `"bias_relu"`, then max(z, 0), NaN kept.
        n: the columns of every table it will be given; None: any number, three times the code.
        nbytes: of a vector register; default the widest of the processor.
        target: the processor; default the one at hand.

    Returns:
        The address, valid for the life of the process.
    """
    assert epilogue in EPILOGUES
    nbytes = variants_for_host(target)[0] if nbytes is None else nbytes
    widths = "_".join(str(panel.width) for panel in panels(dtype, nbytes, n))
    key = (f"tile_{dtype}_{nbytes}_{widths}_{epilogue}", target)
    if key not in _addresses:
        _addresses[key] = objects.compile_object(key[0], tile_text(key[0], dtype, epilogue, nbytes, n), target)
    return _addresses[key]


_addresses: dict[tuple[str, Target | None], int] = {}
