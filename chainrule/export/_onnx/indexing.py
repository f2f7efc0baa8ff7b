"""Parts of arrays in ONNX operators: slices, fancy indices, and what puts parts in place."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.export.rows import Rows, Size
from chainrule.ops.program import Entry

if TYPE_CHECKING:
    from chainrule.export._onnx.lowering import Lowering

_LAST = np.iinfo(np.int64).max


def _bounds(item: tuple[Any, ...], size: Size) -> tuple[Size, Size, int]:
    """Start, stop and step of a slice along an axis of this size."""
    _, start, stop, step = item
    step = step or 1
    if not isinstance(size, Rows) and not isinstance(start, Rows) and not isinstance(stop, Rows):
        first, last, _ = slice(start, stop, step).indices(size)
        return first, (-_LAST if last < 0 else last), step
    return (
        (0 if step > 0 else _LAST) if start is None else start,
        (_LAST if step > 0 else -_LAST) if stop is None else stop, step,
    )


def slice_(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    """`x[1:3, 0, None]`."""
    return _sliced(to, to.name(entry.args[0]), to.sizes(entry.args[0]), static["items"])


def _sliced(to: "Lowering", x: str, sizes: tuple[Size, ...], items: Any) -> str:
    graph = to.graph
    starts: list[Size] = []
    stops: list[Size] = []
    axes: list[int] = []
    steps: list[int] = []
    gone: list[int] = []
    axis = 0
    for item in items:
        if item[0] == "new":
            continue
        size = sizes[axis]
        if item[0] == "int":
            first = item[1]
            if first < 0 and isinstance(size, int):
                first += size
            starts.append(first)
            stops.append(_LAST if first == -1 else first + 1)
            steps.append(1)
            axes.append(axis)
            gone.append(axis)
        elif item[1:] != (None, None, None) and _bounds(item, size) != (0, size, 1):
            start, stop, step = _bounds(item, size)
            starts.append(start)
            stops.append(stop)
            steps.append(step)
            axes.append(axis)
        axis += 1
    if axes:
        x = graph.add("Slice", x, graph.sizes(starts), graph.sizes(stops), graph.whole(*axes), graph.whole(*steps))
    if gone:
        x = graph.add("Squeeze", x, graph.whole(*gone))
    kept = [item for item in items if item[0] != "int"]
    new = [place for place, item in enumerate(kept) if item[0] == "new"]
    return graph.add("Unsqueeze", x, graph.whole(*new)) if new else x


def take(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    """`x[i, :, j]`, with arrays of whole numbers."""
    graph, items = to.graph, static["items"]
    x, indices = entry.args[0], entry.args[1:]
    if any(to.program.values[index].dtype == "bool" for index in indices):
        raise ArgumentError("export.primitive", to.where_of(entry), primitive="x[mask]")
    fancy = [axis for axis, item in enumerate(items) if item[0] == "array"]
    plain = all(item[0] == "array" or item[1:] == (None, None, None) for item in items) and len(fancy) == len(indices)
    if not plain or any(item[0] == "new" for item in items):
        raise ArgumentError("export.primitive", to.where_of(entry), primitive="x[i, 1:3]")
    if len(fancy) == 1:
        return graph.add("Gather", to.name(x), to.name(indices[0]), axis=fancy[0])
    rank, out = len(to.sizes(x)), to.sizes(entry.outs[0])
    block = max(len(to.sizes(index)) for index in indices)
    adjacent = fancy == list(range(fancy[0], fancy[-1] + 1))
    start = fancy[0] if adjacent else 0
    rest = [axis for axis in range(rank) if axis not in fancy]
    front = graph.add("Transpose", to.name(x), perm=[*fancy, *rest])
    common = graph.sizes(out[start : start + block])
    order = [items[axis][1] for axis in fancy]
    columns = [
        graph.add("Unsqueeze", graph.add("Expand", to.name(indices[j]), common), graph.whole(-1)) for j in order
    ]
    taken = graph.add("GatherND", front, graph.add("Concat", *columns, axis=-1))
    if not start:
        return taken
    axes = list(range(block + len(rest)))
    return graph.add("Transpose", taken, perm=[*axes[block : block + start], *axes[:block], *axes[block + start :]])


def gather(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    """`np.take_along_axis`."""
    return to.graph.add("GatherElements", to.name(entry.args[0]), to.name(entry.args[1]), axis=static["axis"])


def place(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    """An array put into a larger one of one number."""
    x = entry.args[0]
    fill = to.number(static["fill"], to.dtype(x))
    return _put_in_place(to, entry, to.name(x), static["items"], static["shape"], fill)


def put(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    """`x[:, 1:3] = value`, as a new array."""
    graph = to.graph
    x, value = entry.args[:2]
    items, sizes = static["items"], to.sizes(x)
    if len(entry.args) > 2 or any(item[0] == "array" for item in items):
        raise ArgumentError("export.primitive", to.where_of(entry), primitive="x[i] = v")
    there: list[Size] = []
    for axis, size in enumerate(sizes):
        item = items[axis] if axis < len(items) else ("slice", None, None, None)
        if item[0] == "slice":
            whole = item[1:] == (None, None, None)
            if not whole and isinstance(size, Rows):
                raise ArgumentError("export.primitive", to.where_of(entry), primitive="x[1:3] = v")
            there.append(size if whole or isinstance(size, Rows) else len(range(*slice(*item[1:]).indices(size))))
    full = graph.add("Expand", to.name(value, x), graph.sizes(there))
    new = _put_in_place(to, entry, full, items, sizes, to.number(0, to.dtype(x)))
    probe = np.zeros([1 if isinstance(size, Rows) else size for size in sizes], dtype=np.bool_)
    probe[tuple(item[1] if item[0] == "int" else slice(*item[1:]) for item in items)] = True
    return graph.add("Where", graph.array(probe, "mask"), new, to.name(x))


def _put_in_place(to: "Lowering", entry: Entry, x: str, items: Any, shape: Any, fill: str) -> str:
    """Numbers with others around them; axes of a single place are made anew."""
    graph = to.graph
    before, after, new = [], [], []
    for axis, size in enumerate(shape):
        item = items[axis] if axis < len(items) else ("slice", None, None, None)
        if item[0] == "int":
            first, last = item[1] % size, item[1] % size + 1
            new.append(axis)
        elif item[1:] == (None, None, None):
            first, last = 0, size
        elif item[0] == "slice" and not isinstance(size, Rows) and (item[3] or 1) == 1:
            first, last, _ = slice(*item[1:]).indices(size)
        else:
            raise ArgumentError("export.primitive", to.where_of(entry), primitive="x[::2] = v")
        before.append(first)
        after.append(0 if isinstance(size, Rows) else size - last)
    if new:
        x = graph.add("Unsqueeze", x, graph.whole(*new))
    if not any((*before, *after)):
        return x
    return graph.add("Pad", x, graph.whole(*before, *after), fill)
