"""The one gate through which every array enters: checked once, copied, in a dtype that tensors may have."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import DataError, DtypeError
from chainrule.tape.tracked import Tracked, wrap

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_DTYPES = {np.dtype(name) for name in ("bool", *_INTEGERS, "float32", "float64")}


def checked_dtype(dtype: Any, where: str) -> np.dtype[Any]:
    """A dtype that tensors may have."""
    try:
        kind: np.dtype[Any] = np.dtype(dtype).newbyteorder("=")
    except TypeError:
        raise DtypeError("tensors.dtype", where, got=repr(dtype)) from None
    if kind not in _DTYPES:
        raise DtypeError("tensors.dtype", where, got=kind)
    return kind


def checked_array(data: Any, where: str) -> np.ndarray[Any, Any]:
    """Numbers as an array, as they are; words, gaps and ragged lists are refused."""
    if isinstance(data, Tracked):
        return np.asarray(data._numbers(where))  # type: ignore[attr-defined]  # the one concrete class has it
    if isinstance(data, (list, tuple)) and any(isinstance(part, Tracked) for part in data):
        data = [np.asarray(part) for part in data]
    try:
        array = np.asarray(data)
    except ValueError:
        raise DataError("tensors.ragged", where) from None
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise DataError("tensors.masked", where, count=int(np.ma.getmaskarray(data).sum()))
    if array.dtype.kind not in "biuf":
        raise DtypeError("tensors.data", where, dtype=array.dtype)
    return array


def entered(data: Any, dtype: Any, where: str) -> "Tensor":
    """A tensor with a copy of `data`; without `dtype`, float64 and Python floats take the default dtype."""
    array = checked_array(data, where)
    native: np.dtype[Any] = array.dtype.newbyteorder("=")
    if dtype is not None:
        kind = checked_dtype(dtype, where)
    elif native.kind in "biu" or native == np.float32 or isinstance(data, Tracked):
        kind = native
    else:
        kind = default_dtype()
    return wrap(np.array(array, dtype=kind, order="C"))
