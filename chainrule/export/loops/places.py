"""Loops for what moves numbers: joined, put in place, taken by index, added up where they came from."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.errors import ArgumentError
from chainrule.export.loops.index import Axis, Digit, Linear, place
from chainrule.export.loops.seen import Seen, Text, expanded, number, sliced, stretched
from chainrule.ops.program import Entry

if TYPE_CHECKING:
    from chainrule.export.loops.lowering import Lowering

Static = dict[str, Any]


def _concatenate(to: "Lowering", entry: Entry, args: list[Seen], static: Static) -> Seen:
    if len(args) == 1:
        return args[0]
    target, start = to.room(entry), 0
    axis = static["axis"]
    for part in args:
        stop = start + part.shape[axis]
        items = [("slice", None, None, None)] * axis + [("slice", start, stop, None)]
        to.writer.fill(sliced(target, part.shape, items), part, said=False)
        start = stop
    return target


def _part(target: Seen, items: Any, like: tuple[int, ...]) -> Seen:
    """The places of an array that an index names."""
    return sliced(target, like, items)


def _place(to: "Lowering", entry: Entry, args: list[Seen], static: Static) -> Seen:
    target = to.room(entry)
    to.writer.fill(target, number(to.writer.dialect.number(static["fill"]), target.kind, target.shape), said=False)
    to.writer.fill(_part(target, static["items"], args[0].shape), args[0], said=False)
    return target


def _put(to: "Lowering", entry: Entry, args: list[Seen], static: Static) -> Seen:
    if len(args) > 2:
        raise ArgumentError("export.primitive", to.where_of(entry), primitive="x[i] = v")
    target = to.room(entry)
    to.writer.fill(target, args[0], said=False)
    shape: list[int] = []
    for axis, size in enumerate(target.shape):
        item = static["items"][axis] if axis < len(static["items"]) else ("slice", None, None, None)
        if item[0] == "slice":
            shape.append(len(range(*slice(*item[1:]).indices(size))))
    to.writer.fill(_part(target, static["items"], tuple(shape)), expanded(args[1], tuple(shape)), said=False)
    return target


def _fold(to: "Lowering", entry: Entry, args: list[Seen], static: Static) -> Seen:
    target, writer = to.room(entry), to.writer
    writer.fill(target, number(writer.dialect.number(0), target.kind, target.shape), said=False)
    before = writer.depth
    at = writer.axes(args[0].parts)
    n, oh, ow, kh, kw, channel = at
    (down, right), (far, wide) = static["stride"], static["dilation"]
    height, width = target.shape[1:3]
    row = Digit(place(oh).times(down).and_(place(kh).times(far)), height)
    column = Digit(place(ow).times(right).and_(place(kw).times(wide)), width)
    text = args[0].read(at).text
    writer.write(f"{target.read([n, (row,), (column,), channel]).text} += {text};")
    writer.close(writer.depth - before)
    return target


def _index(to: "Lowering", source: Seen, at: list[Axis], size: int) -> Digit:
    """Where an index points, as a variable; below 0 where it points outside."""
    call = to.writer.call("row_of", source.read(at).text, str(size))
    return Digit(Linear(((to.writer.variable("whole", call.text, "row"), 1),)), size)


def _inside(to: "Lowering", digits: list[Digit], text: Text) -> Text:
    """The number that indices point at, not a number where one of them points outside."""
    tests = " || ".join(f"{digit.at.text} < 0" for digit in digits)
    return Text(f"({tests} ? {to.writer.dialect.nan} : {text.text})")


def _take(to: "Lowering", entry: Entry, args: list[Seen], static: Static) -> Seen:
    source, *indices = args
    items = static["items"]
    plain = all(item[0] == "array" or item == ("slice", None, None, None) for item in items)
    if not plain or any(index.kind == "mask" for index in indices):
        raise ArgumentError("export.primitive", to.where_of(entry), primitive="x[i, 1:3]")
    fancy = [axis for axis, item in enumerate(items) if item[0] == "array"]
    block = max(len(index.shape) for index in indices)
    adjacent = fancy == list(range(fancy[0], fancy[-1] + 1))
    start = fancy[0] if adjacent else 0
    shape = to.program.values[entry.outs[0]].shape

    def read(at: list[Axis]) -> Text:
        common = at[start : start + block]
        rest = iter([*at[:start], *at[start + block :]])
        found: list[Axis] = []
        digits = []
        for axis in range(len(source.shape)):
            if axis in fancy:
                index = indices[items[axis][1]]
                digits.append(_index(to, index, stretched(common, index.shape), source.shape[axis]))
                found.append((digits[-1],))
            else:
                found.append(next(rest))
        return _inside(to, digits, source.read(found))

    return Seen(shape, source.kind, read, None, 4, to.layer(entry))


def _gather(to: "Lowering", entry: Entry, args: list[Seen], static: Static) -> Seen:
    source, index = args
    axis = static["axis"] % len(source.shape)

    def read(at: list[Axis]) -> Text:
        digit = _index(to, index, at, source.shape[axis])
        return _inside(to, [digit], source.read([*at[:axis], (digit,), *at[axis + 1 :]]))

    return Seen(index.shape, source.kind, read, None, 4, to.layer(entry))


FORMS: dict[str, Callable[["Lowering", Entry, list[Seen], Static], Seen]] = {
    "concatenate": _concatenate, "place": _place, "put": _put, "fold": _fold, "take": _take, "gather": _gather,
}
"""Primitive to its loops."""
