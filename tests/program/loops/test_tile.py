"""The register tile against NumPy: any nest of strides, any width of vectors, the same bits."""

import ctypes
import itertools
import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite")

from chainrule.program.loops import tile
from chainrule.program.loops.passes import Target
from chainrule.program.loops.tile import Contraction
from chainrule.program.loops.tile_panels import panels
from chainrule.program.loops.tile_reference import reference

DTYPES = ("float32", "float64")
CALL = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4)
GUARD = 67  # elements before and behind each operand that nothing may touch
TARGETS = {  # builds that run here: (bytes of a vector, processor)
    width: Target({64: "x86-64-v4", 32: "x86-64-v3", 16: "x86-64-v2"}[width])
    for width in (64, 32, 16)
    if width in tile.variants_for_host()
}
HOST = tile.variants_for_host()


def run(address, table, start, stop, t=0):
    CALL(address)(table.ctypes.data, start, stop, t)


def extent(nest, operand):
    """Lowest and highest element that a nest reaches."""
    ends = [(loop[0] - 1) * loop[operand] for loop in nest]
    return sum(min(0, end) for end in ends), sum(max(0, end) for end in ends)


class Memory(NamedTuple):
    """One operand inside guard zones."""

    array: np.ndarray
    origin: int  # element that the operand's address names

    @property
    def address(self):
        return self.array.ctypes.data + self.origin * self.array.itemsize


def memory(rng, dtype, low, high):
    array = rng.standard_normal(high - low + 1 + 2 * GUARD).astype(dtype)
    return Memory(array, GUARD - low)


class Case(NamedTuple):
    """Operands of one contraction, and what should come out."""

    contraction: Contraction
    a: Memory
    b: Memory
    c: Memory
    bias: Memory

    def table(self, with_bias=False):
        bias = self.bias.address if with_bias else None
        return tile.call_table(self.contraction, self.a.address, self.b.address, self.c.address, bias)

    def places(self, nest, operand):
        at = np.zeros(1, np.int64)
        for loop in nest:
            at = (at[:, None] + np.arange(loop[0]) * loop[operand]).reshape(-1)
        return at

    def expected(self, epilogue="none"):
        """C's whole memory afterwards, in float64, and the size of rounding errors."""
        spec = self.contraction
        out, scale = self.c.array.astype(np.float64), np.zeros(self.c.array.size)
        columns = np.arange(spec.columns)
        units = [self.places(spec.units, operand) for operand in (1, 2, 3)]
        for ua, ub, uc in zip(*units, strict=True):
            rows = self.places(spec.rows, 1)[:, None] + self.places(spec.depth, 1) + ua + self.a.origin
            deep = self.places(spec.depth, 2)[:, None] + columns + ub + self.b.origin
            at = self.places(spec.rows, 2)[:, None] + columns + uc + self.c.origin
            a, b = self.a.array.astype(np.float64)[rows], self.b.array.astype(np.float64)[deep]
            before = out[at] * spec.accumulate
            z = before + a @ b
            if epilogue != "none":
                z = z + self.bias.array[self.bias.origin + columns]
            out[at] = np.maximum(z, 0) if epilogue == "bias_relu" else z
            scale[at] = np.abs(before) + np.abs(a) @ np.abs(b) + 1
        return out, scale * (np.prod([1, *(loop[0] for loop in spec.depth)]) + 2) * np.finfo(self.c.array.dtype).eps


def case(contraction, dtype, seed=0):
    rng = np.random.default_rng(seed)
    spec = contraction
    bounds = []
    for nests, width in (
        (((spec.rows, 1), (spec.depth, 1), (spec.units, 1)), 1),
        (((spec.depth, 2), (spec.units, 2)), spec.columns),
        (((spec.rows, 2), (spec.units, 3)), spec.columns),
        ((), spec.columns),
    ):
        ends = [extent(nest, operand) for nest, operand in nests]
        bounds.append((sum(end[0] for end in ends), sum(end[1] for end in ends) + width - 1))
    return Case(contraction, *(memory(rng, dtype, min(low, high), max(low, high)) for low, high in bounds))


