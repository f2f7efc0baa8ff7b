"""Cases are drawn from their names: the same ones everywhere, each part with data sets and networks of its own."""

import warnings

import numpy as np
import pytest

from corpus import healthy
from corpus.case import Case, drawn, parse
from corpus.judging import unnamed
from corpus.nets import SHAPES
from corpus.neutrality import accepted
from corpus.plants.table import PLANTS
from corpus.provocations import PROVOCATIONS
from corpus.published.posts import POSTS
from corpus.sets import SETS
from corpus.setup import builder
from corpus.streams import stream


def first_base(fits, part):
    """The first healthy candidate that suits."""
    return next(index for index in range(60) if fits(healthy.candidate(part, index)))


def same(one, other):
    """Whether two trainings have the same rows and the same numbers."""
    rows = zip((*one.rows, *one.test), (*other.rows, *other.test), strict=True)
    plain = ("hidden", "lr", "epochs", "batch_size", "activation", "dropout", "clip_norm", "ending")
    return all(np.array_equal(a, b, equal_nan=True) for a, b in rows) and all(
        getattr(one, name) == getattr(other, name) or name == "ending" for name in plain
    )


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_fault_is_planted_the_same_way_twice_and_changes_something(plant):
    base = first_base(plant.fits, "development")
    case = Case("fault", plant.name, "development", 0)
    first, second = drawn(case, base), drawn(case, base)
    assert same(first.setup, second.setup)
    assert any(getattr(first.setup, name) is not getattr(first.twin, name) for name in vars(first.setup))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = builder(first.setup)()
    assert next(trainer.model.parameters()).shape[-1] >= 1


@pytest.mark.parametrize("one", PROVOCATIONS, ids=lambda one: one.name)
def test_a_provocation_can_be_built(one):
    for part in ("development", "sealed"):
        base = first_base(one.fits, part)
        made = drawn(Case("provocation", one.name, part, 1), base).setup
        assert builder(made)().optimizer.param_groups[0]["lr"] > 0


def test_another_index_is_another_case():
    base = first_base(lambda setup: len(setup.rows[0]) > 100, "development")
    one, other = (drawn(Case("fault", "learning_rate_too_low", "development", i), base).setup for i in (0, 1))
    assert one.lr != other.lr


@pytest.mark.parametrize("one", SETS, ids=lambda one: one.name)
def test_a_data_set_is_drawn_the_same_way_twice_and_anew_for_another_case(one):
    first, second, other = (one.setup(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert same(first, second)
    assert one.tiny or not same(first, other)
    assert one.tiny or 100 <= len(first.rows[0]) <= 1300
    assert len(np.unique(first.rows[1])) == max(first.outputs, 2) or one.task == "numbers"


def test_parts_share_no_data_set_and_no_shape():
    development, sealed = ({one.name for one in SETS if one.part == part} for part in ("development", "sealed"))
    assert not development & sealed
    assert not set(SHAPES["development"]) & set(SHAPES["sealed"])


def test_every_fault_of_the_catalogue_is_planted_and_has_its_right_answers():
    assert {plant.number for plant in PLANTS} == set(range(1, 61))
    for plant in PLANTS:
        assert accepted()[plant.name].number == plant.number


def test_enough_published_cases_whose_faults_are_known():
    assert len(POSTS) >= 20
    assert len({post.number for post in POSTS}) == len(POSTS)
    for post in POSTS:
        assert all(name in accepted() for name in post.faults)
        assert builder(post.setup(stream("published", post.number)))().model is not None


def test_the_doctor_sees_neither_names_nor_clean_rows():
    hidden = unnamed(healthy.candidate("development", 2))
    assert hidden.data == ""
    assert len(hidden.test[0]) == len(hidden.test[1]) == 0


def test_the_name_of_a_case_says_all_of_it():
    case = Case("fault", "label_noise", "sealed", 3)
    assert parse(case.id) == case
