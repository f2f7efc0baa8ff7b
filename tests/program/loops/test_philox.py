"""Draws in a kernel: the bits of NumPy's Philox, whatever part of a draw is asked for."""

import platform
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.program.loops import objects
from chainrule.program.loops.passes import Target
from chainrule.program.loops.philox import uniform_kernel
from tests.program.loops.running import both, compiled

DTYPES = ("float32", "float64")
words = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]))


def drawn(seed: int, n: int, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """What NumPy draws."""
    key, counter = np.array([seed, 0], np.uint64), np.array([0, n, 0, 0], np.uint64)
    found: np.ndarray[Any, Any] = np.random.Generator(np.random.Philox(key=key, counter=counter)).random(shape, dtype)
    return found


def one(word: int) -> np.ndarray[Any, Any]:
    """A word of 64 bits as the kernel reads it."""
    return np.array([word], np.uint64).view(np.int64)


def filled(dtype: str, seed: int, n: int, size: int, start: int, stop: int) -> np.ndarray[Any, Any]:
    """A draw of which only a part was made: -1 elsewhere."""
    out = np.full(size, -1, dtype)
    found: np.ndarray[Any, Any] = compiled(uniform_kernel(dtype), start, stop, one(seed), one(n), out)[2]
    return found


@given(words, words, st.sampled_from(DTYPES), st.integers(0, 700), st.data())
@settings(max_examples=300)
def test_any_part_of_any_draw(seed: int, n: int, dtype: str, size: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    right = np.full(size, -1, dtype)
    right[start:stop] = drawn(seed, n, size, dtype)[start:stop]
    assert filled(dtype, seed, n, size, start, stop).tobytes() == right.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_start_and_stop(dtype: str) -> None:
    whole = drawn(3, 4, 40, dtype)
    for start in range(41):
        for stop in range(start, 41):
            found = filled(dtype, 3, 4, 40, start, stop)
            assert np.array_equal(found[start:stop], whole[start:stop])
            assert (found[:start] == -1).all()
            assert (found[stop:] == -1).all()


@given(st.sampled_from(DTYPES), st.lists(st.integers(1, 12), min_size=1, max_size=3), st.lists(st.integers(0, 1728)))
def test_shards_make_the_whole(dtype: str, shape: list[int], cuts: list[int]) -> None:
    right = drawn(11, 5, tuple(shape), dtype)
    out = np.full(right.size, -1, dtype)
    places = sorted({0, right.size, *(cut for cut in cuts if cut < right.size)})
    for start, stop in pairwise(places):
        out = compiled(uniform_kernel(dtype), start, stop, one(11), one(5), out)[2]
    assert np.array_equal(out.reshape(shape), right)


@pytest.mark.parametrize("dtype", DTYPES)
def test_large_draws(dtype: str) -> None:
    last, size = 2**64 - 1, 100_003
    assert np.array_equal(filled(dtype, last, last, size, 0, size), drawn(last, last, size, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_compiled_text_is_the_text(dtype: str) -> None:
    found = both(uniform_kernel(dtype), 3, 21, one(2**63 + 5), one(9), np.zeros(24, dtype))[2]
    assert np.array_equal(found[3:21], drawn(2**63 + 5, 9, 24, dtype)[3:21])


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names processors of another kind")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cpu", "lanes"), [("znver5", 8), ("x86-64-v3", 4)])
def test_blocks_become_vector_code(dtype: str, cpu: str, lanes: int) -> None:
    assert objects.vectorised(uniform_kernel(dtype), Target(cpu))
    text = objects.llvm_text(uniform_kernel(dtype), Target(cpu))
    assert re.search(rf"mul <({lanes}|{2 * lanes}) x i64>", text)  # LLVM may take two registers at once


def test_no_other_type() -> None:
    with pytest.raises(KeyError):
        uniform_kernel("int64")
