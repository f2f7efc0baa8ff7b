"""One forward pass for any number of rows, from recordings of two: what differs between them is a multiple of m."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from chainrule.errors import CaptureError
from chainrule.export.recording import PAIRS, Net, Network
from chainrule.ops.program import WEAK, Entry, Program, Value


class Rows(NamedTuple):
    """A size that depends on the number of rows: times · m + plus."""

    times: int
    plus: int = 0


Size = int | Rows
Sizes = tuple[Size, ...]


@dataclass(frozen=True)
class AnyRows:
    """A forward pass of any number of rows.

    Attributes:
        net: with sizes in `Rows`, in shapes and static arguments alike, where they depend on the number of rows.
        axes: of each answer the axis of its rows; None where it has none.
    """

    net: Net
    axes: tuple[int | None, ...]


def for_any_rows(network: Network) -> AnyRows:
    """The network for any number of rows; for its one shape where rows have no axis.

    Raises:
        CaptureError: it does other things for other numbers of rows, or mixes rows.
    """
    network.answers(network.given.arrays(PAIRS[0][0]))  # what is imported when first used is not to be recorded
    if network.given.axis is None:
        net = network.record(1)
        return AnyRows(net, (None,) * len(net.program.outputs))
    different = ""
    for rows, others in PAIRS:
        one, two = network.record(rows), network.record(others)
        try:
            program = _Merging(rows, others).program(one.program, two.program)
        except _DifferError as error:
            different = str(error)
            continue
        axes = tuple(_axis(program.values[value].shape) for value in program.outputs)
        network.refuse_mixed_rows(axes)
        return AnyRows(replace(one, program=program), axes)
    raise CaptureError("export.rows_differ", f"{network.where}, {type(network.model).__name__}", found=different)


def has_rows(static: Any) -> bool:
    """Whether some size in it depends on the number of rows."""
    if isinstance(static, Rows):
        return True
    return isinstance(static, tuple) and any(map(has_rows, static))


def _axis(shape: Sizes) -> int | None:
    found = [axis for axis, size in enumerate(shape) if isinstance(size, Rows)]
    return found[0] if len(found) == 1 and shape[found[0]] == Rows(1) else None


class _DifferError(Exception):
    pass


class _Merging:
    def __init__(self, rows: int, others: int) -> None:
        self.rows, self.others = rows, others

    def program(self, one: Program, two: Program) -> Program:
        if len(one.values) != len(two.values):
            raise _DifferError(f"{len(one.values)} / {len(two.values)}")
        values = tuple(self._value(a, b) for a, b in zip(one.values, two.values, strict=True))
        return one._replace(values=values, entries=self._entries(one, two))

    def _value(self, a: Value, b: Value) -> Value:
        if (a.dtype, a.origin, len(a.shape)) != (b.dtype, b.origin, len(b.shape)):
            raise _DifferError(f"{a.dtype}{list(a.shape)} / {b.dtype}{list(b.shape)}")
        if a.origin in ("constant", "slot") and (a.name, a.shape) != (b.name, b.shape):
            what = (a.name, b.name) if a.dtype == WEAK else (f"{a.name}{list(a.shape)}", f"{b.name}{list(b.shape)}")
            raise _DifferError(" / ".join(what))
        return a._replace(shape=self.merged(a.shape, b.shape))

    def _entries(self, one: Program, two: Program) -> tuple[Entry, ...]:
        """The entries of both, with sizes in `Rows`."""
        if len(one.entries) != len(two.entries):
            raise _DifferError(f"{len(one.entries)} / {len(two.entries)}")
        found = []
        for a, b in zip(one.entries, two.entries, strict=True):
            if (a.primitive, a.args, a.outs) != (b.primitive, b.args, b.outs):
                raise _DifferError(f"{a.primitive} / {b.primitive}, {a.where[0]}:{a.where[1]}")
            body = None if a.body is None or b.body is None else self.program(a.body, b.body)
            found.append(a._replace(static=self.merged(a.static, b.static), body=body))
        return tuple(found)

    def merged(self, one: Any, two: Any) -> Any:
        """Static arguments that are both."""
        if isinstance(one, tuple) and isinstance(two, tuple) and len(one) == len(two):
            return tuple(self.merged(a, b) for a, b in zip(one, two, strict=True))
        if type(one) is type(two) and repr(one) == repr(two):
            return one
        if type(one) is int and type(two) is int:
            times, left = divmod(one - two, self.rows - self.others)
            if not left and times > 0:
                return Rows(times, one - times * self.rows)
        raise _DifferError(f"{one} / {two}")
