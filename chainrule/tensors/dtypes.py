"""The dtypes of tensors under PyTorch's names: NumPy's own."""

import math
from typing import Any

import numpy as np

from chainrule.config import default_dtype, settings

float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)
int32 = np.dtype(np.int32)
int64 = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
bool_ = np.dtype(np.bool_)

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan


def set_default_dtype(d: Any) -> None:
    """Set the type of tensors made from Python floats: `cr.settings(dtype=d)` under PyTorch's name.

    Args:
        d: `cr.float32` or `cr.float64`.

    Example:
        >>> import chainrule as cr
        >>> with cr.settings():  # as it was, afterwards
        ...     cr.set_default_dtype(cr.float64)
        ...     print(cr.tensor(1.0).dtype)
        float64
    """
    settings(dtype=d)


def get_default_dtype() -> np.dtype[Any]:
    """The type of tensors made from Python floats.

    Returns:
        numpy.dtype: float32 unless set.

    Example:
        >>> import chainrule as cr
        >>> cr.get_default_dtype()
        dtype('float32')
    """
    return default_dtype()
