"""What kernels call the types of numbers."""

from chainrule.ops.program import WEAK
from chainrule.program.loops.unsupported import Unsupported

_SHORT = {
    "float32": "f32", "float64": "f64", "int64": "i64", "int32": "i32", "int16": "i16", "int8": "i8", "uint8": "u8",
    "bool": "bool", WEAK: "f64",
}


def type_name(dtype: str) -> str:
    """A dtype as kernels write it.

    Raises:
        Unsupported: for a type that kernels do not have.
    """
    if dtype not in _SHORT:
        raise Unsupported(f"dtype {dtype}")
    return _SHORT[dtype]
