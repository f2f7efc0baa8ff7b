"""Loop nests: what an entry of a Program does to flat memory, before anything is fused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import gcd, prod
from typing import Any, NamedTuple

from chainrule.program.loops.views import Axis, Buffer, View, joined


class Access(NamedTuple):
    """Where a nest touches a buffer: an offset, and a stride for each of its loops."""

    buffer: Buffer
    offset: int
    strides: tuple[int, ...]


class Footprint(NamedTuple):
    """What one unit of a nest touches of a buffer: from `low` to `high`, moved on by `stride` from unit to unit."""

    buffer: Buffer
    writes: bool
    stride: int
    low: int
    high: int


# An expression of a nest: ("load", k) reads access k; ("at", k, ((index, size, stride), …)) moved on by indices;
# ("text", template, arguments) is written out; ("number", literal, dtype); ("cast", dtype, from, argument).
Expression = tuple[Any, ...]


@dataclass(eq=False)
class Nest:
    """One entry as loops.

    Args:
        label: what people call it: the layer and the region.
        accesses: the last is written.
    """

    label: str
    accesses: list[Access]
    _prints: dict[int, list[Footprint] | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def units(self) -> int:
        """How many pieces it falls into along its outermost loop."""
        raise NotImplementedError

    def footprints(self, units: int) -> list[Footprint] | None:
        """What each of so many equal pieces touches; None where it does not fall into them."""
        if units not in self._prints:
            self._prints[units] = self._pieces(units)
        return self._prints[units]

    def _pieces(self, units: int) -> list[Footprint] | None:
        """The footprints, found."""
        raise NotImplementedError

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in µs on one core."""
        raise NotImplementedError


@dataclass(eq=False)
class Map(Nest):
    """One statement for every element.

    Args:
        dims: sizes of its loops, in the memory order of what is written.
        value: what is written.
        heavy: how many times the work of an addition an element takes.
    """

    dims: tuple[int, ...] = ()
    value: Expression = ()
    heavy: float = 1.0

    @property
    def out(self) -> Access:
        """What is written."""
        return self.accesses[-1]

    @property
    def units(self) -> int:
        return self.dims[0] if self.dims else 1

    def _pieces(self, units: int) -> list[Footprint] | None:
        return loop_footprints(self.dims, self.accesses, units)

    @property
    def cost(self) -> float:
        return prod(self.dims) * len(self.accesses) * self.heavy * 1.0e-5


@dataclass(eq=False)
class Reduce(Nest):
    """Sums, or extremes, over some of its loops.

    Args:
        dims: sizes of the loops that are kept, then of those that are reduced.
        kept: how many are kept.
        kind: `"sum"`, `"max"`, `"min"`, `"argmax"`, `"argmin"`, `"dot"` (the sum of the products of two).
        value: what is reduced.
        dtype: of the result.
    """

    dims: tuple[int, ...] = ()
    kept: int = 0
    kind: str = "sum"
    value: Expression = ()
    dtype: str = "float32"

    @property
    def out(self) -> Access:
        """What is written; its strides are 0 along what is reduced."""
        return self.accesses[-1]

    @property
    def units(self) -> int:
        return self.dims[0] if self.kept else 1

    def _pieces(self, units: int) -> list[Footprint] | None:
        if not self.kept and units != 1:
            return None
        return loop_footprints(self.dims, self.accesses, units)

    @property
    def cost(self) -> float:
        return prod(self.dims) * 1.0e-4


