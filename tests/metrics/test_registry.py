"""Metrics by name: each name for the outputs it fits, the nearest name for others."""

import inspect

import numpy as np
import pytest

import chainrule as cr
from chainrule import metrics

CLASS_NAMES = ["accuracy", "balanced_accuracy", "precision", "recall", "f1", "top_3_accuracy", "roc_auc", "log_loss"]
NUMBER_NAMES = ["mse", "rmse", "mae", "r2", "median_absolute_error"]


@pytest.mark.parametrize("name", metrics.names())
def test_every_name_gives_a_fresh_metric_of_that_name(name):
    outputs = "numbers" if name in NUMBER_NAMES else "logits"
    first, second = metrics.get(name, outputs), metrics.get(name, outputs)
    assert first.name == name
    assert first is not second
    assert repr(first) == f"{type(first).__name__}({name!r})"


def test_every_metric_class_has_a_name():
    classes = {thing for _, thing in inspect.getmembers(metrics, inspect.isclass)}
    given = {type(metrics.get(name, "numbers" if name in NUMBER_NAMES else "logits")) for name in metrics.names()}
    assert classes - given == {metrics.Metric, metrics.FunctionMetric}


NEAREST = [("acc", "accuracy"), ("F1", "f1"), ("r²", "r2"), ("auc", "roc_auc"), ("maee", "mae")]


@pytest.mark.parametrize(("asked", "near"), NEAREST)
def test_an_unknown_name_meets_the_nearest(asked, near):
    with pytest.raises(cr.ArgumentError) as caught:
        metrics.get(asked)
    assert repr(near) in caught.value.part("try")


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_numbers_say_no_class(name):
    with pytest.raises(cr.ArgumentError):
        metrics.get(name, "numbers")
    with pytest.raises(cr.ArgumentError):
        metrics.get(name, task="numbers")


@pytest.mark.parametrize("name", NUMBER_NAMES)
@pytest.mark.parametrize("outputs", ["logits", "classes"])
def test_logits_are_no_numbers(name, outputs):
    with pytest.raises(cr.ArgumentError):
        metrics.get(name, outputs)
    assert metrics.get(name, "probabilities").name == name


@pytest.mark.parametrize("name", ["roc_auc", "log_loss", "top_3_accuracy"])
def test_class_numbers_are_no_scores(name):
    with pytest.raises(cr.ArgumentError):
        metrics.get(name, "classes")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: metrics.get("accuracy", "sigmoid"), cr.ArgumentError),
        (lambda: metrics.get("accuracy", task="regression"), cr.ArgumentError),
        (lambda: metrics.get("accuracy", threshold=0.0), cr.ArgumentError),
        (lambda: metrics.get("accuracy", threshold=1.5), cr.ArgumentError),
        (lambda: metrics.get("accuracy", threshold="half"), cr.ArgumentError),
        (lambda: metrics.get("accuracy", ignore_index=0.5), cr.ArgumentError),
        (lambda: metrics.get("top_0_accuracy"), cr.ArgumentError),
        (lambda: metrics.get("f1", "classes"), cr.ArgumentError),
        (lambda: metrics.get(3), cr.DtypeError),
        (lambda: metrics.get(None), cr.DtypeError),
        (lambda: metrics.F1(average="samples"), cr.ArgumentError),
        (lambda: metrics.F1(zero_division=0.5), cr.ArgumentError),
        (lambda: metrics.TopKAccuracy(0), cr.ArgumentError),
        (lambda: metrics.FunctionMetric("accuracy"), cr.DtypeError),
        (lambda: metrics.get_all(["accuracy", "f1", "accuracy"]), cr.ArgumentError),
        (lambda: metrics.get_all(["accuracy", "nosuch"]), cr.ArgumentError),
    ],
)
def test_what_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))


def test_more_classes_than_k():
    metric = metrics.TopKAccuracy(5)
    with pytest.raises(cr.ShapeError):
        metric.update(np.zeros((2, 3)), [0, 1])


def test_binary_average_of_several_classes():
    metric = metrics.F1(average="binary")
    metric.update(np.eye(3), [0, 1, 2])
    with pytest.raises(cr.ArgumentError):
        metric.result()
    two = metrics.F1(average="binary")
    two.update(np.eye(2), [0, 1])
    assert two.result() == 1.0


def test_several_at_once():
    largest = metrics.FunctionMetric(lambda y, p: abs(y - p).max(), "max")
    found = metrics.get_all(["mae", metrics.R2(), largest], "numbers")
    assert list(found) == ["mae", "r2", "max"]
    assert found["max"] is largest
