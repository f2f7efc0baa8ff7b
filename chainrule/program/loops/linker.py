"""Object code becomes functions of this process."""

from functools import cache
from typing import Any

from chainrule.program.loops.passes import binding

# A library is unloaded when nothing refers to it; compiled functions are called by address, which Python cannot see.
_kept: list[Any] = []


@cache
def _linker() -> Any:
    return binding().create_lljit_compiler()


def link(code: bytes, symbol: str) -> int:
    """Load object code for the life of the process.

    Args:
        code: a plain object file; what it calls (libm, memset) is found in this process.
        symbol: the function that is wanted.

    Returns:
        Its address.
    """
    builder = binding().JITLibraryBuilder()
    builder.add_object_img(code).add_current_process().export_symbol(symbol)
    library = builder.link(_linker(), f"{symbol}.{len(_kept)}")
    _kept.append(library)
    return int(library[symbol])