@dataclass(eq=False)
class Contract(Nest):
    """C[batch, m, n] = Σ_k A[batch, m, k] B[batch, k, n].

    Args:
        dims: sizes of the loops: batch, rows, terms, columns.
        counts: how many loops there are of each.
        flat: whether its rows can be cut anywhere, whatever loops they are made of: as the tile can, and loops cannot.
    """

    dims: tuple[int, ...] = ()
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    flat: bool = True

    @property
    def batched(self) -> bool:
        """Whether there is more than one product."""
        return self.counts[0] > 0

    def group(self, which: int) -> slice:
        """The place of the loops of batch (0), rows (1), terms (2) or columns (3)."""
        start = sum(self.counts[:which])
        return slice(start, start + self.counts[which])

    @property
    def units(self) -> int:
        if self.counts[0]:
            return self.dims[0]
        rows = self.dims[self.group(1)]
        return rows[0] if rows and (rows[0] >= FEW or len(rows) == 1 or not self.flat) else prod(rows)

    def _pieces(self, units: int) -> list[Footprint] | None:
        if units != 1 and not (self.counts[0] or self.counts[1]):
            return None
        if self.dims and self.dims[0] % units and not self.counts[0]:
            return self._by_flat_rows(units) if self.flat else None
        return loop_footprints(self.dims, self.accesses, units)

    def _by_flat_rows(self, units: int) -> list[Footprint] | None:
        """Pieces of all rows together: each may look at all of A and B."""
        rows = self.group(1)
        sizes, (out,) = merged(self.dims[rows], [self.accesses[2]._replace(strides=self.accesses[2].strides[rows])])
        if len(sizes) != 1 or sizes[0] % units:
            return None
        many = sizes[0] // units
        columns = self.group(3)
        reach = sum((n - 1) * s for n, s in zip(self.dims[columns], self.accesses[2].strides[columns], strict=True))
        stride = out.strides[0]
        found = [Footprint(a.buffer, False, 0, 0, a.buffer.size - 1) for a in self.accesses[:2]]
        last = out.offset + (many - 1) * stride + reach
        return [*found, Footprint(out.buffer, True, stride * many, out.offset, last)]

    @property
    def cost(self) -> float:
        columns = prod(self.dims[self.group(3)])
        return prod(self.dims) * (1.0 if columns >= 16 else 16.0 / max(columns, 1) / 2) * 0.8e-5


@dataclass(eq=False)
class Custom(Nest):
    """A kernel with a text of its own.

    Args:
        emitted: the kernel and what is put in for its parameters.
        written: which accesses are written.
        pieces: its units; 1 when it cannot be parted.
        prints: what a unit touches of each access: (stride, low, high), or None for all of it.
        work: µs.
    """

    emitted: Any = None
    written: tuple[int, ...] = ()
    pieces: int = 1
    prints: tuple[tuple[int, int, int] | None, ...] = ()
    work: float = 1.0

    @property
    def units(self) -> int:
        return self.pieces

    def _pieces(self, units: int) -> list[Footprint] | None:
        if self.pieces % units:
            return None
        many = self.pieces // units
        found = []
        for k, (access, touched) in enumerate(zip(self.accesses, self.prints, strict=True)):
            writes = k in self.written
            if touched is None:
                found.append(Footprint(access.buffer, writes, 0, 0, access.buffer.size - 1))
            else:
                stride, low, high = touched
                found.append(Footprint(access.buffer, writes, stride * many, low, high + stride * (many - 1)))
        return found

    @property
    def cost(self) -> float:
        return self.work


@dataclass(eq=False)
class Transpose(Nest):
    """target[c, r] = source[r, c]: what makes a matrix contiguous along its other axis.

    Args:
        rows: of the source.
        columns: of the source, which lie side by side.
        stride: from row to row of the source.
    """

    rows: int = 1
    columns: int = 1
    stride: int = 1

    @property
    def units(self) -> int:
        return self.rows

    def _pieces(self, units: int) -> list[Footprint] | None:
        if self.rows % units:
            return None
        source, target = self.accesses
        many = self.rows // units
        return [
            Footprint(source.buffer, False, many * self.stride, source.offset, source.offset + self.columns - 1),
            Footprint(target.buffer, True, FAR, 0, 0),
        ]

    @property
    def cost(self) -> float:
        return self.rows * self.columns * 1.0e-4


@dataclass(eq=False)
class Scan(Nest):
    """Steps that follow each other, each a list of nests.

    Args:
        steps: how many.
        body: the nests of one step, in order.
        rows: how many pieces the whole loop falls into; 1 where its steps look across rows.
    """

    steps: int = 1
    body: list[Nest] = field(default_factory=list)
    rows: int = 1

    @property
    def units(self) -> int:
        return self.rows

    def _pieces(self, units: int) -> list[Footprint] | None:
        if self.rows % units:
            return None
        found: dict[tuple[Buffer, bool], Footprint] = {}
        for nest in self.body:
            for part in nest.footprints(units) or ():
                own = part.buffer.base or part.buffer
                # The steps of a buffer lie apart: a unit is no piece of it that anybody else could go on with.
                stride = FAR if part.writes or part.stride else 0
                found[own, part.writes] = Footprint(own, part.writes, stride, 0, 0)
        return list(found.values())

    @property
    def cost(self) -> float:
        return self.steps * sum(nest.cost for nest in self.body)


FAR = 1 << 60  # further apart than any memory
FEW = 8  # rows of an outermost loop that are too few to be shared out


