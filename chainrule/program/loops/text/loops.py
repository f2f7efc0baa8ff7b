"""Which nests share their loops, and which share a kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from chainrule.program.loops.nests import (
    Access,
    Contract,
    Map,
    Nest,
    Reduce,
    leaves,
    merged,
    refined,
    split_strides,
)
from chainrule.program.loops.views import Buffer


@dataclass(eq=False)
class Loops:
    """Nests inside one and the same loops: sizes, and the accesses of each nest by loop; loop 0 is that over units."""

    sizes: tuple[int, ...]
    nests: list[tuple[Nest, list[Access]]]


def by_unit(nest: Nest, units: int) -> Loops:
    """A nest with its outermost loop cut into units: that loop, then what is left of it, then the others."""
    dims: tuple[int, ...] = nest.dims  # type: ignore[attr-defined]  # a Map, Reduce or Contract
    accesses = nest.accesses
    if dims and dims[0] % units:
        kept = len(dims) if isinstance(nest, Map) else nest.kept if isinstance(nest, Reduce) else 0
        first, tail = merged(dims[:kept], [a._replace(strides=a.strides[:kept]) for a in accesses])
        accesses = [m._replace(strides=(*m.strides, *a.strides[kept:])) for m, a in zip(tail, accesses, strict=True)]
        if isinstance(nest, Reduce):
            nest.kept = len(first)
        dims = (*first, *dims[kept:])
        nest.dims, nest.accesses = dims, accesses  # type: ignore[attr-defined]  # the same loops, fewer of them
    own = isinstance(nest, Map) or (isinstance(nest, Reduce) and nest.kept > 0) or isinstance(nest, Contract)
    if not dims or not own or units == 1:
        return Loops((1, *dims), [(nest, [a._replace(strides=(0, *a.strides)) for a in accesses])])
    many = dims[0] // units
    made = [a._replace(strides=(a.strides[0] * many, *a.strides)) for a in accesses]
    return Loops((units, many, *dims[1:]), [(nest, made)])


def grouped(nests: Sequence[Nest], units: int) -> list[Loops]:
    """Nests gathered into common loops where each element depends only on itself."""
    groups: list[Loops] = []
    for nest in nests:
        own = by_unit(nest, units)
        last = groups[-1] if groups else None
        if last is not None and is_map(last) and isinstance(nest, Map):
            made = _together(last, own)
            if made is not None:
                groups[-1] = made
                continue
        groups.append(own)
    return groups


def alike(nests: Sequence[Nest], units: int) -> list[list[Nest]]:
    """The nests cut into runs that are all columns, or none; where no column is among them, as they are."""
    kinds = [_column_kind(nest, units) for nest in nests]
    if units == 1 or True not in kinds:
        return [list(nests)]
    runs: list[list[Nest]] = []
    last: bool | None = None
    for nest, kind in zip(nests, kinds, strict=True):
        if not runs or (kind is not None and last is not None and kind != last):
            runs.append([])
        runs[-1].append(nest)
        last = kind if kind is not None else last
    return runs


def _column_kind(nest: Nest, units: int) -> bool | None:
    """Whether a nest is a column; None where it is one number a unit, which goes with either."""
    group = by_unit(nest, units)
    if is_column(group):
        return None if is_map(group) else True
    return False


def is_column(group: Loops) -> bool:
    """Whether units lie side by side in memory, each one number: then loops over them become vectors."""
    nest, accesses = group.nests[0]
    if is_map(group):
        return prod(group.sizes[1:]) == 1
    if not isinstance(nest, Reduce) or nest.kind.startswith("arg") or nest.kept != 1 or group.sizes[1] != 1:
        return False
    return any(a.strides[0] == 1 for a in accesses[:-1]) and all(a.strides[0] in (0, 1) for a in accesses)


def is_map(group: Loops) -> bool:
    """Whether a group is plain statements, none of them a sum or a product."""
    return isinstance(group.nests[0][0], Map)


def _together(one: Loops, two: Loops) -> Loops | None:
    """Both in the same loops; None where they do not fit, or one needs elements that the other wrote elsewhere."""
    if prod(one.sizes[1:]) != prod(two.sizes[1:]) or one.sizes[0] != two.sizes[0]:
        return None
    sizes = _refined(one.sizes[1:], two.sizes[1:])
    if sizes is None:
        return None
    nests = [
        (nest, accesses if group.sizes[1:] == sizes else [_cut(a, group.sizes, sizes) for a in accesses])
        for group in (one, two) for nest, accesses in group.nests
    ]
    fresh, accesses = nests[-1]
    assert isinstance(fresh, Map)
    own = gathered(fresh)
    for nest, others in nests[:-1]:
        written = others[-1]
        for k, access in enumerate(accesses):
            if access.buffer is written.buffer and (access != written or k in own):
                return None
        for k, access in enumerate(others[:-1]):
            if access.buffer is accesses[-1].buffer and (access != accesses[-1] or k in gathered(nest)):
                return None
    return Loops((one.sizes[0], *sizes), nests)


def gathered(nest: Nest) -> set[int]:
    """Which accesses of a map are moved on by indices."""
    return {e[1] for e in leaves(nest.value) if e[0] == "at"} if isinstance(nest, Map) else set()


def _refined(one: Sequence[int], two: Sequence[int]) -> tuple[int, ...] | None:
    return refined([[n for n in one if n != 1], [n for n in two if n != 1]])


def _cut(access: Access, sizes: Sequence[int], finer: Sequence[int]) -> Access:
    factors = list(zip(sizes[1:], access.strides[1:], strict=True))
    return Access(access.buffer, access.offset, (access.strides[0], *split_strides(factors, finer)))


def readers(nests: Iterable[Nest]) -> dict[Buffer, list[Nest]]:
    """Which nests touch each buffer."""
    found: dict[Buffer, list[Nest]] = {}
    for nest in nests:
        for part in nest.footprints(1) or ():
            mine = found.setdefault(part.buffer, [])
            if nest not in mine:
                mine.append(nest)
    return found
