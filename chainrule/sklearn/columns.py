"""Columns of categories: their values as numbers, and a network that looks these up."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np

from chainrule.data.arrays import Array, Ints
from chainrule.errors import ArgumentError
from chainrule.nn.containers import ModuleList
from chainrule.nn.embedding import Embedding
from chainrule.nn.mlp import MLP
from chainrule.nn.module import Module
from chainrule.tensors.joining import cat
from chainrule.tensors.tensor import Tensor

WIDEST = 16  # numbers that one category is learnt as, at most
MISSING = "missing"  # the key of None and NaN, which are one category; no value is, for values are keys as pairs


class Columns:
    """Which columns hold categories, and which values these had where they were learnt.

    A value is numbered from 1 on; 0 is for what was never seen, and is learnt as nothing: a vector of zeros.

    Args:
        asked: numbers or names of columns, a mask, or `"from_dtype"` for those of a frame that hold no numbers.
        X: the rows that are learnt from, a frame or an array.
        where: for errors.

    Attributes:
        places: numbers of the columns with categories.
        others: numbers of the columns with numbers.
        sizes: how many numbers each category column is learnt as.

    Raises:
        ArgumentError: for columns that there are not.
    """

    def __init__(self, asked: Any, X: Any, where: str) -> None:
        self.places = _places(asked, X, where)
        self.others = [place for place in range(np.shape(X)[1]) if place not in self.places]
        self.values: list[dict[Any, int]] = []
        for place in self.places:
            seen = dict.fromkeys(_keys(_column(X, place)))
            self.values.append({key: number for number, key in enumerate(sorted(seen, key=repr), start=1)})
        self.sizes = [min(WIDEST, 1 + round(len(values) ** 0.5)) for values in self.values]

    def codes(self, X: Any) -> Ints:
        """(n, columns) the numbers of the categories."""
        found = [
            [values.get(key, 0) for key in _keys(_column(X, place))]
            for place, values in zip(self.places, self.values, strict=True)
        ]
        return np.ascontiguousarray(np.array(found, dtype=np.int64).T)

    def numbers(self, X: Any) -> Any:
        """The other columns, as they are."""
        return X.iloc[:, self.others] if hasattr(X, "iloc") else X[:, self.others]


class Looked(Module):
    """A perceptron whose first layer sees numbers, and a learnt vector for each category.

    Args:
        columns: whose categories are looked up.
        net: sees the numbers first, then the vectors in the order of the columns.
    """

    def __init__(self, columns: Columns, net: MLP) -> None:
        super().__init__()
        pairs = zip(columns.values, columns.sizes, strict=True)
        self.tables = ModuleList([Embedding(len(values) + 1, size, padding_idx=0) for values, size in pairs])
        self.net = net
        self.sizes = net.sizes

    def forward(self, *inputs: Tensor) -> Tensor:
        """Outputs for numbers (N, d), if there are any, and category numbers (N, columns)."""
        *numbers, codes = inputs
        vectors = [table(codes[:, place]) for place, table in enumerate(self.tables)]
        found: Tensor = self.net(cat([*numbers, *vectors], 1))
        return found


def _places(asked: Any, X: Any, where: str) -> list[int]:
    count = np.shape(X)[1]
    names = list(getattr(X, "columns", ()))
    if isinstance(asked, str) and asked == "from_dtype" and hasattr(X, "dtypes"):
        return [place for place, dtype in enumerate(X.dtypes) if getattr(dtype, "kind", "O") not in "iufb"]
    if isinstance(asked, str) or not isinstance(asked, Sequence | np.ndarray):
        raise ArgumentError("sklearn.columns", where, got=repr(asked), known=names or f"0 … {count - 1}")
    given = list(asked)
    if len(given) == count and all(isinstance(part, bool | np.bool_) for part in given):
        return [place for place, chosen in enumerate(given) if chosen]
    found = []
    for part in given:
        whole = isinstance(part, int | np.integer) and not isinstance(part, bool)
        if part in names:
            found.append(names.index(part))
        elif whole and -count <= part < count:
            found.append(int(part) % count)
        else:
            raise ArgumentError("sklearn.columns", where, got=repr(part), known=names or f"0 … {count - 1}")
    return sorted(set(found))


def _column(X: Any, place: int) -> Array:
    return np.asarray(X.iloc[:, place] if hasattr(X, "iloc") else X[:, place], dtype=object)


def _keys(column: Array) -> list[Any]:
    """What tells values apart: 1, 1.0 and True are one number, "1" is a word."""
    return [MISSING if _is_missing(value) else (isinstance(value, str), value) for value in column.tolist()]


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and isnan(value)
