"""What a kernel is, apart from what things in it are called: the key under which its machine code is kept."""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

from chainrule.program.loops.intrinsics import ARGUMENTS
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.scalars import SCALARS

_TOKEN = re.compile(
    r'(?P<skip>#[^\n]*|"""(?s:.*?)"""|"[^"\n]*"|\'[^\'\n]*\'|[ \t]+(?=[\n#]|$))'
    r"|(?P<number>(?:\d[\w.]*(?:(?<=[eE])[+-]\w+)?|\.\d+(?:[eE][+-]?\d+)?))"
    r"|(?P<word>[^\W\d]\w*)(?P<call>[ \t]*\()?"
    r"|(?P<lines>\s*\n[ \t]*)"
    r"|(?P<space>[ \t]+)"
)
_WORDS = "def for in range vector unroll if elif else and or not return pass local True False"
_KEPT = frozenset({*_WORDS.split(), *ARGUMENTS, *SCALARS})


def canonical(text: str, library: Mapping[str, str]) -> str:
    r"""A text without comments, docstring, empty lines and names of its own; the texts of what it calls behind it.

    Args:
        text: of a kernel.
        library: texts of the functions that kernels may call.

    Returns:
        A text that is equal for kernels that differ in names and comments only.

    Example:
        >>> one = "def f(start, stop, x):\n    x[start] = 1.0  # first\n"
        >>> two = "def g(start, stop, y):\n\n    y[start]=1.0\n"
        >>> canonical(one, {}) == canonical(two, {})
        True
    """
    known = frozenset(library)
    found, calls = _renamed(text, known)
    parts = [found]
    called = list(calls)
    for name in called:  # grows while it is gone through
        found, calls = _renamed(library[name], known)
        parts.append(f"{name}:{found}")
        called += [other for other in calls if other not in called]
    return "\n".join(parts)


@lru_cache(maxsize=256)
def _renamed(text: str, library: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """A text in which names of its own are numbered, and the library functions that it calls."""
    names: dict[str, str] = {}
    called: dict[str, None] = {}

    def shortened(found: re.Match[str]) -> str:
        kind = found.lastgroup
        if kind in ("word", "call"):
            word = found["word"]
            if word in _KEPT:
                return f" {word} " + (found["call"] or "").strip()
            if found["call"] and word in library:
                called[word] = None
                return f"{word}("
            return names.setdefault(word, f"v{len(names)}") + (found["call"] or "").strip()
        if kind == "lines":
            return "\n" + found["lines"].rpartition("\n")[2]
        return found["number"] or ""

    # The function's own name is renamed too: a library function that calls itself is refused by the compiler.
    head, _, body = text.strip().partition("(")
    found = _TOKEN.sub(shortened, f"{head.split()[0]} f({body}\n")
    return "\n".join(line for line in found.split("\n") if line.strip()), tuple(called)


def key(kernel: Kernel, library: Mapping[str, str], context: str) -> str:
    """The name of a kernel's machine code.

    Args:
        kernel: text and types.
        library: texts of the functions that kernels may call.
        context: what else the machine code depends on: compiler, processor.

    Returns:
        32 hexadecimal digits.
    """
    kinds = ",".join(kind for _, kind in kernel.params)
    return digest(f"{context}\n{kinds}\n{canonical(kernel.text, library)}")


def digest(text: str) -> str:
    """32 hexadecimal digits that stand for a text."""
    return blake2b(text.encode(), digest_size=16).hexdigest()
