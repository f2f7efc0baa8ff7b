"""The types of single numbers in a kernel, and how LLVM spells their constants."""

import struct
from typing import NamedTuple


class Scalar(NamedTuple):
    """A type of number.

    Attributes:
        name: in texts: `"f32"`.
        register: LLVM's type of a value.
        memory: LLVM's type of an element in memory; only `bool` differs, one byte as in NumPy.
        size: bytes of an element.
        kind: `"float"`, `"int"` or `"bool"`.
        signed: whether comparing and widening respect a sign.
    """

    name: str
    register: str
    memory: str
    size: int
    kind: str
    signed: bool


F32 = Scalar("f32", "float", "float", 4, "float", True)
F64 = Scalar("f64", "double", "double", 8, "float", True)
I64 = Scalar("i64", "i64", "i64", 8, "int", True)
I32 = Scalar("i32", "i32", "i32", 4, "int", True)
I16 = Scalar("i16", "i16", "i16", 2, "int", True)
I8 = Scalar("i8", "i8", "i8", 1, "int", True)
U8 = Scalar("u8", "i8", "i8", 1, "int", False)
BOOL = Scalar("bool", "i1", "i8", 1, "bool", False)

SCALARS = {scalar.name: scalar for scalar in (F32, F64, I64, I32, I16, I8, U8, BOOL)}


def constant(value: float, scalar: Scalar) -> str:
    """A Python number as LLVM spells it.

    Raises:
        OverflowError: for an integer that `scalar` does not hold. Integers up to twice the largest are taken as bits.

    Example:
        >>> constant(1, F32), constant(-1, I8), constant(255, I8)
        ('0x3FF0000000000000', '-1', '-1')
    """
    if scalar.kind == "float":
        number = float(value)
        if scalar is F32:
            number = _float32(number)
        return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
    if scalar.kind == "bool":
        return "true" if value else "false"
    whole, bits = int(value), 8 * scalar.size
    if not -(1 << (bits - 1)) <= whole < 1 << bits:
        raise OverflowError(f"{value} does not fit {scalar.name}")
    return str(whole - (1 << bits) if whole >= 1 << (bits - 1) else whole)


def _float32(number: float) -> float:
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
    return rounded
