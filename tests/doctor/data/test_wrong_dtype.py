"""16: numbers that wrapped around, were cut, or have too many digits; pictures and counts are fine as they are."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.doctor.checks.data import wrong_dtype
from tests.doctor.plants import build, case, diagnosed, moons, said, scaled, sine


def _ring():
    X, y = cr.data.circles(240, noise=0.08, seed=0)
    return np.array(X), np.array(y).reshape(-1, 1)


SETS = {"moons": moons, "circles": _ring}


@pytest.mark.parametrize("name", SETS)
def test_negative_numbers_in_an_unsigned_type_are_seen(name):
    X, y = SETS[name]()
    X = (X - X.mean(axis=0)) * np.random.default_rng(len(name)).uniform(25, 45)
    wrapped = np.round(X).astype(np.int64).astype(np.uint8)
    found = diagnosed(build(X), (wrapped, y))
    first = found.findings[0]
    assert (first.code, first.level) == ("wrong_dtype", "fault")
    assert "uint8" in first.evidence[0]
    assert first.experiment.after.max() < first.experiment.before.min()


def test_numbers_that_were_cut_to_one_are_seen():
    X, y = sine()
    (found,) = said(wrong_dtype, case(build(X, loss=nn.MSELoss()), (X, (0.5 * y).astype(np.int64))))
    assert (found.code, found.proof) == ("wrong_dtype", "exact")
    X, y = moons()
    divided = (np.clip(100 * X + 200, 0, 500).astype(np.int64)) // 1000
    assert [one.code for one in said(wrong_dtype, case(build(X), (divided, y)))] == ["wrong_dtype"]


def test_numbers_that_the_network_cannot_tell_apart_are_seen():
    X, y = moons()
    draw = np.random.default_rng(3)
    (found,) = said(wrong_dtype, case(build(X), (draw.uniform(20, 80) * X + draw.uniform(1e9, 3e9), y)))
    assert found.evidence[0].name == "digits"
    (found,) = said(wrong_dtype, case(build(X), (X * 1e-41, y)))
    assert found.evidence[0].name == "subnormal"


@pytest.mark.parametrize("kind", ["digits", "subnormal"])
@pytest.mark.parametrize("name", SETS)
def test_the_cure_trains_like_the_twin(name, kind):
    X, y = SETS[name]()
    draw = np.random.default_rng([len(name), len(kind)])
    sick = draw.uniform(20, 80) * X + draw.uniform(1e9, 3e9) if kind == "digits" else X * draw.uniform(1e-42, 1e-41)
    make = build(X, rate=0.05)
    (found,) = said(wrong_dtype, case(make, (sick, y)))
    ends = []
    for cured, given in ((found.cures[0].apply(make), sick), (make, scaled(X))):
        cr.manual_seed(1)
        trainer = cured()
        trainer.fit((given, y), epochs=40, progress=False)
        ends.append(trainer.evaluate((given, y))["loss"])
    assert max(ends) < 0.1


def test_numbers_that_are_gone_have_no_cure():
    X, y = moons()
    divided = (np.clip(100 * X + 200, 0, 500).astype(np.int64)) // 1000
    (found,) = said(wrong_dtype, case(build(X), (divided, y)))
    assert found.cures == ()


@pytest.mark.parametrize("name", SETS)
def test_numbers_without_their_fractions_and_numbers_gone_around_are_suspects(name):
    X, y = SETS[name]()
    draw = np.random.default_rng(len(name))
    X = (X - X.mean(axis=0)) / np.abs(X - X.mean(axis=0)).max(axis=0)
    for spoilt in (
        np.trunc(draw.uniform(1.2, 1.9) * X).astype(np.int64),
        (draw.uniform(300, 500) * (X + 1)).astype(np.int64).astype(np.uint8),
    ):
        assert [one.proof for one in said(wrong_dtype, case(build(X), (spoilt, y)))] == ["statistic"]


def test_boards_of_three_signs_and_evenly_filled_bytes_are_fine():
    draw = np.random.default_rng(0)
    board = draw.integers(-1, 2, (240, 9))
    rule = (board[:, :3].sum(axis=1) > 0).astype(float)[:, None]
    assert said(wrong_dtype, case(build(board), (board, rule), epochs=3)) == []
    even = draw.integers(0, 256, (300, 2)).astype(np.uint8)
    half = (even[:, :1] > even[:, 1:]).astype(float)
    assert said(wrong_dtype, case(build(even), (even, half), epochs=40)) == []


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64, np.float32, np.float16])
def test_whole_numbers_are_fine_once_cast(kind):
    X, y = moons()
    whole = np.clip(np.round(40 * (X - X.min(axis=0))), 0, 120).astype(kind)
    assert said(wrong_dtype, case(build(X), (whole, y))) == []


def test_pictures_of_bytes_are_fine():
    X, y = cr.data.digits()
    X = (np.array(X).reshape(len(X), -1)[:300] / 16 * 255).astype(np.uint8)
    for pictures in (X, np.where(X > 127, 255, 0).astype(np.uint8)):
        assert said(wrong_dtype, case(build(X, 10), (pictures, np.array(y)[:300]), epochs=5)) == []


def test_counts_as_targets_are_fine():
    X, _ = sine()
    y = np.random.default_rng(0).poisson(4.0, (len(X), 1))
    assert said(wrong_dtype, case(build(X, loss=nn.MSELoss()), (X, y))) == []
