"""Statements as they are written: loops, sums inside them, buffers for what is read more than once."""

import re
from collections.abc import Sequence
from math import prod

from chainrule.export.loops.dialect import Dialect
from chainrule.export.loops.index import Axis, Digit, Linear
from chainrule.export.loops.seen import Kind, Seen, Shape, Text, array

_LETTERS = "ijklmnopqrtuvw"


class Writer:
    """The body of one function.

    Args:
        dialect: its language.
        reserved: names that may not be taken.

    Attributes:
        lines: of the function.
        buffers: name to (kind, how many numbers).
        helpers: small functions that are called.
    """

    def __init__(self, dialect: Dialect, reserved: Sequence[str]) -> None:
        self.dialect = dialect
        self.lines: list[str] = []
        self.buffers: dict[str, tuple[Kind, int]] = {}
        self.helpers: dict[str, None] = {}
        self.taken: set[str] = set(reserved)
        self._open: list[str] = []
        self._said: tuple[str, ...] = ()
        self._variables: list[tuple[int, str]] = []  # that can be seen here, with the depth of each

    # --- statements ---------------------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """A line at the present depth."""
        self.lines.append("    " * (len(self._open) + 1) + text)

    def remark(self, *layers: str) -> None:
        """A comment before what follows, a line for each layer; not said twice."""
        if layers == self._said:
            return
        self._said = layers
        lines = "\n".join(layers).replace("*/", "* /").split("\n")
        for place, line in enumerate(lines):
            first, last = ("/* " if place == 0 else "   "), (" */" if place == len(lines) - 1 else "")
            self.write(f"{first}{line}{last}")

    def open(self, count: int) -> Linear:
        """Begin a loop; its variable."""
        name = next((letter for letter in _LETTERS if letter not in self._open), f"i{len(self._open)}")
        self.write(self.dialect.loop.format(name=name, count=count))
        self._open.append(name)
        return Linear(((name, 1),))

    def close(self, count: int = 1) -> None:
        """End loops."""
        for _ in range(count):
            self._open.pop()
            self.write("}")
        while self._variables and self._variables[-1][0] > len(self._open):
            self._variables.pop()

    @property
    def depth(self) -> int:
        """How many loops are open."""
        return len(self._open)

    def axes(self, parts: Sequence[tuple[int, ...]]) -> list[Axis]:
        """Begin a loop for every digit of these axes; where along each of them it stands."""
        return [tuple(Digit(self.open(size), size) for size in sizes if size > 1) for sizes in parts]

    def variable(self, kind: Kind, start: str, name: str = "s") -> str:
        """A new variable."""
        there, count, found = {known for _, known in self._variables}, 2, name
        while found in there:
            found, count = f"{name}{count}", count + 1
        return self.named(kind, start, found)

    def named(self, kind: Kind, start: str, found: str) -> str:
        """A new variable of this very name."""
        self._variables.append((len(self._open), found))
        self.write(f"{self.dialect.kinds[kind]}{found} = {start};")
        return found

    def call(self, function: str, *args: str) -> Text:
        """A call of a small function."""
        for needed in (*self.dialect.needs.get(function, ()), function):
            if needed in self.dialect.helpers:
                self.helpers[needed] = None
        return Text(f"{function}({', '.join(args)})")

    # --- buffers ------------------------------------------------------------------------------------------------

    def name(self, wanted: str) -> str:
        """A name that nothing else has."""
        base = re.sub(r"\W", "_", wanted)
        base = f"layer{base}" if base[:1].isdigit() else base or "values"
        found, count = base, 2
        while found in self.taken:
            found, count = f"{base}_{count}", count + 1
        self.taken.add(found)
        return found

    def buffer(self, wanted: str, kind: Kind, shape: Shape) -> Seen:
        """Room for an array."""
        name = self.name(wanted)
        self.buffers[name] = (kind, prod(shape))
        made = array(name, shape, kind)
        made.own = True
        return made

    def fill(self, target: Seen, source: Seen, said: bool = True) -> None:
        """Write every number of a value into an array."""
        if said and source.layers and not self._open:
            self.remark(*source.layers)
        before = len(self._open)
        at = self.axes(_finer(target, source))
        text = source.read(at).text
        self.write(f"{target.read(at).text} = {text};")
        self.close(len(self._open) - before)


def _finer(target: Seen, source: Seen) -> list[tuple[int, ...]]:
    return [mine if len(mine) > len(other) else other for mine, other in zip(source.parts, target.parts, strict=True)]
