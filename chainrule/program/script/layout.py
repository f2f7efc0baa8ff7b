"""Text of a script: expressions, and lists that are too long for a line."""

import ast
import re
from collections.abc import Sequence
from copy import deepcopy

WIDE = 120


class _Slices(ast.NodeTransformer):
    """Places as NumPy writes them: `np.s_[:, 1:7]` for a tuple of `slice(...)`."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Between brackets they are written so already."""
        node.value = self.visit(node.value)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for part in parts:
            self.generic_visit(part)
        return node

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        self.generic_visit(node)
        parts = [_as_slice(part) for part in node.elts]
        if not any(isinstance(part, ast.Slice) for part in parts):
            return node
        index = parts[0] if len(parts) == 1 else ast.Tuple(parts)
        return ast.Subscript(ast.Attribute(ast.Name("np"), "s_"), index)


def _as_slice(node: ast.expr) -> ast.expr:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "slice"):
        return node
    lower, upper, step = (None if isinstance(n, ast.Constant) and n.value is None else n for n in node.args)
    return ast.Slice(lower, upper, step)


def unparsed(expression: ast.expr) -> str:
    """The text of an expression, words in double quotes."""
    text = ast.unparse(_Slices().visit(deepcopy(expression)))
    return re.sub(r"'([^'\"\\\\]*)'", r'"\1"', text)


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
