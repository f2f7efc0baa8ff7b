"""What the code of a function reads: names of globals, of attributes, of modules it imports."""

import dis
import os
import sysconfig
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import numpy as np

_PACKAGE = str(Path(__file__).parents[1]) + os.sep
_NUMPY = str(Path(np.__file__).parent) + os.sep
_GLOBALS = {"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME", "STORE_NAME"}
_ATTRIBUTES = {
    "LOAD_ATTR", "STORE_ATTR", "DELETE_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_SUPER_METHOD", "IMPORT_FROM",
}


class Names(NamedTuple):
    """What a piece of code may read. Words in quotes count as attributes: they may be given to `getattr`."""

    globals: frozenset[str]
    attributes: frozenset[str]
    imports: frozenset[str]


@lru_cache(maxsize=4096)
def names_in(code: CodeType) -> Names:
    """The names in a code object and in all that is defined inside it."""
    found: tuple[set[str], set[str], set[str]] = (set(), set(), set())
    stack = [code]
    while stack:
        part = stack.pop()
        for instruction in dis.get_instructions(part):
            if instruction.opname in _GLOBALS:
                found[0].add(str(instruction.argval))
            elif instruction.opname in _ATTRIBUTES:
                found[1].add(str(instruction.argval))
            elif instruction.opname == "IMPORT_NAME":
                found[2].add(str(instruction.argval))
        for constant in part.co_consts:
            if isinstance(constant, CodeType):
                stack.append(constant)
            elif isinstance(constant, str) and constant.isidentifier():
                found[1].add(constant)
    return Names(frozenset(found[0]), frozenset(found[1]), frozenset(found[2]))


@cache
def is_library(file: str) -> bool:
    """Whether a file belongs to this library, to NumPy or to Python: code whose memory between calls is known."""
    if file.startswith((_PACKAGE, _NUMPY, "<chainrule", "<frozen")):
        return True
    paths = sysconfig.get_paths()
    if file.startswith((paths["purelib"] + os.sep, paths["platlib"] + os.sep)):
        return False
    return file.startswith((paths["stdlib"] + os.sep, paths["platstdlib"] + os.sep))
