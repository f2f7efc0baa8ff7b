"""What runs over an axis: sums, extremes and their places, running sums, products of matrices, sorting."""

from typing import Any

from chainrule.export.loops.index import Axis, Digit, Linear, place
from chainrule.export.loops.seen import Seen, Text, stretched
from chainrule.export.loops.writer import Writer


def reduced(writer: Writer, source: Seen, static: dict[str, Any], shape: tuple[int, ...], kind: str) -> Seen:
    """The sum, the maximum or the minimum over axes."""
    axes, keepdim = static["axes"], static["keepdim"]
    sort = "whole" if source.kind == "mask" and kind == "sum" else source.kind

    def read(at: list[Axis]) -> Text:
        before = writer.depth
        if kind == "sum":
            name = writer.variable(sort, "0")
        else:
            low = writer.dialect.number(float("-inf" if kind == "max" else "inf"))
            name = writer.variable("real", low.text, "top" if kind == "max" else "least")
        outer = iter(at)
        where: list[Axis | None] = []
        for axis in range(len(source.shape)):
            if axis in axes:
                where.append(None)
                if keepdim:
                    next(outer)
            else:
                where.append(next(outer))
        found = [w if w is not None else writer.axes([source.parts[axis]])[0] for axis, w in enumerate(where)]
        text = source.read(found)
        if kind == "sum":
            writer.write(f"{name} += {text.text};")
        else:
            call = writer.call(writer.dialect.functions[f"{kind}imum"], name, text.text)
            writer.write(f"{name} = {call.text};")
        writer.close(writer.depth - before)
        return Text(name if source.kind == "real" or kind == "sum" else writer.dialect.whole.format(name))

    parts = [p for axis, p in enumerate(source.parts) if axis not in axes] if not keepdim else [
        (1,) if axis in axes else p for axis, p in enumerate(source.parts)
    ]
    return Seen(shape, sort, read, parts, source.cost + 4, source.layers)


def extreme_place(writer: Writer, source: Seen, static: dict[str, Any], shape: tuple[int, ...], most: bool) -> Seen:
    """Where along an axis the first extreme stands; a NaN counts as one."""
    rank = len(source.shape)
    axis, keepdim = static["axis"] % max(rank, 1), static["keepdim"]

    def read(at: list[Axis]) -> Text:
        before = writer.depth
        low = writer.dialect.number(float("-inf" if most else "inf")).text
        top = writer.variable("real", low, "top")
        best = writer.variable("whole", "0", "best")
        inner = writer.axes([source.parts[axis]])[0]
        outer = [a for i, a in enumerate(at) if not keepdim or i != axis]
        text = writer.variable("real", source.read([*outer[:axis], inner, *outer[axis:]]).text, "value")
        sign = ">" if most else "<"
        writer.write(f"if ({text} {sign} {top} || ({text} != {text} && {top} == {top})) {{")
        writer.write(f"    {top} = {text};")
        writer.write(f"    {best} = {place(inner).text};")
        writer.write("}")
        writer.close(writer.depth - before)
        return Text(best)

    return Seen(shape, "whole", read, None, source.cost + 4, source.layers)


def product(writer: Writer, left: Seen, right: Seen, shape: tuple[int, ...]) -> Seen:
    """The product of vectors, matrices, or batches of matrices."""
    a, b = len(left.shape), len(right.shape)
    k = left.parts[-1] if len(left.parts[-1]) >= len(right.parts[max(b - 2, 0)]) else right.parts[max(b - 2, 0)]
    kind = "real" if "real" in (left.kind, right.kind) else "whole"

    def read(at: list[Axis]) -> Text:
        before = writer.depth
        row = [at[len(at) - (2 if b > 1 else 1)]] if a > 1 else []
        column = [at[-1]] if b > 1 else []
        batch = at[: len(at) - len(row) - len(column)]
        name = writer.variable("real" if kind == "real" else "whole", "0")
        inner = writer.axes([k])[0]
        one = left.read([*stretched(batch, left.shape[: max(a - 2, 0)]), *row, inner])
        other = right.read([*stretched(batch, right.shape[: max(b - 2, 0)]), inner, *column])
        writer.write(f"{name} += {one.within(7)} * {other.within(8)};")
        writer.close(writer.depth - before)
        return Text(name)

    parts: list[tuple[int, ...]] = [(size,) for size in shape]
    if b > 1:
        parts[-1] = right.parts[-1]
    if a > 1:
        parts[-2 if b > 1 else -1] = left.parts[-2]
    return Seen(shape, "real" if kind == "real" else "whole", read, parts, 4, (*left.layers, *right.layers))


def running(writer: Writer, source: Seen, axis: int, target: Seen) -> None:
    """Sums along an axis up to each place, into an array."""
    before = writer.depth
    parts = [(size,) for size in source.shape]
    outer = [writer.axes([p])[0] if i != axis else () for i, p in enumerate(parts)]
    name = writer.variable(target.kind, "0")
    at = [*outer[:axis], writer.axes([parts[axis]])[0], *outer[axis + 1 :]]
    writer.write(f"{name} += {source.read(at).text};")
    writer.write(f"{target.read(at).text} = {name};")
    writer.close(writer.depth - before)


def sorted_places(writer: Writer, source: Seen, axis: int, target: Seen) -> None:
    """The places that put an axis in order, equal numbers in the order in which they stand, into an array."""
    before = writer.depth
    parts = [(size,) for size in source.shape]
    outer = [writer.axes([p])[0] if i != axis else () for i, p in enumerate(parts)]

    def at(name: str, less: int = 0) -> list[Axis]:
        return [*outer[:axis], (Digit(Linear(((name, 1),), -less), source.shape[axis]),), *outer[axis + 1 :]]

    here = writer.axes([parts[axis]])[0]
    name = writer.variable("whole", place(here).text, "p")
    value = source.read([*outer[:axis], here, *outer[axis + 1 :]]).text
    last = target.read(at(name, 1)).text
    other = source.read(at(last)).text
    writer.write(f"while ({name} > 0 && ({other} > {value} || ({other} != {other} && {value} == {value}))) {{")
    writer.write(f"    {target.read(at(name)).text} = {last};")
    writer.write(f"    {name}--;")
    writer.write("}")
    writer.write(f"{target.read(at(name)).text} = {place(here).text};")
    writer.close(writer.depth - before)

