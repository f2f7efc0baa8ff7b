"""What outputs and targets mean: every allowed pair, and every pair that could mean two things refused."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import metrics

Z1 = np.array([[2.0], [-1.0], [0.0], [3.0]])
Y1 = np.array([[1.0], [0.0], [1.0], [0.0]])
Z3 = np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 1.0], [5.0, 5.0, 0.0]])
Y3 = np.array([1, 0, 1, 0])
ONE_HOT = np.eye(3)[Y3]


def accuracy(given, targets, weights=None, **more):
    metric = metrics.get("accuracy", **more)
    metric.update(given, targets, weights)
    return metric.result()


@pytest.mark.parametrize(
    ("outputs", "targets", "more", "wanted"),
    [
        (Z1, Y1, {}, 0.5),  # z > 0: yes no no yes
        (Z1.ravel(), Y1.ravel(), {}, 0.5),
        (Z1, Y1.astype(int), {}, 0.5),
        (Z1, Y1, {"task": "binary"}, 0.5),
        (Z1, [[0.85], [0.3], [0.6], [0.5]], {}, 0.5),  # soft: above one half is class 1
        (1 / (1 + np.exp(-Z1)), Y1, {"outputs": "probabilities"}, 0.5),
        (1 / (1 + np.exp(-Z1)), Y1, {"outputs": "probabilities", "threshold": 0.49}, 0.75),
        (Z1, Y1, {"threshold": 0.49}, 0.75),  # of a logit: the probability behind it
        (Z1 > 0, Y1, {"outputs": "classes"}, 0.5),
        (Z1.ravel() > 0, Y1.ravel(), {"outputs": "classes", "task": "binary"}, 0.5),
        (Z3, Y3, {}, 0.75),
        (Z3, Y3.astype(float), {}, 0.75),
        (Z3, ONE_HOT, {"task": "classes"}, 0.75),
        (Z3, ONE_HOT * 0.9 + 0.1 / 3, {"task": "classes"}, 0.75),
        (Z3, (Z3 > 0).astype(float), {"task": "labels"}, 1.0),
        (Z3, ONE_HOT, {"task": "labels"}, 0.25),  # all labels of a row
        (np.zeros((4, 2)), [0, 0, 1, 0], {}, 0.75),
        (Z3.argmax(axis=1), Y3, {"outputs": "classes"}, 0.75),
        (np.stack([Z3, Z3[::-1]], axis=2), np.stack([Y3, Y3[::-1]], axis=1), {}, 0.75),  # (n, k, time), (n, time)
        (Z3, np.where(np.arange(4) == 2, -100, Y3), {"ignore_index": -100}, 1.0),
    ],
)
def test_what_is_meant(outputs, targets, more, wanted):
    assert accuracy(outputs, targets, **more) == wanted


@pytest.mark.parametrize(
    ("outputs", "targets", "more", "key"),
    [
        (Z3, ONE_HOT, {}, "metrics.ambiguous"),  # one class a row, or three labels a row
        (Z1, Y1.ravel(), {}, "metrics.unfit"),  # (n, 1) against (n,)
        (Z1.ravel(), Y1, {}, "metrics.unfit"),
        (Z3, Y3.reshape(-1, 1), {}, "metrics.unfit"),
        (Z3, Y3[:3], {}, "metrics.unfit"),
        (Z3, ONE_HOT[:, :2], {}, "metrics.unfit"),
        (Z3, Y3, {"task": "binary"}, "metrics.unfit"),
        (Z3, Y3, {"task": "labels"}, "metrics.unfit"),
        (Z1, Y1, {"task": "classes"}, "metrics.unfit"),
        (Z1.ravel(), Y1.ravel(), {"task": "labels"}, "metrics.unfit"),
        (Z1, Y3, {"task": "classes"}, "metrics.unfit"),
        (3.0, 1.0, {}, "metrics.unfit"),
        (Z3, [0, 1, 3, 0], {}, "metrics.class_numbers"),
        (Z3, [0, 1, -1, 0], {}, "metrics.class_numbers"),
        (Z3, [0, 1, 0.5, 0], {}, "metrics.class_numbers"),
        (Z1, [[0.0], [2.0], [1.0], [0.0]], {}, "metrics.no_share"),
        (Z1, [[0.0], [np.nan], [1.0], [0.0]], {}, "metrics.no_share"),
        (Z3, ONE_HOT * 2, {"task": "classes"}, "metrics.no_share"),
        (Z3.argmax(axis=1) + 0.5, Y3, {"outputs": "classes"}, "metrics.class_numbers"),
        (Z1 * 3, Y1, {"outputs": "classes", "task": "binary"}, "metrics.class_numbers"),
    ],
)
def test_what_could_be_two_things_or_none_is_refused(outputs, targets, more, key):
    with pytest.raises(cr.ChainruleError) as caught:
        accuracy(outputs, targets, **more)
    assert caught.value.key == key
    assert caught.value.where.startswith("accuracy")


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ([1.0, 2.0], cr.ShapeError),
        (np.ones((4, 3)), cr.ShapeError),
        ([1.0, -1.0, 1.0, 1.0], cr.DataError),
        ([1.0, np.nan, 1.0, 1.0], cr.DataError),
        (["a", "b", "c", "d"], cr.DtypeError),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "mse"])
def test_weights_are_checked(name, weights, error):
    metric = metrics.get(name, "probabilities")
    with pytest.raises(error):
        metric.update(np.full((4, 1), 0.5), Y1, weights)


def test_weights_of_rows_and_of_places():
    assert accuracy(Z3, Y3, weights=[0, 0, 1, 1]) == 0.5
    assert accuracy(Z3, Y3, weights=[[0], [0], [1], [1]]) == 0.5
    outputs, targets = np.stack([Z3, Z3], axis=2), np.stack([Y3, Y3], axis=1)
    assert accuracy(outputs, targets, weights=[0, 0, 1, 1]) == 0.5
    assert accuracy(outputs, targets, weights=np.array([[0, 0], [0, 0], [1, 0], [0, 1]])) == 0.5


def test_the_task_stays_the_same_from_batch_to_batch():
    metric = metrics.get("accuracy")
    metric.update(Z1, Y1)
    with pytest.raises(cr.ShapeError) as caught:
        metric.update(Z3, Y3)
    assert caught.value.key == "metrics.task_changed"
    number = metrics.get("mse", "numbers")
    number.update(Z3, Z3)
    with pytest.raises(cr.ShapeError):
        number.update(Z1, Z1)


def test_numbers_against_numbers_of_one_shape():
    for name in ("mse", "rmse", "mae", "r2", "median_absolute_error"):
        metric = metrics.get(name, "numbers")
        with pytest.raises(cr.ShapeError):
            metric.update(Z1, Y1.ravel())  # never broadcast
        with pytest.raises(cr.DataError):
            metric.update(Z1, Y1 + np.inf)
        metric.update(np.zeros((0, 1)), np.zeros((0, 1)))
        with pytest.raises(cr.StateError):
            metric.result()


def test_a_batch_without_rows_changes_nothing():
    metric = metrics.get("f1")
    metric.update(Z1, Y1)
    before = metric.result()
    metric.update(np.zeros((0, 1)), np.zeros((0, 1)))
    assert metric.result() == before


def test_the_confusion_matrix_behind_f1():
    metric = metrics.F1(average="macro")
    metric.update(Z3, Y3)
    np.testing.assert_array_equal(metric.matrix, [[2, 0, 0], [0, 1, 1], [0, 0, 0]])
    grown = metrics.F1("classes", average="macro")
    grown.update([0, 1], [0, 1])
    grown.update([4], [3])
    assert grown.matrix.shape == (5, 5)


def test_auc_of_one_class_is_nan_not_an_error():
    metric = metrics.get("roc_auc")
    metric.update(Z1, np.ones((4, 1)))
    assert np.isnan(metric.result())
    several = metrics.get("roc_auc")
    several.update(Z3, Y3)  # class 2 has no rows
    assert np.isfinite(several.result())
