"""Text as numbers, and batches of the next character."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.data import text

SHAKESPEARE = Path(os.environ.get("CHAINRULE_DATA") or "no such folder") / "tinyshakespeare" / "input.txt"


@given(st.text(min_size=1))
def test_there_and_back(words):
    characters = text.vocabulary(words)
    numbers = text.encode(words, characters)
    assert text.decode(numbers, characters) == words
    assert numbers.dtype == np.int64
    assert numbers.max() == len(characters) - 1


def test_a_batch_is_a_stretch_and_its_next_characters():
    numbers = np.arange(1000)
    inputs, targets = text.batch(numbers, 64, 8, seed=1)
    assert inputs.shape == targets.shape == (64, 8)
    np.testing.assert_array_equal(targets, inputs + 1)
    np.testing.assert_array_equal(np.diff(inputs, axis=1), 1)
    assert len(set(inputs[:, 0])) > 50


def test_batches_depend_on_seed_and_step_alone():
    drawn = lambda seed, step: text.batch(range(500), 4, 5, seed=seed, step=step)[0]
    first, again, later, other = drawn(1, 7), drawn(1, 7), drawn(1, 8), drawn(2, 7)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, later)
    assert not np.array_equal(first, other)


def test_every_place_can_be_reached():
    starts = {int(row[0]) for step in range(200) for row in text.batch(range(6), 4, 3, step=step)[0]}
    assert starts == {0, 1, 2}
    inputs, targets = text.batch(range(4), 2, 3)
    assert inputs.tolist() == [[0, 1, 2]] * 2
    assert targets.tolist() == [[1, 2, 3]] * 2


@pytest.mark.skipif(not SHAKESPEARE.exists(), reason="Shakespeare is not on this machine")
def test_tiny_shakespeare():
    words = text.read(SHAKESPEARE)
    characters = text.vocabulary(words)
    assert len(words) == 1_115_394
    assert len(characters) == 65
    numbers = text.encode(words, characters)
    inputs, _ = text.batch(numbers, 2, 50, seed=0)
    assert text.decode(inputs[0], characters) in words


def test_reading(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes("床前明月光\r\n疑是地上霜\r".encode("utf-8-sig"))
    assert text.read(path) == "床前明月光\n疑是地上霜\n"
    path.write_bytes(gzip.compress("光".encode()))
    assert text.read(path) == "光"
    path.write_bytes("ab\n光".encode("gbk"))
    with pytest.raises(cr.FileError, match="line 2"):
        text.read(path)
    path.write_bytes(b"")
    with pytest.raises(cr.FileError):
        text.read(path)
    with pytest.raises(cr.FileError):
        text.read(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: text.vocabulary(""), cr.DataError),
        (lambda: text.vocabulary(b"ab"), cr.DtypeError),
        (lambda: text.encode("abc", ("a", "b")), cr.DataError),
        (lambda: text.encode(["a"], ("a", "b")), cr.DtypeError),
        (lambda: text.decode([2], ("a", "b")), cr.DataError),
        (lambda: text.decode([-1], ("a", "b")), cr.DataError),
        (lambda: text.decode([0.5], ("a", "b")), cr.DataError),
        (lambda: text.decode([[0, 1]], ("a", "b")), cr.ShapeError),
        (lambda: text.batch(range(3), 2, 3), cr.ShapeError),
        (lambda: text.batch(range(9), 0, 3), cr.ArgumentError),
        (lambda: text.batch(range(9), 1, 0), cr.ArgumentError),
        (lambda: text.batch(range(9), 1, 2, seed=-1), cr.ArgumentError),
        (lambda: text.batch(range(9), 1, 2, step=-1), cr.ArgumentError),
        (lambda: text.batch("words", 1, 2), cr.DtypeError),
        (lambda: text.read(3), cr.DtypeError),
    ],
)
def test_what_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))
