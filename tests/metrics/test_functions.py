"""The functions on whole arrays: scikit-learn's numbers on every kind of data, and refusals."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule import metrics

judge = pytest.importorskip("sklearn.metrics")

CLASSES = {
    "accuracy_score": {},
    "balanced_accuracy_score": {},
    "precision_score": {"average": "macro", "zero_division": 0.0},
    "recall_score": {"average": "macro", "zero_division": 0.0},
    "f1_score": {"average": "macro", "zero_division": 0.0},
}
NUMBERS = [
    "mean_squared_error",
    "root_mean_squared_error",
    "mean_absolute_error",
    "median_absolute_error",
    "r2_score",
]
SCORES = ["roc_auc_score", "top_k_accuracy_score", "log_loss"]
ROOMS = [f"chainrule.metrics.{room}" for room in ("classification", "ranking", "regression")]


def test_every_public_function_is_a_row():
    public = {name for name in metrics.__all__ if getattr(metrics, name).__module__ in ROOMS}
    assert public == {*CLASSES, *NUMBERS, *SCORES, "confusion_matrix"}


def weights_of(rng, n):
    return [None, rng.uniform(0.1, 3, n), rng.integers(0, 3, n) + np.eye(1, n)[0]]


LABELS = {
    "two": lambda rng, n: rng.integers(0, 2, n),
    "booleans": lambda rng, n: rng.integers(0, 2, n) == 1,
    "minus and plus": lambda rng, n: rng.integers(0, 2, n) * 2 - 1,
    "many": lambda rng, n: rng.integers(0, 5, n),
    "gaps": lambda rng, n: rng.choice([3, 10, -2], n),
    "words": lambda rng, n: rng.choice(["cat", "dog", "a very long name"], n),
    "floats": lambda rng, n: rng.integers(0, 3, n).astype(float),
}


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("name", [*CLASSES, "confusion_matrix"])
def test_classes_as_the_judge_counts_them(name, kind):
    rng = np.random.default_rng(3)
    ours, theirs = getattr(metrics, name), getattr(judge, name)
    for n in (2, 5, 60):
        true, predicted = LABELS[kind](rng, n), LABELS[kind](rng, n)
        for weight in weights_of(rng, n):
            more = dict(CLASSES.get(name, {}), sample_weight=weight)
            np.testing.assert_allclose(ours(true, predicted, **more), theirs(true, predicted, **more), rtol=1e-12)
            column = ours(true.reshape(-1, 1), predicted.tolist(), **more)
            np.testing.assert_array_equal(column, ours(true, predicted, **more))


@pytest.mark.parametrize("name", ["precision_score", "recall_score", "f1_score"])
@pytest.mark.parametrize("average", ["binary", "macro", "micro", "weighted", None])
@pytest.mark.parametrize("nothing", [0.0, 1.0, np.nan])
def test_averages_as_the_judge_takes_them(name, average, nothing):
    rng = np.random.default_rng(4)
    ours, theirs = getattr(metrics, name), getattr(judge, name)
    for true, predicted in [
        (rng.integers(0, 2, 30), rng.integers(0, 2, 30)),
        ([0, 0, 0], [0, 0, 0]),
        ([0, 0, 1], [1, 1, 0]),
        ([0, 0, 0], [1, 1, 1]),
        ([1, 1], [1, 1]),
        *([] if average == "binary" else [(rng.integers(0, 6, 20), rng.integers(0, 4, 20)), ([0, 1, 2], [2, 0, 1])]),
    ]:
        for weight in weights_of(rng, len(true)):
            more = dict(average=average, zero_division=nothing, sample_weight=weight)
            np.testing.assert_allclose(ours(true, predicted, **more), theirs(true, predicted, **more), rtol=1e-12)
    if average != "binary":
        more = dict(average=average, zero_division=nothing, labels=[2, 0, 7])
        true, predicted = rng.integers(0, 4, 40), rng.integers(0, 4, 40)
        np.testing.assert_allclose(ours(true, predicted, **more), theirs(true, predicted, **more), rtol=1e-12)


def test_the_positive_class_may_be_any():
    true, predicted = ["no", "yes", "yes", "no"], ["yes", "yes", "no", "no"]
    found, wanted = (module.precision_score(true, predicted, pos_label="yes") for module in (metrics, judge))
    assert found == wanted == 0.5
    assert metrics.recall_score([0, 1, 1], [0, 0, 1], pos_label=0) == 1.0


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("name", ["precision_score", "recall_score", "f1_score"])
def test_several_labels_a_row(name, average):
    rng = np.random.default_rng(5)
    true, predicted = rng.integers(0, 2, (40, 4)), rng.integers(0, 2, (40, 4))
    true[:, 3] = predicted[:, 3] = 0
    for weight in (None, rng.uniform(0, 2, 40)):
        more = dict(average=average, zero_division=0.0, sample_weight=weight)
        np.testing.assert_allclose(
            getattr(metrics, name)(true, predicted, **more), getattr(judge, name)(true, predicted, **more), rtol=1e-12
        )
        found, wanted = (module.accuracy_score(true, predicted, sample_weight=weight) for module in (metrics, judge))
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
@pytest.mark.parametrize("labels", [None, [2, 0, 1], [0, 5]])
def test_confusion_as_the_judge_draws_it(normalize, labels):
    rng = np.random.default_rng(6)
    true, predicted = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    for weight in weights_of(rng, 50):
        more = dict(labels=labels, normalize=normalize, sample_weight=weight)
        ours = metrics.confusion_matrix(true, predicted, **more)
        np.testing.assert_allclose(ours, judge.confusion_matrix(true, predicted, **more), rtol=1e-12)
        assert ours.dtype == (np.int64 if weight is None and normalize is None else np.float64)


def test_balanced_accuracy_against_chance():
    rng = np.random.default_rng(7)
    true, predicted = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    ours = metrics.balanced_accuracy_score(true, predicted, adjusted=True)
    np.testing.assert_allclose(ours, judge.balanced_accuracy_score(true, predicted, adjusted=True))


@pytest.mark.article("S1-08")
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("outputs", [(), (1,), (3,)])
def test_numbers_as_the_judge_measures_them(name, outputs):
    rng = np.random.default_rng(8)
    ours, theirs = getattr(metrics, name), getattr(judge, name)
    for n, scale in itertools.product((2, 3, 40, 41), (1e-8, 1.0, 1e8)):
        true, predicted = rng.normal(size=(n, *outputs)) * scale + scale, rng.normal(size=(n, *outputs)) * scale
        for weight in weights_of(rng, n):
            found, wanted = (f(true, predicted, sample_weight=weight) for f in (ours, theirs))
            np.testing.assert_allclose(found, wanted, rtol=1e-11)
        assert ours(true, true) == (1.0 if name == "r2_score" else 0.0)
        with_float32 = ours(true.astype(np.float32), predicted.astype(np.float32))
        np.testing.assert_allclose(with_float32, theirs(true, predicted), rtol=1e-4)


@pytest.mark.article("S1-08")
def test_errors_are_their_definitions():
    rng = np.random.default_rng(9)
    true, predicted = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    assert abs(metrics.mean_squared_error(true, predicted) - np.mean((true - predicted) ** 2)) < 1e-15
    assert abs(metrics.mean_absolute_error(true, predicted) - np.mean(np.abs(true - predicted))) < 1e-15


@pytest.mark.parametrize(("true", "predicted"), [([2, 2, 2], [2, 2, 2]), ([2, 2, 2], [1, 2, 3]), ([1, 2], [2, 1])])
def test_r2_of_a_constant(true, predicted):
    assert metrics.r2_score(true, predicted) == judge.r2_score(true, predicted)


@pytest.mark.filterwarnings("ignore:R.2 score is not well-defined")
def test_r2_of_a_single_row():
    assert np.isnan(metrics.r2_score([1.0], [2.0]))
    assert np.isnan(judge.r2_score([1.0], [2.0]))


weighted = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=12)


@given(weighted.filter(lambda rows: any(weight for _, weight in rows)))
def test_the_weighted_median_is_that_of_repeated_rows(rows):
    values, weight = np.array(rows, float).T
    repeated = np.repeat(values, weight.astype(int))
    zeros = np.zeros(len(values))
    assert metrics.median_absolute_error(zeros, values, sample_weight=weight) == np.median(repeated)


@pytest.mark.parametrize("levels", [3, 1000])
def test_roc_auc_with_and_without_ties(levels):
    rng = np.random.default_rng(10)
    for n in (2, 3, 50):
        true = rng.permutation(np.arange(n) % 2)
        score = rng.integers(0, levels, n).astype(float)
        for weight in weights_of(rng, n):
            if weight is not None and (np.bincount(true, weight, 2) == 0).any():
                continue
            found, wanted = (f(true, score, sample_weight=weight) for f in (metrics.roc_auc_score, judge.roc_auc_score))
            np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert metrics.roc_auc_score(["a", "b"], [[0.1], [0.2]]) == 1.0


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_roc_auc_of_several_classes(average):
    rng = np.random.default_rng(11)
    true, p = rng.integers(0, 4, 60), rng.dirichlet(np.ones(4), 60)
    for weight in weights_of(rng, 60)[:2]:
        more = dict(average=average, multi_class="ovr", sample_weight=weight)
        found, wanted = (module.roc_auc_score(true, p, **more) for module in (metrics, judge))
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:'k'")
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_top_k_with_and_without_ties(k):
    rng = np.random.default_rng(12)
    ours, theirs = metrics.top_k_accuracy_score, judge.top_k_accuracy_score
    for levels in (2, 1000):
        true, score = np.append(rng.integers(0, 4, 56), range(4)), rng.integers(0, levels, (60, 4)).astype(float)
        for weight in weights_of(rng, 60):
            more = dict(k=k, sample_weight=weight)
            np.testing.assert_allclose(ours(true, score, **more), theirs(true, score, **more), rtol=1e-12)
    few = [0, 2, 2]
    more = dict(k=k, labels=[0, 1, 2, 3])
    np.testing.assert_allclose(ours(few, score[:3], **more), theirs(few, score[:3], **more))


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_log_loss_as_the_judge_takes_it(kind):
    rng = np.random.default_rng(13)
    p = rng.dirichlet(np.full(3, 0.2), 60).astype(kind)
    p[:6] = np.eye(3, dtype=kind)[np.arange(6) % 3]
    true = rng.integers(0, 3, 60)
    for weight in weights_of(rng, 60):
        found, wanted = (module.log_loss(true, y_proba=p, sample_weight=weight) for module in (metrics, judge))
        np.testing.assert_allclose(found, wanted, rtol=1e-6 if kind is np.float32 else 1e-12)
    two, q = np.append(rng.integers(0, 2, 28), [0, 1]), rng.uniform(size=30).astype(kind)
    np.testing.assert_allclose(metrics.log_loss(two, q), judge.log_loss(two, y_proba=q), rtol=1e-6)
    words = np.array(["ham", "spam"])[two]
    assert metrics.log_loss(words, q) == metrics.log_loss(two, q)
    one = metrics.log_loss([1, 1], [0.9, 0.8], labels=[0, 1])
    np.testing.assert_allclose(one, judge.log_loss([1, 1], y_proba=[0.9, 0.8], labels=[0, 1]))


A, B = [0, 1, 1, 0], [0, 1, 0, 0]
P = np.full((4, 3), 1 / 3)


def each(names, true, predicted, error, **more):
    return [(lambda name=name: getattr(metrics, name)(true, predicted, **more), error) for name in names]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        *each([*CLASSES, *NUMBERS, *SCORES], [0, 1], [0], cr.ShapeError),
        *each([*CLASSES, *NUMBERS, *SCORES], A, None, cr.DtypeError),
        *each([*CLASSES, *NUMBERS], [], [], cr.DataError),
        *each([*CLASSES, *NUMBERS], A, [0, 1, np.nan, 0], cr.DataError),
        *each([*CLASSES, *NUMBERS], [0, np.inf, 1, 0], B, cr.DataError),
        *each([*CLASSES, *NUMBERS], A, B, cr.ShapeError, sample_weight=[1, 2]),
        *each([*CLASSES, *NUMBERS], A, B, cr.DataError, sample_weight=[1, -2, 1, 1]),
        *each(NUMBERS, A, B, cr.DataError, sample_weight=[0] * 4),
        (lambda: metrics.accuracy_score(A, B, sample_weight=[0] * 4), cr.DataError),
        (lambda: metrics.accuracy_score(A, [0.2, 0.9, 0.1, 0.3]), cr.DataError),
        (lambda: metrics.accuracy_score(A, list("abcd")), cr.DataError),
        (lambda: metrics.accuracy_score([[0, 2], [1, 1]], [[0, 1], [1, 1]]), cr.DataError),
        (lambda: metrics.accuracy_score(np.zeros((2, 2, 2)), np.zeros((2, 2, 2))), cr.ShapeError),
        (lambda: metrics.balanced_accuracy_score(np.eye(2), np.eye(2)), cr.ShapeError),
        (lambda: metrics.confusion_matrix(np.eye(2), np.eye(2)), cr.ShapeError),
        (lambda: metrics.confusion_matrix(A, B, normalize="rows"), cr.ArgumentError),
        (lambda: metrics.confusion_matrix(A, B, labels=[7, 8]), cr.DataError),
        (lambda: metrics.confusion_matrix(A, B, labels=[0, 0]), cr.DataError),
        (lambda: metrics.confusion_matrix(A, B, labels=["x"]), cr.DataError),
        (lambda: metrics.f1_score([0, 1, 2], [0, 1, 2]), cr.ArgumentError),
        (lambda: metrics.f1_score(np.eye(2), np.eye(2)), cr.ArgumentError),
        (lambda: metrics.f1_score(["a", "b"], ["a", "b"]), cr.ArgumentError),
        (lambda: metrics.f1_score(A, B, average="samples"), cr.ArgumentError),
        (lambda: metrics.f1_score(A, B, zero_division=0.5), cr.ArgumentError),
        (lambda: metrics.f1_score(A, B, zero_division="warn"), cr.ArgumentError),
        (lambda: metrics.mean_squared_error(np.zeros((2, 2, 2)), np.zeros((2, 2, 2))), cr.ShapeError),
        (lambda: metrics.mean_squared_error(["a"], ["b"]), cr.DtypeError),
        (lambda: metrics.roc_auc_score([1, 1], [0.1, 0.2]), cr.DataError),
        (lambda: metrics.roc_auc_score([0, 1], [0.1, np.nan]), cr.DataError),
        (lambda: metrics.roc_auc_score([0, 1, 2, 0], P), cr.ArgumentError),
        (lambda: metrics.roc_auc_score([0, 1, 2, 0], P * 2, multi_class="ovr"), cr.DataError),
        (lambda: metrics.roc_auc_score([0, 1, 1, 0], P, multi_class="ovr"), cr.ShapeError),
        (lambda: metrics.roc_auc_score([0, 1, 1, 0], P, multi_class="ovr", labels=[0, 1, 2]), cr.DataError),
        (lambda: metrics.roc_auc_score([0, 1, 2], [0.1, 0.2, 0.3]), cr.ShapeError),
        (lambda: metrics.roc_auc_score(A, [0.1, 0.2, 0.3, 0.4], average="micro"), cr.ArgumentError),
        (lambda: metrics.top_k_accuracy_score(A, [0.1, 0.2, 0.3, 0.4]), cr.ShapeError),
        (lambda: metrics.top_k_accuracy_score([0, 1, 2, 0], P, k=0), cr.ArgumentError),
        (lambda: metrics.top_k_accuracy_score([0, 1, 2, 0], P, k=4), cr.ArgumentError),
        (lambda: metrics.top_k_accuracy_score([0, 1, 5, 0], P, labels=[0, 1, 2]), cr.DataError),
        (lambda: metrics.top_k_accuracy_score([0, 1, 2, 0], P, labels=[2, 1, 0]), cr.DataError),
        (lambda: metrics.log_loss([0, 1], [0.5, 1.5]), cr.DataError),
        (lambda: metrics.log_loss([0, 1, 2, 0], P * 0.9), cr.DataError),
        (lambda: metrics.log_loss([1, 1], [0.5, 0.5]), cr.DataError),
        (lambda: metrics.log_loss([0, 1, 1, 0], P), cr.ShapeError),
        (lambda: metrics.log_loss(np.eye(2), np.eye(2)), cr.ShapeError),
    ],
)
def test_what_cannot_be_measured_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    for lang in ("en", "zh"):
        with cr.settings(lang=lang):
            assert all(caught.value.part(part) for part in ("got", "expected", "try"))


@pytest.mark.parametrize("name", [*CLASSES, *NUMBERS])
def test_awkward_arrays_and_tensors(name):
    function, more = getattr(metrics, name), CLASSES.get(name, {})
    plain = function(A, B, **more)
    array = np.repeat(np.array(B, ">i4"), 2)[::2]
    array.flags.writeable = False
    assert function(tuple(A), array, **more) == plain
    assert function(cr.tensor(A), cr.tensor(B), **more) == plain
