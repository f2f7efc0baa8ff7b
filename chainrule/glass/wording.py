"""What a value of a Program is computed from, as one line of Python: written from the Program itself."""

import re
from collections.abc import Mapping

from chainrule.glass.formula import tidy
from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Program

LONGEST = 220
"""An expression of more characters is no help: it stops there and names what it is made of."""

_PASSED_ON = {"copy", "contiguous", "cast"}


class Wording:
    """Writes values of a Program down.

    Args:
        program: with all entries.
        names: what some of its values are called; an expression stops at them.
        longest: how many characters an expression may have.
    """

    def __init__(self, program: Program, names: Mapping[int, str], longest: int = LONGEST) -> None:
        self.program = program
        self.longest = longest
        self.names = dict(names)
        self.maker: dict[int, Entry] = {out: entry for entry in program.entries for out in entry.outs}

    def of(self, value: int) -> str:
        """The expression behind a value, whatever its own name is."""
        entry = self.maker.get(value)
        if entry is None:
            return self._leaf(value)
        try:
            return tidy(self._entry(entry, value, 0))
        except (SyntaxError, _TooLongError):
            pass
        try:
            return tidy(self._entry(entry, value, 0, deepest=2))
        except (SyntaxError, _TooLongError):
            return f"{entry.primitive}({', '.join(self._short(arg) for arg in entry.args)})"

    def _value(self, value: int, depth: int, deepest: int) -> str:
        if value in self.names:
            return self.names[value]
        entry = self.maker.get(value)
        if entry is None or depth > deepest:
            return self._leaf(value) if entry is None else self._short(value)
        return f"({self._entry(entry, value, depth, deepest)})"

    def _entry(self, entry: Entry, value: int, depth: int, deepest: int = 40) -> str:
        if entry.body is not None or len(entry.outs) > 1:
            inner = ", ".join(self._short(arg) for arg in entry.args)
            return f"{entry.primitive}({inner})"
        static = dict(entry.static)
        if entry.primitive == "full":
            return str(static["fill"])
        args = [self._value(arg, depth + 1, deepest) for arg in entry.args]
        if entry.primitive in _PASSED_ON:
            return args[0]
        if entry.primitive == "expand":
            shape = self.program.values[entry.outs[0]].shape
            whole = self.program.values[entry.args[0]].shape
            return args[0] if all(n == 1 for n in whole) else f"broadcast_to({args[0]}, {shape})"
        if entry.primitive == "reshape":
            old, new = (_without_ones(self.program.values[v].shape) for v in (entry.args[0], entry.outs[0]))
            return args[0] if old == new else f"({args[0]}).reshape{self.program.values[entry.outs[0]].shape}"
        if entry.primitive == "permute":
            axes = static["axes"]
            return f"({args[0]}).T" if axes == (1, 0) else f"({args[0]}).transpose{axes}"
        if entry.primitive in ("place", "index_add"):
            items = (("items", static["items"]),)
            if entry.primitive == "place":
                return f"place({args[0]}, {PRIMITIVES['slice'].text(('at',), items)})"
            return f"add_at({args[0]}, {PRIMITIVES['take'].text(('at', *args[1:]), items)})"
        if entry.primitive == "sum":
            axes = static.get("axes")
            two = self.program.values[entry.args[0]].shape
            kept = ", keepdims=True" if static.get("keepdim") is True else ""
            if isinstance(axes, tuple) and len(axes) < len(two):
                text = f"({args[0]}).sum({axes[0] if len(axes) == 1 else axes}{kept})"
            else:
                text = f"sum({args[0]})"
        else:
            text = PRIMITIVES[entry.primitive].text(tuple(args), entry.static)
        if len(text) > 3 * self.longest:
            raise _TooLongError
        if depth == 0 and len(tidy(text)) > self.longest:
            raise _TooLongError
        return text

    def _leaf(self, value: int) -> str:
        if value in self.names:
            return self.names[value]
        held = self.program.values[value]
        if held.origin == "constant" and held.dtype == WEAK:
            return f"({held.name})"
        return identifier(held.name) or f"v{value}"

    def _short(self, value: int) -> str:
        if value in self.names or value not in self.maker:
            return self._leaf(value)
        entry = self.maker[value]
        if entry.primitive in (*_PASSED_ON, "reshape", "permute", "expand"):
            return self._short(entry.args[0])
        return f"v{value}"


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without the ones in front, which change nothing where arrays of other shapes are met."""
    return shape if not shape or shape[0] != 1 else _without_ones(shape[1:])


class _TooLongError(Exception):
    pass


def identifier(name: str) -> str:
    """A name that can stand in an expression: `lr[0]` is lr, `drop.p` is p, `0.weight` is weight_0."""
    control = re.fullmatch(r"(?:.*\.)?([a-z_]\w*)(?:\[\d+\]|#\d+)", name)
    if control:
        return control[1]
    parts = name.split(".")
    if parts[-1] in ("p", "momentum"):
        return "p_drop" if parts[-1] == "p" else "momentum"  # p is the probability that the network gives
    joined = "_".join(parts) if not parts[0].isdigit() else "_".join([*parts[1:], parts[0]])
    return re.sub(r"\W", "_", joined)