def loop_footprints(dims: Sequence[int], accesses: Sequence[Access], units: int) -> list[Footprint] | None:
    """What a nest of plain loops touches when its outermost loop is cut into `units` pieces."""
    sizes, accesses = merged(dims, accesses) if dims and dims[0] % units else (tuple(dims), list(accesses))
    if not sizes:
        if units != 1:
            return None
        sizes, accesses = (1,), [access._replace(strides=(0,)) for access in accesses]
    if sizes[0] % units:
        return None
    many = sizes[0] // units
    found = []
    for k, (buffer, offset, strides) in enumerate(accesses):
        if buffer.kind in ("number", "arange"):
            continue
        low = high = offset
        for size, stride in zip((many, *sizes[1:]), strides, strict=True):
            low += min(0, (size - 1) * stride)
            high += max(0, (size - 1) * stride)
        found.append(Footprint(buffer, k == len(accesses) - 1, strides[0] * many, low, high))
    return found


def merged(dims: Sequence[int], accesses: Sequence[Access], first: int = 0) -> tuple[tuple[int, ...], list[Access]]:
    """The same loops, neighbours made one where every access steps through both as one; not before loop `first`."""
    sizes: list[int] = []
    columns: list[list[int]] = []  # of strides, a loop each
    for i, n in enumerate(dims):
        steps = [access.strides[i] for access in accesses]
        if n == 1 and i >= first:
            continue
        if len(sizes) > first and all(a == b * n for a, b in zip(columns[-1], steps, strict=True)):
            sizes[-1] *= n
            columns[-1] = steps
        else:
            sizes.append(n)
            columns.append(steps)
    made = [a._replace(strides=tuple(column[k] for column in columns)) for k, a in enumerate(accesses)]
    return tuple(sizes), made


def refined(lists: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """The coarsest sizes that all these lists of sizes, with one product, are made of; None where there are none."""
    cuts = set()
    for sizes in lists:
        done = 1
        for n in reversed(sizes):
            done *= n
            cuts.add(done)
    ordered = sorted(cuts | {1})
    found = []
    for small, large in pairwise(ordered):
        if large % small:
            return None
        found.append(large // small)
    return tuple(reversed(found))


def split_strides(factors: Sequence[tuple[int, int]], sizes: Sequence[int]) -> tuple[int, ...]:
    """The strides of an axis of these (size, stride), outermost first, cut into `sizes`, which refine it."""
    rest, strides = list(factors), []
    for n in reversed(sizes):
        while rest and rest[-1][0] == 1:
            rest.pop()
        if n == 1:
            strides.append(0)
            continue
        size, stride = rest.pop()
        strides.append(stride)
        if size != n:
            rest.append((size // n, stride * n))
    return tuple(reversed(strides))


def common_loops(views: Sequence[View]) -> tuple[list[tuple[int, ...]], list[Access]] | None:
    """Loops that lead through all these views of one shape: for each axis its sizes; and the accesses."""
    sizes: list[tuple[int, ...]] = []
    for i in range(len(views[0].axes)):
        found = refined([[n for n, _ in joined(view.axes[i])] for view in views])
        if found is None:
            return None
        sizes.append(found)
    accesses = []
    for view in views:
        strides: tuple[int, ...] = ()
        for axis, cut in zip(view.axes, sizes, strict=True):
            strides += split_strides(joined(axis), cut)
        accesses.append(Access(view.buffer, view.offset, strides))
    return sizes, accesses


def reordered(
    dims: Sequence[int], accesses: Sequence[Access], order: Sequence[int]
) -> tuple[tuple[int, ...], list[Access]]:
    """The loops in another order."""
    made = [access._replace(strides=tuple(access.strides[i] for i in order)) for access in accesses]
    return tuple(dims[i] for i in order), made


def by_memory(dims: Sequence[int], strides: Sequence[int]) -> list[int]:
    """The loops, slowest in memory first; where one does not step at all it keeps its place."""
    places = list(range(len(dims)))
    return sorted(places, key=lambda i: -abs(strides[i]) if strides[i] else -float("inf") if i == 0 else -1e-9)


def common_units(a: int, b: int) -> int:
    """Into how many pieces two nests of `a` and `b` units fall together."""
    return gcd(a, b)


def leaves(expression: Expression) -> Iterator[Expression]:
    """All parts of an expression that read something."""
    kind = expression[0]
    if kind in ("load", "at"):
        yield expression
    if kind == "at":
        for index, _, _ in expression[2]:
            yield from leaves(index)
    elif kind == "text":
        for part in expression[2]:
            yield from leaves(part)
    elif kind == "cast":
        yield from leaves(expression[3])


def axis_sizes(axis: Axis) -> tuple[int, ...]:
    """Sizes of the factors of an axis."""
    return tuple(size for size, _ in joined(axis))
