"""Awkward data: for every case the verdict, handled or refused in one message, the same on both engines."""

import copy
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")
pytest.importorskip("pandas")

import pandas as pd
from scipy import sparse

from chainrule.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(2)
X = RNG.normal(size=(24, 3))
Y = (X[:, 0] > 0).astype(int)


def _with(place, value):
    made = X.copy()
    made[place] = value
    return made


def _reversed():
    return X[::-1]


def _read_only():
    made = X.copy()
    made.flags.writeable = False
    return made


def _frame(**columns):
    return pd.DataFrame(X, columns=list("abc")).assign(**columns)


HANDLED = None
WORDS = {  # case: (X, y, None for handled or the words that refuse it)
    "infinity": (_with((3, 1), np.inf), Y, "infinity"),
    "gap": (_with((3, 1), np.nan), Y, "NaN"),
    "column of gaps": (_with((slice(None), 1), np.nan), Y, "NaN"),
    "largest numbers": (_with((slice(None), 0), 1e308), Y, "non-finite parameter weights"),
    "denormals": (_with((slice(None), 0), 5e-324), Y, HANDLED),
    "no rows": (X[:0], Y[:0], "0 sample"),
    "no columns": (X[:, :0], Y, "0 feature"),
    "one row": (X[:1], Y[:1], HANDLED),
    "one class": (X, np.ones(24, int), HANDLED),
    "constant column": (_with((slice(None), 0), 7.0), Y, HANDLED),
    "the same column twice": (np.hstack([X, X]), Y, HANDLED),
    "words among numbers": (np.array([["a", 1.0, 2.0]] * 24, dtype=object), Y, "could not convert string"),
    "truth values": (X > 0, Y, HANDLED),
    "numbers as objects": (X.astype(object), Y, HANDLED),
    "frame": (_frame(), Y, HANDLED),
    "categories": (_frame(b=pd.Categorical(["u", "v"] * 12)), Y, "could not convert string"),
    "dates": (_frame(b=pd.date_range("2020-01-01", periods=24)), Y, "dtype"),
    "nullable numbers": (_frame(b=pd.array(range(24), dtype="Int64")), Y, HANDLED),
    "nullable numbers with a gap": (_frame(b=pd.array([None, *range(23)], dtype="Int64")), Y, "NaN"),
    "huge whole numbers": (np.full((24, 3), 2**60), Y, HANDLED),
    "int8": ((X * 40).astype(np.int8), Y, HANDLED),
    "complex": (X + 1j, Y, "Complex"),
    "sparse": (sparse.csr_matrix(X), Y, HANDLED),
    "sparse, of columns": (sparse.csc_array(X), Y, HANDLED),
    "sparse with a gap": (sparse.csr_matrix(_with((3, 1), np.nan)), Y, "NaN"),
    "every second row": (X[::2], Y[::2], HANDLED),
    "backwards": (_reversed(), Y, HANDLED),
    "read-only": (_read_only(), Y, HANDLED),
    "columns first": (np.asfortranarray(X), Y, HANDLED),
    "other byte order": (X.astype(">f8"), Y, HANDLED),
    "float16": (X.astype(np.float16), Y, HANDLED),
    "float32": (X.astype(np.float32), Y, HANDLED),
    "masked": (np.ma.masked_greater(X, 1.0), Y, "masked"),
    "nothing masked": (np.ma.masked_array(X), Y, HANDLED),
    "lists": (X.tolist(), Y.tolist(), HANDLED),
    "one axis": (X[:, 0], Y, "1D array"),
    "three axes": (X.reshape(24, 3, 1), Y, "dim 3"),
    "rows that differ": (X, Y[:-1], "inconsistent numbers of samples"),
    "no targets": (X, None, "y"),
    "a gap in the targets": (X, np.where(Y > 0, np.nan, 0.0), "NaN"),
    "infinite targets": (X, np.where(Y > 0, np.inf, 0.0), "infinity"),
    "complex targets": (X, Y + 1j, "(?i)complex|label type"),
    "masked targets": (X, np.ma.masked_equal(Y, 1), "masked"),
    "nullable targets": (X, pd.Series(pd.array(Y, dtype="Int64")), HANDLED),
}


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("case", WORDS)
def test_verdict(case, kind, engine):
    rows, targets, words = WORDS[case]
    before = copy.deepcopy((rows, targets))
    model = kind(hidden_layer_sizes=(4,), max_iter=3, random_state=0, engine=engine)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning)  # 1e308 squared
        if words is HANDLED:
            found = model.fit(rows, targets).predict(rows)
            assert found.shape == (np.shape(targets)[0],)
            assert model.coefs_[0].dtype == (np.float32 if case == "float32" else np.float64)
            assert np.isfinite(found.astype(float)).all()
        else:
            with pytest.raises((ValueError, TypeError), match=words):
                model.fit(rows, targets)
    assert _same(rows, before[0])
    assert _same(targets, before[1])


def _same(now, was):
    if isinstance(now, sparse.sparray | sparse.spmatrix):
        return _same(now.toarray(), was.toarray())
    if hasattr(now, "equals"):
        return now.equals(was)
    return np.array_equal(now, was, equal_nan=isinstance(now, np.ndarray) and now.dtype.kind in "fc")


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_columns_are_those_of_the_fit(kind):
    frame = _frame()
    model = kind(hidden_layer_sizes=(4,), max_iter=3, random_state=0, engine="numpy").fit(frame, Y)
    with pytest.raises(ValueError, match="same order"):
        model.predict(frame[["b", "a", "c"]])
    with pytest.raises(ValueError, match="missing"):
        model.predict(frame[["a", "b"]])
    with pytest.warns(UserWarning, match="valid feature names"):
        model.predict(X)


def test_gaps_in_prediction_are_refused_as_fast_as_numbers_are_answered():
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0).fit(X, Y)
    for value, words in ((np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")):
        with pytest.raises(ValueError, match=words):
            model.predict(_with((0, 0), value)[:1])
    assert model.predict(np.full((1, 3), 1e308)).shape == (1,)  # its sum is infinite, and it is not
