"""Text of a script: expressions, and lists that are too long for a line."""

import ast
import re
from collections.abc import Sequence

WIDE = 120


def unparsed(expression: ast.expr) -> str:
    """The text of an expression, words in double quotes."""
    return re.sub(r"'([^'\"\\\\]*)'", r'"\1"', ast.unparse(expression))


def unpacked(names: Sequence[str], source: str) -> list[str]:
    """Names that take the parts of something."""
    comma = "," if len(names) == 1 else ""
    text = f"    {', '.join(names)}{comma} = {source}"
    return [text] if len(text) <= WIDE else wrapped(f"    ({', '.join(names)}{comma}) = {source}", 4)


def quoted(name: str) -> str:
    return f'"{name}"'


def wrapped(text: str, indent: int) -> list[str]:
    """A long list in several lines, in brackets that are there."""
    if len(text) <= WIDE:
        return [text]
    words = text.strip().split(", ")
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > WIDE - indent - 6:
            lines.append("")
        lines[-1] += word + ", "
    lines[-1] = lines[-1][:-2]
    return [f"{' ' * (indent + 4 * (place > 0))}{line.rstrip()}" for place, line in enumerate(lines)]
