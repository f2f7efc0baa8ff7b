"""Parts of an array: slices (views), fancy indices (copies), and their way back.

An index is static data, one item an axis: `("int", 3)`, `("slice", start, stop, step)`, `("new",)`, or
`("array", j)` for the j-th index array among the arguments.
"""

from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.ops.layout import c_order, result_order
from chainrule.ops.program import Primitive, Value
from chainrule.ops.rules import common_dtype, number_text

Item = tuple[object, ...]
Items = tuple[Item, ...]


def _text(items: Items, arrays: tuple[str, ...] = ()) -> str:
    words = []
    for kind, *rest in items:
        if kind == "int":
            words.append(str(rest[0]))
        elif kind == "new":
            words.append("None")
        elif kind == "array":
            words.append(arrays[int(str(rest[0]))])
        else:
            start, stop, step = ("" if part is None else str(part) for part in rest)
            words.append(f"{start}:{stop}" + (f":{step}" if step else ""))
    if all(kind == "int" for kind, *_ in items):
        words.append("...")  # a number alone would be a copy; this is a view of it
    return ", ".join(words)


def _literal(items: Items, arrays: tuple[str, ...] = ()) -> str:
    """The index as an argument of a function: slices spelt out."""
    words = []
    for kind, *rest in items:
        if kind == "slice":
            words.append(f"slice({rest[0]}, {rest[1]}, {rest[2]})")
        elif kind == "array":
            words.append(arrays[int(str(rest[0]))])
        else:
            words.append("None" if kind == "new" else str(rest[0]))
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def _slice_shape(a: Value, items: Items) -> tuple[Value, ...]:
    shape: list[int] = []
    source: list[int | None] = []  # the axis of `a` behind each axis of the result
    axis = 0
    for kind, *rest in items:
        if kind == "new":
            shape.append(1)
            source.append(None)
            continue
        if axis >= len(a.shape):
            raise ShapeError("ops.index_rank", "index", count=len(items), shape=a.shape)
        size = a.shape[axis]
        if kind == "int":
            if not -size <= int(str(rest[0])) < size:
                raise ShapeError("ops.index", "index", index=rest[0], shape=a.shape, axis=axis, size=size)
        else:
            shape.append(len(range(*slice(*rest).indices(size))))
            source.append(axis)
        axis += 1
    for rest_axis in range(axis, len(a.shape)):
        shape.append(a.shape[rest_axis])
        source.append(rest_axis)
    place = {old: new for new, old in enumerate(source) if old is not None}
    order = [place[old] for old in a.order if old in place]
    for new, old in enumerate(source):
        if old is None:
            order.insert(new, new)
    rows = place.get(a.rows) if a.rows is not None else None
    return (Value(tuple(shape), a.dtype, tuple(order), rows),)


SLICE = Primitive(
    "slice", _slice_shape, lambda a, items: f"{a}[{_text(items)}]", views=True, formula="{0}_{{i}}",
    derivative=lambda d, a, y, items: (d.place(a.shape, items, 0.0),),
)


def _place_shape(a: Value, shape: tuple[int, ...], items: Items, fill: float) -> tuple[Value, ...]:
    return (Value(shape, a.dtype, c_order(len(shape)), a.rows if len(shape) == len(a.shape) else None),)


# Where a slice stood: the rest is `fill`. Also padding. Without a step of more than one every place is hit once.
PLACE = Primitive(
    "place", _place_shape,
    lambda a, shape, items, fill: f"place({a}, {shape}, {_literal(items)}, {number_text(fill)})",
    derivative=lambda d, a, y, shape, items, fill: (d.slice(items),), formula="{0}",
    preamble="""\
def place(x, shape, index, fill):
    out = np.full(shape, fill, dtype=x.dtype)
    out[index] = x
    return out
""",
)


