"""Views as sums of loop variables: every chain of them reads the element that NumPy reads."""

import itertools

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from chainrule.export.loops import seen
from chainrule.export.loops.index import Digit, Linear, place

QUOTIENT = "({0} // {1})"


def factors(draw, count):
    """A shape of so many elements."""
    shape = []
    while count > 1:
        size = draw(st.sampled_from([n for n in range(2, count + 1) if count % n == 0]))
        shape.append(size)
        count //= size
    for _ in range(draw(st.integers(0, 2))):
        shape.insert(draw(st.integers(0, len(shape))), 1)
    return tuple(shape)


def a_view(draw, value, array):
    """One more view of both."""
    kind = draw(st.sampled_from(["permute", "reshape", "slice", "expand"]))
    if kind == "permute":
        axes = draw(st.permutations(range(array.ndim)))
        return seen.permuted(value, axes), array.transpose(axes)
    if kind == "reshape":
        shape = factors(draw, array.size)
        return seen.reshaped(value, shape, QUOTIENT), array.reshape(shape)
    if kind == "expand":
        shape = tuple(draw(st.sampled_from([1, 2, 3])) if n == 1 else n for n in array.shape)
        return seen.expanded(value, (2, *shape)), np.broadcast_to(array, (2, *shape))
    items = []
    for size in array.shape:
        if draw(st.booleans()) and size > 1:
            start = draw(st.integers(0, size - 1))
            step = draw(st.sampled_from([1, 2, -1]))
            items.append(("slice", start, None, step))
        elif draw(st.integers(0, 4)) == 0:
            items.append(("int", draw(st.integers(-size, size - 1))))
        else:
            items.append(("slice", None, None, None))
        if draw(st.integers(0, 5)) == 0:
            items.append(("new",))
    index = tuple(i[1] if i[0] == "int" else None if i[0] == "new" else slice(*i[1:]) for i in items)
    made = array[index]
    return seen.sliced(value, made.shape, items), made


@given(st.data())
@settings(max_examples=150)
def test_chains_of_views(data):
    array = np.arange(data.draw(st.sampled_from([12, 24, 30]))).reshape(-1)
    value, a = seen.array("a", array.shape, "whole"), array
    for _ in range(data.draw(st.integers(1, 5))):
        if array.size > 200 or not array.size:
            break
        value, array = a_view(data.draw, value, array)
    assert value.shape == array.shape
    names = [f"i{axis}" for axis in range(array.ndim)]
    sizes = zip(names, array.shape, strict=True)
    whole = [(Digit(Linear(((name, 1),)), size),) if size > 1 else () for name, size in sizes]
    parts = [
        tuple(Digit(Linear(((f"{name}_{n}", 1),)), size) for n, size in enumerate(sizes) if size > 1)
        for name, sizes in zip(names, value.parts, strict=True)
    ]
    texts = [compile(value.read(axes).text, "index", "eval") for axes in (whole, parts)]
    for where in itertools.product(*map(range, array.shape)):
        space = {"a": a, **dict(zip(names, where, strict=True))}
        for name, digits, at in zip(names, parts, where, strict=True):
            rest = at
            for n, size in reversed([(n, size) for n, size in enumerate(value.parts[names.index(name)]) if size > 1]):
                rest, space[f"{name}_{n}"] = divmod(rest, size)
            assert eval(place(digits).text, space) == at  # noqa: S307
        assert [eval(text, space) for text in texts] == [array[where]] * 2  # noqa: S307


def test_a_number_is_written_as_people_do():
    i, j = Linear((("i", 1),)), Linear((("j", 1),))
    assert i.times(4).and_(j).and_(Linear((), 3)).text == "4 * i + j + 3"
    assert i.times(-1).and_(Linear((), 5)).text == "-i + 5"
    assert i.and_(i.times(-1)).text == "0"
    assert j.and_(i.times(-2)).and_(Linear((), -1)).text == "j - 2 * i - 1"
