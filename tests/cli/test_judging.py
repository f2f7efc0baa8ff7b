"""The yardsticks of a training: the linear model, the best constant, the scores, and what is called a difference."""

from math import comb, isnan

import numpy as np
import pytest

from chainrule.cli.run.options import Options
from chainrule.cli.run.parts import parts
from chainrule.tables.answers import answers
from chainrule.tables.linear import linear
from chainrule.tables.scores import of_constant, scores
from chainrule.tables.verdict import verdict


def prepared(name):
    scaled, rows = parts(name, Options())
    return rows, scaled


class TestLinear:
    @pytest.mark.parametrize("name", ["breast_cancer", "wine", "iris"])
    def test_is_scikit_learns_logistic_regression(self, name):
        judge = pytest.importorskip("sklearn.linear_model")
        _, scaled = prepared(name)
        found = linear(scaled)
        other = judge.LogisticRegression(C=1.0, tol=1e-9, max_iter=5_000)
        other.fit(scaled.plain[0].X.astype(np.float64), scaled.known.astype(np.int64))
        assert found.converged
        assert np.allclose(found.answers, other.predict_proba(scaled.judging.X.astype(np.float64)), atol=2e-4)

    @pytest.mark.parametrize("name", ["diabetes", "friedman"])
    def test_is_scikit_learns_least_squares(self, name):
        judge = pytest.importorskip("sklearn.linear_model")
        found, scaled = prepared(name)
        other = judge.LinearRegression().fit(found.known.X, found.known.y)
        assert np.allclose(linear(scaled).answers, other.predict(found.judging.X), rtol=1e-4)


class TestAnswers:
    def test_one_output_is_the_second_class(self):
        _, scaled = prepared("breast_cancer")
        given = answers(np.array([[0.0], [2.0], [-800.0]]), scaled.schema.target)
        assert np.allclose(given[:, 1], [0.5, 1 / (1 + np.exp(-2)), 0.0])
        assert np.allclose(given.sum(axis=1), 1)

    def test_numbers_come_back_in_their_unit(self):
        found, scaled = prepared("diabetes")
        assert np.allclose(answers(scaled.judging.y, scaled.schema.target), found.judging.y, rtol=1e-5)

    def test_parts_keep_the_rows_apart(self):
        found, scaled = prepared("wine")
        count = len(scaled.learning.X) + len(scaled.watching.X)
        assert len(scaled.plain[0].X) == count
        assert len(found.judging.X) == 178 - count
        assert np.abs(scaled.learning.X.mean(axis=0)).max() < 1e-6
        assert scaled.learning.X.dtype == np.float32


class TestConstant:
    def test_of_classes(self):
        known, truth = np.array([0, 0, 0, 1]), np.array([0, 1])
        found, given = of_constant("classes", known, truth, 3)
        assert np.allclose(given, [[0.75, 0.25, 0.0]] * 2)
        assert found["accuracy"] == 0.5
        assert found["log_loss"] == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)

    def test_of_numbers_is_the_mean_and_for_the_absolute_error_the_median(self):
        known = np.array([[0.0], [1.0], [8.0]])
        found, given = of_constant("numbers", known, known, 0)
        assert np.allclose(given, 3.0)
        assert found["r2"] == pytest.approx(0.0)
        assert found["mae"] == pytest.approx(8 / 3)

    def test_ranks_nothing(self):
        found, _ = of_constant("binary", np.array([[0.0], [1.0], [1.0]]), np.array([[0.0], [1.0]]), 2)
        assert found["roc_auc"] == 0.5


def test_what_rows_cannot_tell_is_nan():
    assert isnan(scores("binary", np.ones((3, 1)), np.full((3, 2), 0.5))["roc_auc"])
    assert isnan(scores("numbers", np.ones((1, 1)), np.ones((1, 1)))["r2"])


def probabilities(right):
    """Answers for rows of class 0, right or wrong as told."""
    return np.array([[0.9, 0.1] if one else [0.2, 0.8] for one in right])


class TestVerdict:
    @pytest.mark.parametrize(("ahead", "behind"), [(0, 0), (1, 0), (5, 0), (6, 0), (9, 1), (10, 10), (3, 15)])
    def test_of_classes(self, ahead, behind):
        first = probabilities([True] * ahead + [False] * behind + [True, False])
        second = probabilities([False] * ahead + [True] * behind + [True, False])
        found = verdict("classes", np.zeros(ahead + behind + 2, np.int64), first, second)
        assert (found.ahead, found.behind) == (ahead, behind)
        n, k = ahead + behind, min(ahead, behind)
        assert found.p == pytest.approx(min(1, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n))
        expected = None if found.p > 0.05 else "first" if ahead > behind else "second"
        assert found.better == expected

    def test_many_rows_agree_with_few(self):
        judge = pytest.importorskip("scipy.stats")
        first = probabilities([True] * 540 + [False] * 480)
        second = probabilities([False] * 540 + [True] * 480)
        found = verdict("classes", np.zeros(1020, np.int64), first, second)
        assert found.p == pytest.approx(judge.binomtest(480, 1020).pvalue, rel=0.01)

    def test_of_numbers(self):
        truth = np.arange(20.0).reshape(-1, 1)
        found = verdict("numbers", truth, truth + 0.1, truth - 0.5)
        assert (found.better, found.ahead, found.behind) == ("first", 20, 0)
        assert verdict("numbers", truth, truth + 0.5, truth - 0.1).better == "second"
        assert verdict("numbers", truth, truth, truth).better is None

    def test_closer_on_most_rows_but_far_off_on_one_is_not_better(self):
        truth = np.zeros((20, 1))
        first = np.full((20, 1), 0.1)
        first[0] = 1e200
        assert verdict("numbers", truth, first, np.full((20, 1), 0.2)).better is None