def indexed_shape(shape: tuple[int, ...], items: Items, arrays: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """The shape of `x[items]` with fancy indices, as NumPy arranges its axes."""
    probe = np.broadcast_to(np.empty((), np.int8), shape)
    index: list[Any] = []
    for kind, *rest in items:
        if kind == "array":
            index.append(np.broadcast_to(np.zeros((), np.int64), arrays[int(str(rest[0]))]))
        else:
            index.append(None if kind == "new" else rest[0] if kind == "int" else slice(*rest))
    axis = 0
    for kind, *_ in items:  # an axis without elements has no element 0 to probe with
        if kind == "array" and shape[axis] == 0:
            stand_in = tuple(1 if i == axis else n for i, n in enumerate(probe.shape))
            probe = np.broadcast_to(np.empty((), np.int8), stand_in)
        axis += kind != "new"
    shape_found: tuple[int, ...] = probe[tuple(index)].shape
    return shape_found


def _take_shape(a: Value, *indices: Value, items: Items) -> tuple[Value, ...]:
    if sum(kind != "new" for kind, *_ in items) > len(a.shape):
        raise ShapeError("ops.index_rank", "index", count=len(items), shape=a.shape)
    shape = indexed_shape(a.shape, items, tuple(index.shape for index in indices))
    rows = indices[0].rows if indices and items[0] == ("array", 0) else None
    return (Value(shape, a.dtype, _taken_order(a, items, indices, shape), rows),)


def _taken_order(a: Value, items: Items, indices: tuple[Value, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """What fancy indices made lies outermost in memory, then the other axes as they lay before."""
    fancy = [i for i, (kind, *_) in enumerate(items) if kind in ("array", "int")]
    block = max(len(index.shape) for index in indices)
    adjacent = fancy == list(range(fancy[0], fancy[-1] + 1))
    start = fancy[0] if adjacent else 0  # NumPy puts the new axes there, or in front when the indices are apart
    kept: list[int | None] = []
    axis = 0
    for kind, *_ in items:
        if kind in ("slice", "new"):
            kept.append(None if kind == "new" else axis)
        axis += kind != "new"
    kept += range(axis, len(a.shape))
    place = {old: i + (block if i >= start else 0) for i, old in enumerate(kept) if old is not None}
    rest = [place[old] for old in a.order if old in place]
    for i, old in enumerate(kept):
        if old is None:
            rest.insert(0, i + (block if i >= start else 0))
    common = shape[start : start + block]
    return (*(i + start for i in result_order(list(indices), common)), *rest)


TAKE = Primitive(
    "take", _take_shape, lambda a, *indices, items: f"{a}[{_text(items, indices)}]", formula="{0}_{{i}}",
    derivative=lambda d, a, *rest, items: (d.index_sum(a.shape, items, *rest[:-1]), *([None] * (len(rest) - 1))),
)


def _index_add_shape(a: Value, *indices: Value, shape: tuple[int, ...], items: Items) -> tuple[Value, ...]:
    return (Value(shape, a.dtype, c_order(len(shape))),)


# Rows taken several times get the sum of their gradients: `out[index] += x` would keep only the last.
INDEX_ADD = Primitive(
    "index_add", _index_add_shape,
    lambda a, *indices, shape, items: f"index_add({a}, {shape}, {_literal(items, indices)})",
    derivative=lambda d, a, *rest, shape, items: (d.take(items, *rest[:-1]), *([None] * (len(rest) - 1))),
    formula=r"\sum_{{i}} {0}",
    preamble="""\
def index_add(x, shape, index):
    out = np.zeros(shape, dtype=x.dtype)
    np.add.at(out, index, x)
    return out
""",
)


def _put_shape(a: Value, value: Value, *indices: Value, items: Items) -> tuple[Value, ...]:
    return (Value(a.shape, common_dtype("x[i] = v", (a, value)), result_order([a], a.shape), a.rows),)


def _put_slopes(d, a, value, *rest, items: Items):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    indices = rest[:-1]
    kept = d.put(0.0, items, *indices)
    there = d.take(items, *indices) if indices else d.slice(items)
    return (kept, there.sum_to(value.shape) if hasattr(value, "shape") else None, *([None] * len(indices)))


PUT = Primitive(
    "put", _put_shape, lambda a, value, *indices, items: f"put({a}, {value}, {_literal(items, indices)})",
    derivative=_put_slopes, formula="{0}",
    preamble="""\
def put(x, value, index):
    out = np.array(x)
    out[index] = value
    return out
""",
)


def _along_shape(a: Value, index: Value, axis: int) -> tuple[Value, ...]:
    for i, (size, wanted) in enumerate(zip(a.shape, index.shape, strict=False)):
        if (i != axis and size != wanted) or len(a.shape) != len(index.shape):
            raise ShapeError("ops.broadcast", "gather", shapes=f"{a.shape} , {index.shape}", axis=i)
    order = result_order([index], index.shape)
    return (Value(index.shape, a.dtype, order, a.rows if a.rows != axis else None),)


GATHER = Primitive(
    "gather", _along_shape, lambda a, index, axis: f"np.take_along_axis({a}, {index}, axis={axis})",
    derivative=lambda d, a, index, y, axis: (d.scatter_sum(a.shape, axis, index), None), formula="{0}_{{i}}",
)

def _scatter_shape(a: Value, index: Value, shape: tuple[int, ...], axis: int) -> tuple[Value, ...]:
    return (Value(shape, a.dtype, c_order(len(shape)), a.rows if a.rows != axis else None),)


SCATTER_ADD = Primitive(
    "scatter_add", _scatter_shape,
    lambda a, index, shape, axis: f"scatter_add({a}, {index}, {shape}, {axis})",
    derivative=lambda d, a, index, y, shape, axis: (d.gather(axis, index), None), formula=r"\sum_{{i}} {0}",
    preamble="""\
def scatter_add(x, index, shape, axis):
    out = np.zeros(shape, dtype=x.dtype)
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    places[axis] = index
    np.add.at(out, tuple(places), x)
    return out
""",
)
