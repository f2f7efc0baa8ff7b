"""2 and 3: a column far too large, or far off, is suspected, tried and cured; unscaled and fine is left in peace."""

import numpy as np
import pytest

from chainrule.doctor.checks.data import features_unscaled, one_feature_dwarfs
from tests.doctor.plants import build, case, diagnosed, moons, said, wine

SETS = {"moons": (moons, 1), "wine": (wine, 3)}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SETS)
def test_columns_far_off_or_far_too_large_are_suspected(name, seed):
    rows, outputs = SETS[name]
    X, y = rows()
    draw = np.random.default_rng([seed, len(name)])
    large, off = X * draw.uniform(30, 3000), X + draw.uniform(100, 3000)
    for wild in (large, off):
        (found,) = said(features_unscaled, case(build(X, outputs), (wild, y)))
        assert (found.code, found.proof) == ("features_unscaled", "rerun")
    assert said(one_feature_dwarfs, case(build(X, outputs), (off, y))) == []


@pytest.mark.parametrize("name", SETS)
def test_the_column_that_dwarfs_the_others_is_named(name):
    rows, outputs = SETS[name]
    X, y = rows()
    draw = np.random.default_rng(len(name))
    column = int(draw.integers(X.shape[1]))
    X[:, column] *= draw.uniform(500, 5000)
    (found,) = said(one_feature_dwarfs, case(build(X, outputs), (X, y)))
    assert f"X[:, {column}]" in found.evidence[0].words("en")
    first = diagnosed(build(X, outputs), (X, y)).findings[0]
    assert (first.code, first.level) == ("features_unscaled", "fault")
    assert f"X[:, {column}]" in first.sentence
    assert first.experiment.after.max() < first.experiment.before.min()


@pytest.mark.parametrize("name", SETS)
def test_scaled_columns_are_no_suspects(name):
    rows, outputs = SETS[name]
    X, y = rows()
    for fine in (X, np.clip(X, -1, 1), (X - X.min(axis=0)) / np.ptp(X, axis=0), 3 * X + 2):
        asked = case(build(X, outputs), (fine, y))
        assert said(features_unscaled, asked) == said(one_feature_dwarfs, asked) == []


def test_what_is_not_scaled_and_learnt_all_the_same_is_healthy():
    X, y = moons()
    counts = np.random.default_rng(0).poisson(20.0, (len(X), 1))
    kinds = np.eye(60)[np.random.default_rng(1).integers(60, size=len(X))]  # one-hot beside counts
    mixed = np.concatenate([3 * X, counts / 4, kinds], axis=1)
    assert diagnosed(build(X, rate=0.03), (12.0 * X, y), epochs=40).healthy
    found = diagnosed(build(mixed, hidden=(24,), rate=0.03), (mixed, y), epochs=60)
    assert "features_unscaled" not in [one.code for one in found.findings]
