"""Arrays as text: as people write them where they are small, else as bytes that lose nothing."""

import base64
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SHORT = 100
"""Characters of a list that is still read."""
READER = """\
def array(text, kind, shape):
    return np.frombuffer(base64.b64decode(text), kind).reshape(shape)
"""


def array_text(array: Array) -> str:
    """An expression that gives the array again, bit for bit, rows first in memory."""
    kind = "" if array.dtype == np.float64 else f", dtype=np.{_dtype(array)}"
    if array.size and array.ndim and not np.ascontiguousarray(array).view(np.uint8).any():
        return f"np.zeros({array.shape}{kind})"
    if array.size > 1 and array.ndim and (array == 1).all():
        return f"np.ones({array.shape}{kind})"
    if not array.ndim:
        return f"np.{_dtype(array)}({_list(array)})"
    words = _list(array)
    encoded = _encoded(array)
    if array.size <= 8 or len(words) <= max(SHORT, len(encoded)):
        plain = array.dtype == np.int64
        return f"np.array({words}{'' if plain else kind})"
    return encoded


def _dtype(array: Array) -> str:
    return "bool_" if array.dtype == np.bool_ else array.dtype.name


def _list(array: Array) -> str:
    text = str(array.tolist()) if array.size <= 1 << 14 else " " * (16 * array.size)
    return text.replace("nan", "np.nan").replace("inf", "np.inf")


def _encoded(array: Array) -> str:
    """The bytes; whole numbers in as few as they need."""
    small, tail = array, ""
    if array.dtype.kind in "iu" and array.size:
        least = np.result_type(np.min_scalar_type(array.min()), np.min_scalar_type(array.max()))
        if least.itemsize < array.itemsize:
            small, tail = array.astype(least), f".astype(np.{_dtype(array)})"
    text = base64.b64encode(np.ascontiguousarray(small).astype(small.dtype.newbyteorder("<")).tobytes()).decode()
    return f'array("{text}", "{small.dtype.newbyteorder("<").str}", {array.shape}){tail}'
