"""The same numbers in another shape: reshape, permute, expand, concatenate, copies; and arrays made from nothing."""

from math import prod

import numpy as np

from chainrule.errors import ShapeError
from chainrule.ops.layout import c_order, dense_strides, permuted, result_order
from chainrule.ops.program import Primitive, Value
from chainrule.ops.rules import common_dtype, number_text

Shape = tuple[int, ...]


def _reshape_order(a: Value, shape: Shape) -> tuple[int, ...]:
    strides = dense_strides(a)
    try:  # a view keeps the memory order; where NumPy has to copy, rows come first
        probe = np.lib.stride_tricks.as_strided(np.empty(1, np.int8), a.shape, strides)
        view = np.reshape(probe, shape, copy=False)
    except ValueError:
        return c_order(len(shape))
    order = tuple(sorted(range(len(shape)), key=lambda i: -view.strides[i]))
    return result_order([Value(shape, a.dtype, order)], shape)


def _reshape_shape(a: Value, shape: Shape) -> tuple[Value, ...]:
    if prod(shape) != prod(a.shape):
        raise ShapeError("ops.reshape", "reshape", old=a.shape, count=prod(a.shape), new=shape)
    rows = 0 if a.rows == 0 and shape and a.shape[0] and shape[0] % a.shape[0] == 0 else None
    return (Value(shape, a.dtype, _reshape_order(a, shape), rows),)


RESHAPE = Primitive(
    "reshape", _reshape_shape, lambda a, shape: f"{a}.reshape({shape})", views=True, formula="{0}",
    derivative=lambda d, a, y, shape: (d.reshape(a.shape),),
)


def _permute_shape(a: Value, axes: Shape) -> tuple[Value, ...]:
    if sorted(axes) != list(range(len(a.shape))):
        raise ShapeError("ops.permute", "permute", axes=axes, rank=len(a.shape))
    rows = axes.index(a.rows) if a.rows is not None else None
    return (Value(tuple(a.shape[i] for i in axes), a.dtype, permuted(a.order, axes), rows),)


def _permute_text(a: str, axes: Shape) -> str:
    return f"{a}.T" if axes == tuple(reversed(range(len(axes)))) else f"{a}.transpose({axes})"


PERMUTE = Primitive(
    "permute", _permute_shape, _permute_text, views=True, formula="{0}^T",
    derivative=lambda d, a, y, axes: (d.permute(tuple(sorted(range(len(axes)), key=axes.__getitem__))),),
)


def _expand_shape(a: Value, shape: Shape) -> tuple[Value, ...]:
    offset = len(shape) - len(a.shape)
    if offset < 0 or any(old not in (1, new) for old, new in zip(a.shape, shape[offset:], strict=True)):
        raise ShapeError("ops.expand", "expand", old=a.shape, new=shape)
    order = (*range(offset), *(axis + offset for axis in a.order))
    rows = a.rows + offset if a.rows is not None and a.shape[a.rows] != 1 else None
    return (Value(shape, a.dtype, order, rows),)


EXPAND = Primitive(
    "expand", _expand_shape, lambda a, shape: f"np.broadcast_to({a}, {shape})", views=True, formula="{0}",
    derivative=lambda d, a, y, shape: (d.sum_to(a.shape),),
)


def _concatenate_shape(*parts: Value, axis: int) -> tuple[Value, ...]:
    shapes = [part.shape for part in parts]
    others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    if not parts or len(others) != 1 or len({len(shape) for shape in shapes}) != 1 or not 0 <= axis < len(shapes[0]):
        raise ShapeError("ops.concatenate", "concatenate", shapes=", ".join(map(str, shapes)), axis=axis)
    shape = (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])
    rows = None if parts[0].rows == axis else parts[0].rows
    return (Value(shape, common_dtype("concatenate", parts), result_order(parts, shape), rows),)


def _concatenate_slopes(d, *rest, axis: int):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    slopes, start = [], 0
    for part in rest[:-1]:
        slopes.append(d.narrow(axis, start, part.shape[axis]))
        start += part.shape[axis]
    return tuple(slopes)


CONCATENATE = Primitive(
    "concatenate", _concatenate_shape,
    lambda *parts, axis: f"np.concatenate(({', '.join(parts)},), axis={axis})",
    derivative=_concatenate_slopes, formula=r"[{0}, \dots]",
)

CONTIGUOUS = Primitive(
    "contiguous", lambda a: (a._replace(order=c_order(len(a.shape))),), 'np.array({0}, order="C")', formula="{0}",
    derivative=lambda d, a, y: (d,),
)

COPY = Primitive(
    "copy", lambda a: (a._replace(order=result_order([a], a.shape)),), "np.array({0})", formula="{0}",
    derivative=lambda d, a, y: (d,),
)

FULL = Primitive(
    "full", lambda shape, fill, dtype: (Value(shape, dtype, c_order(len(shape))),),
    lambda shape, fill, dtype: f"np.full({shape}, {number_text(fill)}, dtype={dtype!r})",
    derivative=None, formula="c",
)

ARANGE = Primitive(
    "arange", lambda start, stop, step, dtype: (Value((max(0, -(-(stop - start) // step)),), dtype, (0,)),),
    lambda start, stop, step, dtype: f"np.arange({start}, {stop}, {step}, dtype={dtype!r})",
    derivative=None, formula=r"0, 1, 2, \dots",
)
