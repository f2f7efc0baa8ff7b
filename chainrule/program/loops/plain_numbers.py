"""What the builtins of the kernel subset do to single NumPy numbers."""

import math
import struct
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

TYPES: dict[str, type[np.generic]] = {
    "f32": np.float32, "f64": np.float64, "i64": np.int64, "i32": np.int32, "i16": np.int16, "i8": np.int8,
    "u8": np.uint8, "bool": np.bool_,
}  # fmt: skip
_BITS = {np.float32: np.int32, np.float64: np.int64}
_FLOATS = {np.int32: np.float32, np.int64: np.float64}


def typed(value: Any, name: str) -> Any:
    """A number, of Python or NumPy, as type `name`; integers keep their low bits.

    Example:
        >>> typed(300, "i8"), typed(2**63, "i64")
        (np.int8(44), np.int64(-9223372036854775808))
    """
    kind = TYPES[name]
    if isinstance(value, int) and name[0] in "iu":
        return np.array(value & 0xFFFF_FFFF_FFFF_FFFF, np.uint64).astype(kind)[()]
    return value.astype(kind) if isinstance(value, np.generic) else kind(value)


class Cast:
    """The builtin `f32` and its kin: a number as another type.

    Args:
        name: of the type.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, value: Any) -> Any:
        return typed(value, self.name)


def _loop(*bounds: Any) -> Iterator[np.int64]:
    return (np.int64(i) for i in range(*(int(bound) for bound in bounds)))


def fma(a: Any, b: Any, c: Any) -> Any:
    """`a * b + c`, rounded once.

    Example:
        >>> x = np.float32(1 + 2**-12)
        >>> fma(x, x, np.float32(-1)), x * x - np.float32(1)
        (np.float32(0.00048834085), np.float32(0.00048828125))
    """
    if not np.isfinite(a) or not np.isfinite(b) or a == 0 or b == 0:
        return a * b + c
    if not np.isfinite(c):
        return c
    return _fma_single(a, b, c) if type(c) is np.float32 else np.float64(_fma_double(float(a), float(b), float(c)))


def _fma_single(a: Any, b: Any, c: Any) -> Any:
    """By way of a float64 whose last bit remembers a remainder, so that rounding twice is rounding once.

    Source:
        S. Boldo, G. Melquiond, Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd,
        IEEE Transactions on Computers 57 (2008), section 3.
    """
    product, other = float(a) * float(b), float(c)  # exact: 48 bits
    near = product + other
    part = near - product
    rest = (product - (near - part)) + (other - part)
    if rest and not struct.unpack("<q", struct.pack("<d", near))[0] & 1:
        near = math.nextafter(near, math.inf if rest > 0 else -math.inf)
    return np.float32(near)


def _fma_double(a: float, b: float, c: float) -> float:
    if sys.version_info >= (3, 13):
        return math.fma(a, b, c)
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _minimum(a: Any, b: Any) -> Any:
    return a if a < b or a != a else b  # noqa: PLR0124 - NaN alone differs from itself


def _maximum(a: Any, b: Any) -> Any:
    return a if a > b or a != a else b  # noqa: PLR0124 - NaN alone differs from itself


def _mulhi(a: Any, b: Any) -> Any:
    bits = 8 * a.itemsize
    mask = (1 << bits) - 1
    return typed((int(a) & mask) * (int(b) & mask) >> bits, _name(a))


def _name(value: Any) -> str:
    return next(name for name, kind in TYPES.items() if type(value) is kind)


def _amount(a: Any, n: Any) -> int:
    if not 0 <= n < 8 * a.itemsize:
        raise ArithmeticError(f"a shift of {n} bits")
    return int(n)


def _shr(a: Any, n: Any) -> Any:
    return typed((int(a) & (1 << 8 * a.itemsize) - 1) >> _amount(a, n), _name(a))


def _shifted(a: Any, n: Any) -> Any:
    return typed(int(a) << _amount(a, n), _name(a))


def _whole(a: Any, b: Any) -> None:
    if a < 0 or b <= 0:
        raise ArithmeticError(f"// or % of {a} and {b}; they are for a >= 0 and b > 0")


def _quotient(a: Any, b: Any) -> Any:
    _whole(a, b)
    return a // b


def _remainder(a: Any, b: Any) -> Any:
    _whole(a, b)
    return a % b


BUILTINS: dict[str, Callable[..., Any]] = {
    **{name: Cast(name) for name in TYPES},
    "range": _loop, "vector": _loop, "unroll": _loop,
    "fma": fma, "sqrt": np.sqrt, "abs": np.abs, "floor": np.floor, "rint": np.rint, "copysign": np.copysign,
    "minimum": _minimum, "maximum": _maximum, "isnan": np.isnan, "isfinite": np.isfinite,
    "bits": lambda x: x.view(_BITS[type(x)]), "from_bits": lambda i: i.view(_FLOATS[type(i)]),
    "shr": _shr, "mulhi": _mulhi, "pow": np.power, "sin": np.sin, "cos": np.cos, "likely": lambda x: x,
    "_quotient": _quotient, "_remainder": _remainder, "_shifted": _shifted,
    "_not": np.logical_not,
    "_all": lambda *parts: np.bool_(all(parts)), "_any": lambda *parts: np.bool_(any(parts)),
    "_choice": lambda condition, a, b: a if condition else b,
}  # fmt: skip
