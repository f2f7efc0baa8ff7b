"""Metrics that take batches: the number of all rows at once, whatever the cut, and scikit-learn's number."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule import metrics
from chainrule.metrics.registry import NAMES

judge = pytest.importorskip("sklearn.metrics")
rng = np.random.default_rng(0)
N = 57
WEIGHT = rng.uniform(0.1, 2, N)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


Z1, Y1 = rng.normal(size=(N, 1)), rng.integers(0, 2, (N, 1)).astype(float)
Z4, Y4 = rng.normal(size=(N, 4)), rng.integers(0, 4, N)
L3, T3 = rng.normal(size=(N, 3)), rng.integers(0, 2, (N, 3))
V2, U2 = rng.normal(size=(N, 2)) * 3 + 50, rng.normal(size=(N, 2)) * 3 + 50

def at(name, *args, **more):
    """What the judge says of all rows, by the weights of the rows."""
    return lambda weight: getattr(judge, name)(*args, sample_weight=weight, **more)


# name of the row: metric, outputs, targets, and what the judge says of all rows.
C4, P4 = Z4.argmax(axis=1), softmax(Z4)
get = metrics.get
ROWS = {
    "accuracy, one logit": (get("accuracy"), Z1, Y1, at("accuracy_score", Y1, Z1 > 0)),
    "accuracy, classes": (get("accuracy"), Z4, Y4, at("accuracy_score", Y4, C4)),
    "accuracy, labels": (get("accuracy", task="labels"), L3, T3, at("accuracy_score", T3, L3 > 0)),
    "accuracy, probabilities": (
        get("accuracy", "probabilities", threshold=0.3), sigmoid(Z1), Y1, at("accuracy_score", Y1, sigmoid(Z1) > 0.3),
    ),
    "balanced": (get("balanced_accuracy"), Z4, Y4, at("balanced_accuracy_score", Y4, C4)),
    **{
        f"{name}, one logit": (get(name), Z1, Y1, at(f"{name}_score", Y1, Z1 > 0, zero_division=0.0))
        for name in ("precision", "recall", "f1")
    },
    **{
        f"{name}_{way}": (
            get(f"{name}_{way}"), Z4, Y4, at(f"{name}_score", Y4, C4, average=way, zero_division=0.0),
        )
        for name in ("precision", "recall", "f1")
        for way in ("macro", "micro", "weighted")
    },
    **{
        f"{name}, labels": (
            get(name, task="labels"), L3, T3, at(f"{name}_score", T3, L3 > 0, average="macro", zero_division=0.0),
        )
        for name in ("precision", "recall", "f1")
    },
    "f1 of classes is macro": (get("f1"), Z4, Y4, at("f1_score", Y4, C4, average="macro")),
    "top 2": (get("top_2_accuracy"), Z4, Y4, at("top_k_accuracy_score", Y4, Z4, k=2)),
    "auc, one logit": (get("roc_auc"), Z1, Y1, at("roc_auc_score", Y1, Z1)),
    "auc, classes": (get("roc_auc"), Z4, Y4, at("roc_auc_score", Y4, P4, multi_class="ovr")),
    "auc, weighted": (
        metrics.RocAuc("probabilities", weighted=True), P4, Y4,
        at("roc_auc_score", Y4, P4, multi_class="ovr", average="weighted"),
    ),
    "auc, labels": (get("roc_auc", task="labels"), L3, T3, at("roc_auc_score", T3, L3)),
    "log loss, one logit": (get("log_loss"), Z1, Y1, at("log_loss", Y1, y_proba=sigmoid(Z1))),
    "log loss, classes": (get("log_loss"), Z4, Y4, at("log_loss", Y4, y_proba=P4)),
    "log loss, probabilities": (get("log_loss", "probabilities"), P4, Y4, at("log_loss", Y4, y_proba=P4)),
    "mse": (get("mse", "numbers"), V2, U2, at("mean_squared_error", U2, V2)),
    "rmse": (get("rmse", "numbers"), V2, U2, at("root_mean_squared_error", U2, V2)),
    "mae": (get("mae", "numbers"), V2, U2, at("mean_absolute_error", U2, V2)),
    "median": (get("median_absolute_error", "numbers"), V2, U2, at("median_absolute_error", U2, V2)),
    "r2": (get("r2", "numbers"), V2, U2, at("r2_score", U2, V2)),
    "r2, one output": (get("r2", "numbers"), V2[:, 0], U2[:, 0], at("r2_score", U2[:, 0], V2[:, 0])),
    "one's own": (
        get(lambda y, p, sample_weight=None: np.average(np.abs(y - p).max(axis=1), weights=sample_weight)), V2, U2,
        lambda weight: np.average(np.abs(U2 - V2).max(axis=1), weights=weight),
    ),
}


def test_every_name_is_a_row():
    said = {metric.name for metric, *_ in ROWS.values()}
    assert {name for name in NAMES if name != "top_5_accuracy"} - said == set()


def fed(metric, outputs, targets, weights, cuts):
    metric.reset()
    edges = [0, *sorted(cuts), len(outputs)]
    for start, stop in itertools.pairwise(edges):
        metric.update(outputs[start:stop], targets[start:stop], None if weights is None else weights[start:stop])
    return metric.result()


@pytest.mark.parametrize("row", ROWS)
@given(cuts=st.lists(st.integers(1, N - 1), max_size=5, unique=True), weighted=st.booleans())
def test_batches_do_not_show_and_the_judge_agrees(row, cuts, weighted):
    metric, outputs, targets, wanted = ROWS[row]
    weight = WEIGHT if weighted else None
    np.testing.assert_allclose(fed(metric, outputs, targets, weight, cuts), wanted(weight), rtol=1e-10)


@pytest.mark.parametrize("row", ROWS)
def test_tensors_float32_and_single_rows(row):
    metric, outputs, targets, wanted = ROWS[row]
    found = fed(metric, cr.tensor(outputs.astype(np.float32)), cr.tensor(targets), None, range(1, N))
    np.testing.assert_allclose(found, wanted(None), rtol=1e-4)


@pytest.mark.parametrize("row", ROWS)
def test_nothing_seen_nothing_said_and_reset(row):
    metric, outputs, targets, _ = ROWS[row]
    metric.reset()
    with pytest.raises(cr.StateError):
        metric.result()
    first = fed(metric, outputs, targets, None, [])
    assert fed(metric, outputs, targets, None, []) == first
    assert metric.better in ("max", "min")


@pytest.mark.parametrize("row", [row for row in ROWS if row != "one's own"])
def test_a_nan_output_makes_the_number_nan(row):
    metric, outputs, targets, _ = ROWS[row]
    broken = outputs.copy()
    broken[3] = np.nan
    assert np.isnan(fed(metric, broken, targets, None, [10, 20]))
    assert not np.isnan(fed(metric, outputs, targets, None, []))


@pytest.mark.parametrize("row", ROWS)
def test_what_is_given_may_change_afterwards(row):
    metric, outputs, targets, wanted = ROWS[row]
    metric.reset()
    z, t = outputs.copy(), targets.copy()
    metric.update(z, t)
    z[:], t[:] = 0, 0
    np.testing.assert_allclose(metric.result(), wanted(None), rtol=1e-10)


def test_infinite_logits_are_sure_and_large_ones_stable():
    accuracy = metrics.get("accuracy")
    accuracy.update([[np.inf], [-np.inf]], [[1.0], [0.0]])
    assert accuracy.result() == 1.0
    loss = metrics.get("log_loss")
    loss.update([[1000.0, 0.0], [-1000.0, 0.0]], [0, 1])
    assert loss.result() == 0.0
    loss.update([[1000.0, 0.0]] * 2, [1, 1])
    assert loss.result() == 500.0


def test_the_log_loss_of_soft_targets_is_their_entropy_at_best():
    soft = np.array([[0.0], [0.85], [1.0], [0.0]])
    loss = metrics.get("log_loss")
    loss.update(np.array([[-60.0], [np.log(0.85 / 0.15)], [60.0], [-60.0]]), soft)
    assert abs(loss.result() - 0.105677) < 1e-6


def test_r2_does_not_lose_digits_far_from_zero():
    y = rng.normal(size=(1000, 1)) + 1e9
    p = y + rng.normal(size=(1000, 1)) * 0.1
    np.testing.assert_allclose(fed(metrics.R2(), p, y, None, range(10, 1000, 10)), judge.r2_score(y, p), rtol=1e-6)
    assert fed(metrics.R2(), np.full(9, 0.1), np.full(9, 0.1), None, range(1, 9)) == 1.0
    assert fed(metrics.R2(), np.full(9, 0.2), np.full(9, 0.1), WEIGHT[:9], range(1, 9)) == 0.0
    assert np.isnan(fed(metrics.R2(), np.zeros(1), np.zeros(1), None, []))


def test_zero_weights_count_for_nothing():
    weight = np.where(np.arange(N) < 20, 0.0, WEIGHT)
    for metric, outputs, targets, _ in ROWS.values():
        if metric.name != "roc_auc":
            found = fed(metric, outputs, targets, weight, [20])
            np.testing.assert_allclose(found, fed(metric, outputs[20:], targets[20:], weight[20:], []), rtol=1e-10)


def test_a_function_of_ones_own():
    worst = metrics.get(lambda y, p: np.abs(y - p).max())
    assert worst.name == "<lambda>"
    assert fed(worst, V2, U2, WEIGHT, [3]) == np.abs(U2 - V2).max()  # it takes no weights
    named = metrics.FunctionMetric(judge.mean_squared_error, name="error")
    np.testing.assert_allclose(fed(named, V2, U2, WEIGHT, [5]), judge.mean_squared_error(U2, V2, sample_weight=WEIGHT))
    assert metrics.get(named) is named
    silly = metrics.FunctionMetric(lambda y, p: [1, 2])
    with pytest.raises(cr.ShapeError):
        fed(silly, V2, U2, None, [])
