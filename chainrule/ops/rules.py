"""Shape rules shared by the families: elementwise with broadcasting, reductions over axes."""

from chainrule.errors import DtypeError, ShapeError
from chainrule.ops.layout import c_order, result_order
from chainrule.ops.program import WEAK, Value


def broadcast(where: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape of arrays that stretch where they have size 1.

    Raises:
        ShapeError: when two sizes differ and neither is 1.
    """
    rank = max(map(len, shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, start=rank - len(shape)):
            if size != 1:
                if result[axis] not in (1, size):
                    raise ShapeError("ops.broadcast", where, shapes=" , ".join(map(str, shapes)), axis=axis - rank)
                result[axis] = size
    return tuple(result)


def common_dtype(where: str, values: tuple[Value, ...]) -> str:
    """The one dtype of all arguments that are not Python numbers; a mask takes the type of its partner."""
    kinds = {value.dtype for value in values} - {WEAK}
    if len(kinds) > 1:
        kinds -= {"bool"}
    if len(kinds) > 1:
        raise DtypeError("ops.mixed_dtypes", where, dtypes=", ".join(sorted(kinds)))
    return kinds.pop() if kinds else WEAK


def stretched_rows(values: tuple[Value, ...], rank: int) -> int | None:
    """The batch axis of a broadcast result: that of the first argument which has one."""
    for value in values:
        if value.rows is not None and value.shape[value.rows] != 1:
            return value.rows + rank - len(value.shape)
    return None


def elementwise(name: str, dtype: str | None = None, floating: bool = False):  # type: ignore[no-untyped-def]  # a rule
    """The shape rule of an elementwise primitive; `dtype` fixes the type of its result."""

    def rule(*values: Value, **static: object) -> tuple[Value, ...]:
        shape = broadcast(name, *(value.shape for value in values))
        kind = common_dtype(name, values)
        if floating and kind not in ("float32", "float64", WEAK):
            raise DtypeError("ops.not_floating", name, dtype=kind)
        arrays = [value for value in values if value.dtype != WEAK]
        return (Value(shape, dtype or kind, result_order(arrays, shape), stretched_rows(values, len(shape))),)

    return rule


def axis_index(where: str, axis: int, rank: int) -> int:
    """A non-negative axis; refused when the array has no such axis."""
    if not -max(rank, 1) <= axis < max(rank, 1):
        raise ShapeError("ops.axis", where, axis=axis, rank=rank)
    return axis % rank if rank else 0


def reduced(value: Value, axes: tuple[int, ...], keepdim: bool, dtype: str | None = None) -> Value:
    """The value left when `axes` are summed away (or kept with size 1)."""
    kept = [axis for axis in range(len(value.shape)) if axis not in axes]
    rows = value.rows
    if keepdim:
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
        order = result_order([value._replace(shape=shape)], shape)
        rows = None if rows in axes else rows
    else:
        shape = tuple(value.shape[axis] for axis in kept)
        place = {axis: i for i, axis in enumerate(kept)}
        order = tuple(place[axis] for axis in value.order if axis in place)
        rows = place.get(rows) if rows is not None else None
    return Value(shape, dtype or value.dtype, order if len(order) == len(shape) else c_order(len(shape)), rows)


def number_text(number: float) -> str:
    """A number as it stands in a NumPy expression."""
    return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(repr(number), repr(number))
