"""A kernel: the text of one plain Python function over flat arrays, and the types of what it is given."""

import struct
from typing import NamedTuple


class Kernel(NamedTuple):
    r"""One loop nest as text; the same text is compiled, or run as ordinary Python.

    Attributes:
        name: what readers and errors call it; it does not change the compiled code.
        text: `def name(start, stop, ...):` in the subset that `compiler` describes.
        params: (name, type) of what follows `start, stop`: a flat array (`"f32*"`, `"f64*"`, `"i64*"`, `"i32*"`,
            `"i16*"`, `"i8*"`, `"u8*"`, `"bool*"`), a size (`"i64"`) or a number (`"f64"`, `"f32"`).

    Example:
        >>> text = "def double(start, stop, x):\n    for i in range(start, stop):\n        x[i] = x[i] + x[i]\n"
        >>> Kernel("double", text, (("x", "f32*"),)).params
        (('x', 'f32*'),)
    """

    name: str
    text: str
    params: tuple[tuple[str, str], ...]


class KernelError(TypeError):
    """A text outside the subset: names the kernel, the line and the reason."""


def number_cell(value: float) -> int:
    """The cell of a table that holds a number, `"f32"` and `"f64"` alike: the bits of its float64.

    Example:
        >>> hex(number_cell(1.0))
        '0x3ff0000000000000'
    """
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits
