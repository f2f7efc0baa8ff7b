"""Options against kinds of labels: every pair of values meets in some row, and each row is right or clearly refused."""

import itertools

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from chainrule.errors import ArgumentError
from chainrule.sklearn import MLPClassifier, MLPRegressor

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*batch_size:UserWarning"),
]

OPTIONS = {
    "labels": ("int", "bool", "string", "object", "multilabel", "multioutput"),
    "solver": ("adam", "sgd", "lbfgs"),
    "early_stopping": (False, True),
    "how": ("fit", "warm", "partial"),
    "class_weight": (None, "balanced"),
    "weights": (None, "whole", "fraction"),
    "batch_size": ("auto", 7),
}
QUICK = 36

RNG = np.random.default_rng(1)
X = RNG.normal(size=(60, 4))
CLASS = (X[:, 0] + X[:, 1] > 0).astype(int)
LABELS = {
    "int": np.digitize(X[:, 0], [-0.6, 0.6]) * 10 - 3,
    "bool": CLASS.astype(bool),
    "string": np.array(["no", "yes"])[CLASS],
    "object": np.array(["left", "middle", "right"], dtype=object)[np.digitize(X[:, 0], [-0.6, 0.6])],
    "multilabel": (X[:, :3] > 0).astype(int),
    "multioutput": X @ RNG.normal(size=(4, 2)),
}
WEIGHTS = {None: None, "whole": RNG.integers(0, 4, 60), "fraction": RNG.random(60) + 0.1}


def _rows(count):
    """Rows that hold every pair of values, then more of them, up to `count`."""
    names = list(OPTIONS)
    everything = list(itertools.product(*OPTIONS.values()))
    order = np.random.default_rng(0).permutation(len(everything))
    missing = {
        ((one, a), (two, b))
        for one, two in itertools.combinations(names, 2)
        for a in OPTIONS[one]
        for b in OPTIONS[two]
    }
    rest = [everything[place] for place in order]
    chosen = []
    while missing:
        best = max(rest, key=lambda row: len(missing & _pairs(names, row)))
        missing -= _pairs(names, best)
        rest.remove(best)
        chosen.append(best)
    return [dict(zip(names, row, strict=True)) for row in [*chosen, *rest[: max(0, count - len(chosen))]]]


def _pairs(names, row):
    return set(itertools.combinations(zip(names, row, strict=True), 2))


def _model(row):
    rate = 0.1 if row["solver"] != "sgd" else 0.005 if row["labels"] == "multioutput" else 0.1
    kind, more = MLPClassifier, {"class_weight": row["class_weight"]}
    if row["labels"] == "multioutput":
        kind, more = MLPRegressor, {}
    return kind(
        hidden_layer_sizes=(8,), solver=row["solver"], early_stopping=row["early_stopping"],
        batch_size=row["batch_size"], warm_start=row["how"] == "warm", learning_rate_init=rate, max_iter=25,
        random_state=0, validation_fraction=0.2, n_iter_no_change=25, **more,
    )


def _fit(model, row, X, y, weights):
    if row["how"] != "partial":
        for _ in range(2 if row["how"] == "warm" else 1):
            model.fit(X, y, weights)
        return model
    known = {} if row["labels"] == "multioutput" else {"classes": np.arange(3) if y.ndim > 1 else np.unique(y)}
    for _ in range(25):
        model.partial_fit(X, y, weights, **known)
        known = {}
    return model


def _refused(row):
    """The key of the error that is right for a row; None where none is."""
    if row["class_weight"] is not None and row["labels"] == "multilabel":
        return "sklearn.class_weight_labels" if not (row["how"] == "partial" and row["early_stopping"]) else (
            "sklearn.partial_stopping"
        )
    return "sklearn.partial_stopping" if row["how"] == "partial" and row["early_stopping"] else None


def _judge(row):
    model, y, weights = _model(row), LABELS[row["labels"]], WEIGHTS[row["weights"]]
    if row["how"] == "partial" and row["solver"] == "lbfgs":
        assert not hasattr(model, "partial_fit")
        return
    key = _refused(row)
    if key is not None:
        with pytest.raises(ArgumentError) as caught:
            _fit(model, row, X, y, weights)
        assert caught.value.key == key
        return
    _fit(model, row, X, y, weights)
    found = model.predict(X)
    assert found.shape == y.shape
    if row["labels"] != "multioutput":
        assert found.dtype.kind == {"O": "U"}.get(y.dtype.kind, y.dtype.kind)  # as scikit-learn names classes
        p = model.predict_proba(X)
        assert p.shape == (60, len(model.classes_))
        assert ((p >= 0) & (p <= 1)).all()
        if row["labels"] != "multilabel":
            assert set(found) <= set(y)
            np.testing.assert_allclose(p.sum(axis=1), 1)
    assert model.score(X, y, weights) > (0.3 if found.ndim > 1 else 0.7)
    if row["weights"] == "whole":
        twin = _fit(_model(row), row, X.repeat(weights, axis=0), y.repeat(weights, axis=0), None)
        for one, two in zip(model.coefs_, twin.coefs_, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-8)


ROWS = _rows(10_000)


@pytest.mark.parametrize("row", ROWS[:QUICK], ids=lambda row: "-".join(map(str, row.values())))
def test_right_or_refused(row):
    _judge(row)


@pytest.mark.night
@pytest.mark.parametrize("row", ROWS[QUICK:], ids=lambda row: "-".join(map(str, row.values())))
def test_all_the_others(row):
    _judge(row)


def test_every_pair_is_among_the_quick_ones():
    seen = set().union(*(_pairs(list(row), list(row.values())) for row in ROWS[:QUICK]))
    assert len(seen) == sum(
        len(one) * len(two) for one, two in itertools.combinations(OPTIONS.values(), 2)
    )
