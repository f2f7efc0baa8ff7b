"""scikit-learn's histogram gradient boosting, with its defaults, on the rows that the network learnt from."""

import importlib.util
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables.answers import Answers
from chainrule.tables.columns import Column
from chainrule.tables.parts import Mixed, Parts
from chainrule.tables.typed import Typed

WORDS = 250  # of a category, as many as it takes; more are given to it as numbers


def installed() -> bool:
    """Whether scikit-learn is there."""
    return importlib.util.find_spec("sklearn") is not None


def boosted(parts: Parts, seed: int = 0) -> Answers:
    """Its answers for the rows to judge by: words as categories, gaps as they are.

    Args:
        parts: rows.
        seed: of what it keeps for its own early stopping.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    known, judging, words = _inputs(parts)
    numbers = parts.task == "numbers"
    kind = HistGradientBoostingRegressor if numbers else HistGradientBoostingClassifier
    model: Any = kind(random_state=seed % 2**32, categorical_features=words or None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(known, parts.known if numbers else parts.known.astype(np.int64))
        if numbers:
            return np.asarray(model.predict(judging), np.float64)[:, None]
        shares = np.zeros((len(judging), parts.classes))
        shares[:, model.classes_] = model.predict_proba(judging)
    return shares


def _inputs(parts: Parts) -> tuple[NDArray[np.float64], NDArray[np.float64], list[int]]:
    """Known rows, rows to judge by, and which columns are words."""
    mixed = parts.mixed
    if mixed is None:
        known, judging = parts.plain
        return known.X.astype(np.float64), judging.astype(np.float64), []
    pairs = [_column(mixed, place, column) for place, column in enumerate(mixed.columns)]
    few = [column.kind == "category" and len(column.words) < WORDS for column in mixed.columns]
    words = [place for place, chosen in enumerate(few) if chosen]
    return np.stack([one for one, _ in pairs], axis=1), np.stack([two for _, two in pairs], axis=1), words


def _column(mixed: Mixed, place: int, column: Column) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    def of(rows: Typed) -> NDArray[np.float64]:
        values = rows.columns[place].astype(np.float64)
        return np.where(values < 0, np.nan, values) if column.kind == "category" else values

    return of(mixed.known), of(mixed.judging)
