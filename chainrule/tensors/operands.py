"""Which dtype two operands meet in: PyTorch's table, with Python numbers weak."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import DtypeError
from chainrule.ops.logic import CAST, cast_static
from chainrule.ops.program import Primitive
from chainrule.tape.apply import apply
from chainrule.tape.tracked import Tracked
from chainrule.tensors.gate import entered

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor

_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2}


def cast(x: "Tensor", dtype: Any) -> "Tensor":
    """The tensor in another dtype; itself where it has it already."""
    return x if x.dtype == dtype else apply(CAST, (x,), cast_static(np.dtype(dtype).name))


def as_operand(value: Any, where: str, like: Any = None) -> Any:
    """A tensor or Python number from whatever stands beside an operator; NotImplemented for what is neither.

    An array of floats takes the dtype of the tensor it meets.
    """
    if isinstance(value, Tracked) or type(value) in (float, int, bool):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (np.ndarray, list, tuple)):
        made = entered(value, None, where)
        if made.dtype.kind == "f" and isinstance(like, Tracked) and not like._weak:
            kind: np.dtype[Any] = like.dtype  # type: ignore[attr-defined]  # the concrete class
            return entered(value, kind, where) if kind.kind == "f" else made
        return made
    return NotImplemented


def promoted(a: "Tensor", b: "Tensor") -> np.dtype[Any]:
    """The dtype two tensors meet in: the higher of bool < integer < float; within one, a 0-d tensor gives way."""
    one, two = a.dtype, b.dtype
    if one == two:
        return one
    if _CATEGORY[one.kind] != _CATEGORY[two.kind]:
        return one if _CATEGORY[one.kind] > _CATEGORY[two.kind] else two
    if (a.ndim == 0) != (b.ndim == 0):
        return two if a.ndim == 0 else one
    return np.promote_types(one, two)


def binary(primitive: Primitive, a: Any, b: Any, division: bool = False) -> "Tensor":
    """A primitive of two operands, at least one a tensor, brought to one dtype."""
    a, b = as_operand(a, primitive.name, b), as_operand(b, primitive.name, a)
    for operand, other in ((a, b), (b, a)):
        if operand is NotImplemented:
            raise DtypeError("tensors.operand", primitive.name, other=repr(other))
    if isinstance(a, Tracked) and isinstance(b, Tracked):
        return _two_tensors(primitive, a, b, division)
    array: Any = a if isinstance(a, Tracked) else b
    number = b if isinstance(a, Tracked) else a
    if not array._weak:
        kind = array.dtype
        if kind.kind != "f":
            if division or type(number) is float:
                kind = default_dtype()
            elif kind.kind == "b" and type(number) is int:
                kind = np.dtype(np.int64)
            array = cast(array, kind)
    return apply(primitive, (array, number) if isinstance(a, Tracked) else (number, array))


def _two_tensors(primitive: Primitive, a: Any, b: Any, division: bool) -> "Tensor":
    if a._weak or b._weak:
        return apply(primitive, (a, b))
    one, two = a.dtype, b.dtype
    if one is not two or division:
        kind = promoted(a, b)
        if division and kind.kind != "f":
            kind = default_dtype()
        # A mask meets floats without a cast: NumPy gives the floats' type.
        a = a if one == kind or (one.kind == "b" and two.kind == "f") else cast(a, kind)
        b = b if two == kind or (two.kind == "b" and one.kind == "f") else cast(b, kind)
    return apply(primitive, (a, b))


def comparison(primitive: Primitive, a: Any, b: Any) -> Any:
    """A comparison: tensors are brought to one dtype, numbers are compared as they are."""
    b = as_operand(b, primitive.name, a)
    if isinstance(b, Tracked) and not a._weak and not b._weak and a.dtype != b.dtype:  # type: ignore[attr-defined]
        kind = promoted(a, b)  # type: ignore[arg-type]  # the concrete class
        a, b = cast(a, kind), cast(b, kind)  # type: ignore[arg-type]
    return NotImplemented if b is NotImplemented else apply(primitive, (a, b))


def floating(x: "Tensor") -> "Tensor":
    """The tensor as floats: integers and masks become the default dtype, as in PyTorch."""
    return x if x._weak or x.dtype.kind == "f" else cast(x, default_dtype())