def packed(sizes, columns):
    """Strides of C under which no two elements share a place."""
    strides, step = [], columns + 3
    for size in reversed(sizes):
        strides.append(step)
        step *= size
    return strides[::-1]


sizes = st.one_of(st.integers(1, 5), st.integers(1, 40))
stride = st.integers(-50, 50)


@st.composite
def contractions(draw):
    columns = draw(st.one_of(st.integers(1, 20), st.integers(1, 150)))
    rows = draw(st.lists(sizes, min_size=1, max_size=3).filter(lambda s: math.prod(s) <= 300))
    depth = draw(st.lists(st.integers(0, 12), min_size=1, max_size=3))
    units = draw(st.lists(st.integers(1, 3), max_size=3))
    places = packed([*units, *rows], columns)
    return Contraction(
        columns,
        tuple((n, draw(stride), c) for n, c in zip(rows, places[len(units) :], strict=True)),
        tuple((n, draw(stride), draw(stride)) for n in depth),
        tuple((n, draw(stride), draw(stride), c) for n, c in zip(units, places, strict=False)),
        draw(st.booleans()),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@given(contraction=contractions(), epilogue=st.sampled_from(["none", "bias", "bias_relu"]), seed=st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_equals_numpy_for_any_nest_and_touches_nothing_else(dtype, contraction, epilogue, seed):
    one = case(contraction, dtype, seed)
    expected, tolerance = one.expected(epilogue)
    others = [one.a.array.copy(), one.b.array.copy(), one.bias.array.copy()]
    before = one.c.array.copy()
    run(tile.address(dtype, epilogue), one.table(epilogue != "none"), 0, contraction.span)
    assert np.all(np.abs(one.c.array - expected) <= tolerance)
    untouched = tolerance == 0
    assert np.array_equal(one.c.array[untouched], before[untouched])
    for array, copy in zip((one.a.array, one.b.array, one.bias.array), others, strict=True):
        assert np.array_equal(array, copy)


@pytest.mark.parametrize("dtype", DTYPES)
@given(contraction=contractions(), epilogue=st.sampled_from(["none", "bias", "bias_relu"]), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_the_reference_computes_the_same_from_the_same_table(dtype, contraction, epilogue, seed):
    one = case(contraction, dtype, seed)
    expected, tolerance = one.expected(epilogue)
    reference(dtype, epilogue)(one.table(epilogue != "none"), 0, contraction.span, 0)
    assert np.all(np.abs(one.c.array - expected) <= tolerance)


def product(m, k, n, transposed=False, accumulate=False):
    strides = (1, m) if transposed else (k, 1)
    return Contraction(n, ((m, strides[0], n),), ((k, strides[1], n),), accumulate=accumulate)


def image(batch, side, channels, out):
    """A 3x3 convolution over a padded picture, rows of three taps in one piece."""
    wide = (side + 2) * channels
    rows = ((batch, (side + 2) * wide, side * side * out), (side, wide, side * out), (side, channels, out))
    return Contraction(out, rows, ((3, wide, 3 * channels * out), (3 * channels, 1, out)))


SHAPES = (
    [product(m, k, n) for m in (1, 2, 3, 5, 14, 15, 28, 29, 57, 113) for n in (1, 8, 15, 16, 17, 31) for k in (1, 7)]
    + [product(m, 5, n, transposed=True) for m in (1, 4, 9, 16, 30) for n in (32, 33, 47, 48, 63, 64, 65, 100, 129)]
    + [image(2, 8, 3, 10), image(3, 5, 4, 40), product(9, 0, 35), product(30, 11, 70, accumulate=True)]
)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("epilogue", ["none", "bias_relu"])
def test_bits_depend_neither_on_vectors_nor_on_processors_nor_on_shards(dtype, epilogue):
    for contraction in SHAPES:
        results = []
        builds = list(TARGETS.items()) + [(width, None) for width in HOST]
        for width, target in builds:
            for n in (None, contraction.columns) if target is None else (None,):
                one = case(contraction, dtype)
                address = tile.address(dtype, epilogue, n, width, target)
                run(address, one.table(epilogue != "none"), 0, contraction.span)
                results.append(one.c.array.tobytes())
        for pieces in (2, 3, 7):
            one = case(contraction, dtype)
            ends = [contraction.span * piece // pieces for piece in range(pieces + 1)]
            for start, stop in reversed(list(itertools.pairwise(ends))):
                run(tile.address(dtype, epilogue), one.table(epilogue != "none"), start, stop)
            results.append(one.c.array.tobytes())
        assert len(set(results)) == 1, contraction


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", HOST)
def test_nothing_behind_an_operand_is_read(dtype, width, fenced):
    rng = np.random.default_rng(0)
    for m, k, n in ((1, 1, 1), (3, 5, 7), (14, 3, 33), (11, 4, 16), (15, 2, 63), (9, 3, 95), (2, 6, 129)):
        for transposed in (False, True):
            spec = product(m, k, n, transposed, accumulate=True)
            a = fenced(rng.standard_normal((k, m) if transposed else (m, k)).astype(dtype))
            b, c, bias = (fenced(rng.standard_normal(shape).astype(dtype)) for shape in ((k, n), (m, n), n))
            expected = c + (a.T if transposed else a) @ b + bias
            table = tile.call_table(spec, *(array.ctypes.data for array in (a, b, c, bias)))
            run(tile.address(dtype, "bias", nbytes=width), table, 0, m)
            assert np.allclose(c, expected, atol=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize(
    "depth", [((5000, 3, 20),), ((11, 400, 4600), (230, 3, 20)), ((2, 7, 20), (40, 9, 30), (50, 3, 1))]
)
def test_depth_that_is_taken_in_pieces_changes_no_bit(dtype, accumulate, depth):
    """Behind an epilogue a chain is never cut: with a bias of zero the two must agree."""
    contraction = Contraction(20, ((37, 2, 20),), depth, ((2, 5, 6, 1000),), accumulate)
    results = []
    for epilogue in ("none", "bias"):
        for width in HOST:
            one = case(contraction, dtype)
            one.bias.array[:] = 0
            run(tile.address(dtype, epilogue, 20, width), one.table(epilogue != "none"), 0, 2)
            results.append(one.c.array)
    for other in results[1:]:
        assert np.array_equal(results[0], other)
    expected, tolerance = case(contraction, dtype).expected()
    assert np.all(np.abs(results[0] - expected) <= tolerance)


def test_an_element_is_one_chain_of_fused_steps():
    """Float32 steps rounded once each: exact products and sums of float64 hold what one step needs here."""
    rng = np.random.default_rng(1)
    a, b = (rng.integers(-(2**11), 2**11, size).astype(np.float32) for size in (40, 40))
    b *= np.float32(2.0**-9)
    c = np.zeros(1, np.float32)
    table = tile.call_table(product(1, 40, 1), a.ctypes.data, b.ctypes.data, c.ctypes.data)
    run(tile.address("float32"), table, 0, 1)
    chain = np.float32(0)
    for x, y in zip(a, b, strict=True):
        chain = np.float32(np.float64(x) * np.float64(y) + np.float64(chain))
    assert c[0] == chain


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_row_does_not_depend_on_its_neighbours(dtype):
    for n in (10, 40, 100):
        whole = case(product(61, 30, n), dtype)
        run(tile.address(dtype), whole.table(), 0, 61)
        for row in (0, 13, 14, 60):
            alone = case(product(61, 30, n), dtype)
            run(tile.address(dtype), alone.table(), row, row + 1)
            at = slice(whole.c.origin + row * n, whole.c.origin + (row + 1) * n)
            assert np.array_equal(alone.c.array[at], whole.c.array[at])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", HOST)
def test_nothing_to_add_gives_zero_or_the_old_value(dtype, width):
    for depth in (((0, 1, 40),), ((3, 1, 1), (0, 1, 40), (2, 1, 1))):
        for accumulate in (False, True):
            one = case(Contraction(40, ((5, 1, 40),), depth, accumulate=accumulate), dtype)
            before = one.c.array.copy()
            run(tile.address(dtype, nbytes=width), one.table(), 0, 5)
            at = slice(one.c.origin, one.c.origin + 200)
            assert np.array_equal(one.c.array[at], before[at] * accumulate)
    one = case(product(5, 3, 40), dtype)
    before = one.c.array.copy()
    run(tile.address(dtype, nbytes=width), one.table(), 2, 2)
    assert np.array_equal(one.c.array, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", HOST)
def test_nan_and_infinity_pass_as_in_numpy(dtype, width):
    for value in (np.nan, np.inf, -np.inf):
        for n in (7, 33):
            a, b = np.ones((6, 9), dtype), np.ones((9, n), dtype)
            a[2, 4], b[5, n - 1], b[6, 0] = value, value, -value
            c, bias = np.zeros((6, n), dtype), np.ones(n, dtype)
            for epilogue in ("none", "bias_relu"):
                table = tile.call_table(
                    product(6, 9, n), a.ctypes.data, b.ctypes.data, c.ctypes.data, bias.ctypes.data
                )
                run(tile.address(dtype, epilogue, nbytes=width), table, 0, 6)
                with np.errstate(invalid="ignore"):
                    expected = a @ b if epilogue == "none" else np.maximum(a @ b + bias, 0)
                assert np.array_equal(c, expected, equal_nan=True)


def test_steps_move_the_operands():
    """A scan: the same table at step t reads and writes t steps further on."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 4, 6)).astype("f"), rng.standard_normal((6, 20)).astype("f")
    bias, c = rng.standard_normal((5, 20)).astype("f"), np.zeros((5, 4, 20), "f")
    steps = {"A": a.strides[0], "C": c.strides[0], "bias": bias.strides[0]}
    arrays = (a.ctypes.data, b.ctypes.data, c.ctypes.data, bias.ctypes.data)
    table = tile.call_table(product(4, 6, 20), *arrays, steps)
    for t in range(5):
        run(tile.address("float32", "bias", 20), table, 0, 4, t)
    assert np.allclose(c, a @ b + bias[:, None], atol=1e-5)
    again = c.copy()
    c[:] = 0
    for t in range(5):
        reference("float32", "bias")(table, 0, 4, t)
    assert np.allclose(c, again, atol=1e-5)


def test_loops_that_continue_each_other_are_merged():
    table = tile.call_table(Contraction(8, ((2, 12, 24), (3, 4, 8)), ((1, 5, 5), (4, 1, 8))), 0, 0, 0)
    flat = tile.call_table(Contraction(8, ((6, 4, 8),), ((4, 1, 8),)), 0, 0, 0)
    assert np.array_equal(table, flat)
    deep = ((2, 100, 1000), (2, 30, 300), (2, 7, 70), (2, 1, 8))
    with pytest.raises(ValueError, match="a nest of 4 loops"):
        tile.call_table(Contraction(8, deep, ((4, 1, 8),)), 0, 0, 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_only_the_panels_that_the_columns_need_are_compiled_in(dtype):
    for nbytes in (64, 32, 16):
        every = panels(dtype, nbytes)
        for n in range(1, 200):
            chosen = panels(dtype, nbytes, n)
            assert [panel for panel in every if panel in chosen] == list(chosen)
            assert n >= chosen[-1].least
    assert len(panels(dtype, 64, 8)) == 1


def test_widths_follow_the_processor():
    assert tile.variants_for_host(Target("x86-64-v4")) == (64, 32, 16)
    assert tile.variants_for_host(Target("znver3", "+avx2,+fma,-avx512f")) == (32, 16)
    assert tile.variants_for_host(Target("apple-m1", "+neon")) == (16,)
