"""The way back of a convolution as a convolution: gradients, padded, under the filters turned around.

Written with parts, every place of the window gets a product of its own, and all of them are added up (`fold`); here
that is recognised, and becomes one product whose rows are windows of the padded gradient.
"""

from __future__ import annotations

from math import prod

from chainrule.ops.program import Entry, Value
from chainrule.program.loops.lowering.lower import Lowering
from chainrule.program.loops.lowering.products import contract
from chainrule.program.loops.views import Axis, View, permuted, reshaped, size_of, sliced, windowed

Pair = tuple[int, int]


def correlated(lowering: Lowering, entry: Entry, source: View, kernel: Pair, dilation: Pair) -> bool:
    """Lower a `fold` of products with stride 1 as one product; False where it is something else."""
    product = lowering.products.get(source.buffer)
    n, oh, ow, kh, kw, channels = source.shape
    if product is None or (kh, kw) != kernel or kh * kw == 1:
        return False
    gradient, filters, made = product
    if made.shape != (kh * kw, n * oh * ow, channels) or any(stride for _, stride in gradient.axes[0]):
        return False
    whole = reshaped(made, (kh, kw, n, oh, ow, channels))
    if whole is None or permuted(whole, (2, 3, 4, 0, 1, 5)) != source:
        return False
    rows = reshaped(gradient._replace(axes=gradient.axes[1:]), (n, oh, ow, size_of(gradient.axes[2])))
    places = reshaped(filters, (kh, kw, *filters.shape[1:]))
    if rows is None or places is None:
        return False
    _emit(lowering, entry, rows, places, kernel, dilation)
    return True


def _emit(lowering: Lowering, entry: Entry, rows: View, places: View, kernel: Pair, dilation: Pair) -> None:
    n, oh, ow, outputs = rows.shape
    channels = places.shape[3]
    down, right = (gap * (k - 1) for gap, k in zip(dilation, kernel, strict=True))
    target, box = _result(lowering, entry, (n, oh + down, ow + right, channels))
    dtype = lowering.value(entry.outs[0]).dtype
    shape = (n, oh + 2 * down, ow + 2 * right, outputs)
    padded = lowering.fresh(Value(shape, dtype, (0, 1, 2, 3)))
    lowering.emit_map(padded, ("number", "0", "weak"), dtype)
    every = ("slice", None, None, None)
    middle = sliced(padded, (every, ("slice", down, down + oh, None), ("slice", right, right + ow, None), every))
    assert middle is not None  # memory of its own has one step an axis
    lowering.emit_map(middle, ("load", rows), dtype)
    seen = windowed(padded, kernel, (1, 1), dilation)
    assert seen is not None
    rows_, columns = (("slice", at, at + n, None) for at, n in zip(box, target.shape[1:3], strict=True))
    seen = sliced(seen, (every, rows_, columns))
    assert seen is not None
    turned = _turned(places)
    filters = lowering.copied(turned)  # (KH, KW, O, C)
    size = prod(target.shape[:3])
    a = reshaped(seen, (size, prod(seen.shape[3:])))
    b = reshaped(filters, (prod(turned.shape[:3]), channels))
    c = reshaped(target, (size, channels))
    assert a is not None
    assert b is not None
    assert c is not None
    contract(lowering, a, b, c)


def _result(lowering: Lowering, entry: Entry, shape: tuple[int, ...]) -> tuple[View, Pair]:
    """Where the image goes: without its border where only that is asked for."""
    (out,) = entry.outs
    users = [e for e in lowering.program.entries if out in e.args]
    kept = {*lowering.program.outputs, *(v for _, v in lowering.program.writes)}
    if len(users) == 1 and users[0].primitive == "slice" and out not in kept:
        items = dict(users[0].static)["items"]
        assert isinstance(items, tuple)
        if len(items) in (3, 4) and all(kind == "slice" and (len(r) < 3 or r[2] in (None, 1)) for kind, *r in items):
            bounds = [slice(*rest).indices(n)[:2] for (_, *rest), n in zip(items, shape, strict=False)]
            if bounds[0] == (0, shape[0]) and (len(bounds) == 3 or bounds[3] == (0, shape[3])):
                (inner,) = users[0].outs
                view = lowering.fresh(lowering.value(inner)._replace(order=(0, 1, 2, 3)))
                lowering.views[inner] = view
                lowering.done.add(inner)
                return view, (bounds[1][0], bounds[2][0])
    view = lowering.fresh(lowering.value(out)._replace(order=(0, 1, 2, 3)))
    lowering.views[out] = view
    return view, (0, 0)


def _turned(places: View) -> View:
    """The filters with their rows and columns in the other direction."""
    offset, axes = places.offset, list(places.axes)
    for i in (0, 1):
        turned: list[tuple[int, int]] = []
        for size, stride in axes[i]:
            offset += (size - 1) * stride
            turned.append((size, -stride))
        axis: Axis = tuple(turned)
        axes[i] = axis
    return places._replace(offset=offset, axes=tuple(axes))
