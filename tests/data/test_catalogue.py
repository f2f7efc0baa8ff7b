"""Data sets by name, and what comes with them."""

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import data
from chainrule.data.catalogue import ENTRIES

INSIDE = [entry for entry in ENTRIES.values() if entry.source != "fetched"]


@pytest.mark.parametrize("entry", INSIDE, ids=lambda entry: entry.name)
def test_an_entry_says_what_is_loaded(entry):
    samples = data.load(entry.name)
    assert samples.X.shape == (entry.rows, entry.features)
    assert samples.kind == entry.kind
    assert data.entry(entry.name) is entry


def test_every_function_that_makes_samples_has_an_entry():
    made = {entry.make.__name__ for entry in ENTRIES.values()}
    things = {name: getattr(getattr(data, name), "__annotations__", {}) for name in data.__all__}
    public = {name for name, told in things.items() if told.get("return") is data.Samples}
    assert public - {"load", "read_csv"} == made == set(data.names())


@pytest.mark.parametrize(("asked", "near"), [("irs", "iris"), ("mnsit", "mnist"), ("Moons", "moons"), (3, "")])
def test_an_unknown_name_meets_the_nearest(asked, near):
    with pytest.raises(cr.ArgumentError) as caught:
        data.load(asked)
    assert near in caught.value.part("try")
    assert "iris" in caught.value.part("expected")


def test_parts_that_do_not_exist_are_refused():
    with pytest.raises(cr.ArgumentError, match=r"cr\.data\.split"):
        data.load("iris", split="test")
    with pytest.raises(cr.ArgumentError, match="train"):
        data.load("mnist", split="validation")


def test_samples_are_a_pair_with_names():
    samples = data.iris()
    X, y = samples
    assert X is samples.X
    assert y is samples.y
    assert len(samples) == 2
    assert isinstance(samples, tuple)
    assert repr(samples) == "Samples(iris: X (150, 4) float64, y (150,) int64, classes, 3 classes)"
    chosen = samples.rows(np.array([149, 0]))
    np.testing.assert_array_equal(chosen.y, [2, 0])
    assert chosen.target_names == samples.target_names


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])  # noqa: S301
def test_samples_survive_copying(twin):
    samples = data.digits()
    again = twin(samples)
    np.testing.assert_array_equal(again.X, samples.X)
    assert again.feature_names == samples.feature_names
    assert again.image_shape == (8, 8)
    assert again.kind == "classes"


def test_each_call_gives_arrays_of_its_own():
    first = data.iris()
    first.X[:] = 0
    assert data.iris().X.max() > 1
