"""The transposing copy: every shape, every width of vectors, nothing else touched."""

import ctypes

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.program.loops import tile, transpose

CALL = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4)
SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50)


def ways(dtype):
    """Every way to run a transpose: compiled for each width, and in NumPy."""
    compiled = [CALL(transpose.address(dtype, width)) for width in tile.variants_for_host()]
    calls = [lambda table, *rest, f=f: f(table.ctypes.data, *rest) for f in compiled]
    return [*calls, transpose.reference(dtype)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", SIZES)
def test_equals_numpy_and_touches_nothing_else(dtype, rows):
    rng = np.random.default_rng(0)
    for columns in SIZES:
        source = rng.standard_normal((rows, columns + 5)).astype(dtype)
        for run in ways(dtype):
            target = np.full((columns + 2, rows + 3), 7, dtype)
            inside = target[1:-1, 1:]
            table = transpose.call_table(
                rows, columns, source.ctypes.data, inside.ctypes.data, columns + 5, rows + 3
            )
            middle = rows // 3
            run(table, middle, rows, 0)
            run(table, 0, middle, 0)
            expected = np.full_like(target, 7)
            expected[1:-1, 1 : rows + 1] = source[:, :columns].T
            assert np.array_equal(target, expected), (rows, columns)


def test_bits_pass_unchanged_and_steps_move_the_operands():
    words = np.random.default_rng(0).integers(0, 2**32, (3, 40, 33), np.uint32)  # NaN with payloads among them
    for run in ways("float32"):
        copy = np.zeros((3, 33, 40), np.uint32)
        steps = {"source": words.strides[0], "target": copy.strides[0]}
        table = transpose.call_table(40, 33, words.ctypes.data, copy.ctypes.data, steps=steps)
        for t in range(3):
            run(table, 0, 40, t)
        assert np.array_equal(copy, words.transpose(0, 2, 1))


def test_nothing_is_copied_for_an_empty_range_or_no_columns():
    for run in ways("float64"):
        target = np.ones((4, 4))
        source = np.zeros((4, 4))
        run(transpose.call_table(4, 4, source.ctypes.data, target.ctypes.data), 2, 2, 0)
        run(transpose.call_table(4, 0, source.ctypes.data, target.ctypes.data), 0, 4, 0)
        assert np.all(target == 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_behind_an_operand_is_read(dtype, fenced):
    for run in ways(dtype):
        for rows, columns in ((1, 1), (3, 17), (16, 16), (15, 33), (40, 9)):
            source = fenced(np.arange(rows * columns, dtype=dtype).reshape(rows, columns))
            target = fenced(np.zeros((columns, rows), dtype))
            run(transpose.call_table(rows, columns, source.ctypes.data, target.ctypes.data), 0, rows, 0)
            assert np.array_equal(target, source.T)
