"""What a user hands over as X and y, looked at by scikit-learn's own gate, as the arrays that a network takes."""

from typing import Any

import numpy as np
from sklearn.utils.validation import _check_y, check_array, check_consistent_length, validate_data

from chainrule.errors import DataError
from chainrule.sklearn.columns import Columns
from chainrule.sklearn.rows import dense_rows

FLOATS = (np.float64, np.float32)
SPARSE = ["csr", "csc"]


def rows_and_targets(model: Any, X: Any, y: Any, *, reset: bool, numbers: bool) -> tuple[Any, Any]:
    """Inputs and targets of a fit.

    Args:
        model: the estimator, which remembers the columns where `reset` says so.
        X: (n, d).
        y: (n,) or (n, K).
        reset: whether these columns are the ones to remember.
        numbers: whether targets must be numbers.

    Returns:
        Inputs as in `Rows`, and y as it is, dense.
    """
    for name, value in (("X", X), ("y", y)):
        _refuse_masked(value, model._arg(name))
    if model.categorical_features is None:
        X, y = validate_data(
            model, X, y, accept_sparse=SPARSE, multi_output=True, y_numeric=numbers, dtype=FLOATS, reset=reset
        )
        inputs: Any = dense_rows(X)
    else:
        y = _check_y(y, multi_output=True, y_numeric=numbers, estimator=model)
        inputs = _parts(model, X, reset=reset)
        check_consistent_length(inputs if isinstance(inputs, np.ndarray) else inputs[0], y)
    return inputs, y.toarray() if hasattr(y, "toarray") else y


def rows_alone(model: Any, X: Any) -> Any:
    """Inputs of a prediction, as in `Rows`; a sparse matrix stays one."""
    _refuse_masked(X, f"{type(model).__name__}.predict, X")
    if model.categorical_features is not None:
        return _parts(model, X, reset=False)
    X = validate_data(model, X, accept_sparse=SPARSE, dtype=FLOATS, reset=False)
    return X.tocsr() if hasattr(X, "toarray") else X


def _refuse_masked(value: Any, where: str) -> None:
    """Refuse masked numbers, whose mask scikit-learn's gate would take away.

    Raises:
        DataError: for these.
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DataError("data.masked", where, count=int(np.ma.getmaskarray(value).sum()))


def _parts(model: Any, X: Any, *, reset: bool) -> Any:
    """Numbers (n, d) and categories (n, columns); categories alone where there is nothing else."""
    if not hasattr(X, "iloc"):
        X = check_array(X, dtype=None, ensure_all_finite=False, estimator=model)
    validate_data(model, X, skip_check_array=True, reset=reset)
    if reset:
        model._columns = Columns(model.categorical_features, X, model._arg("categorical_features"))
    columns: Columns = model._columns
    if not columns.places:
        return check_array(X, dtype=FLOATS, order="C", estimator=model)
    codes = columns.codes(X)
    if not columns.others:
        return codes
    return check_array(columns.numbers(X), dtype=FLOATS, order="C", estimator=model), codes
