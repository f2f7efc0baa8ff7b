"""Bringing columns to one size: `Standardizer` (mean 0, deviation 1) and `MinMax` (from 0 to 1).

What is learnt from the rows to train on is applied to all others, so that nothing of them leaks into training.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Floats, all_finite, features
from chainrule.errors import DataError, ShapeError, StateError

TINY = float(np.finfo(np.float64).tiny)


class Scaler(ABC):
    """x' = (x - center) / scale for each column, with center and scale learnt by `fit`.

    Attributes:
        center: (features...) float64, what is taken away; `None` before `fit`.
        scale: (features...) float64, what is divided by, never 0; `None` before `fit`.
    """

    center: NDArray[np.float64] | None = None
    scale: NDArray[np.float64] | None = None

    def fit(self, X: object) -> Self:
        """Learn center and scale of each column.

        Args:
            X: (n, ...) rows of finite numbers.

        Returns:
            The scaler itself.

        Raises:
            DataError: for no rows, NaN or infinity.
            ShapeError: for fewer than two axes.
        """
        rows = features(X, f"{type(self).__name__}.fit, argument X").astype(np.float64)
        center, scale = self._learn(rows)
        constant = (rows == rows[0]).all(axis=0)
        rounding = scale <= 4 * np.finfo(np.float64).eps * np.abs(center)
        self.center = np.where(constant, rows[0], center)
        self.scale = np.where(constant | rounding | (scale < TINY), 1.0, scale)
        return self

    def transform(self, X: object) -> Floats:
        """Scale rows by what was learnt.

        Args:
            X: (n, ...) rows with the columns of `fit`.

        Returns:
            A new array of the same shape; float32 where X was float32, otherwise float64.

        Raises:
            StateError: before `fit`.
            ShapeError: for other columns.
        """
        rows, center, scale = self._ready(X, "transform")
        return ((rows - center) / scale).astype(rows.dtype)

    def inverse(self, X: object) -> Floats:
        """Take rows back to their own units: the inverse of `transform`.

        Args:
            X: (n, ...) scaled rows.

        Returns:
            A new array of the same shape and type.

        Raises:
            StateError: before `fit`.
            ShapeError: for other columns.
        """
        rows, center, scale = self._ready(X, "inverse")
        return (rows * scale + center).astype(rows.dtype)

    def fit_transform(self, X: object) -> Floats:
        """`fit(X)`, then `transform(X)`."""
        return self.fit(X).transform(X)

    def to_dict(self) -> dict[str, list[Any]]:
        """What was learnt, as lists of numbers for a JSON file.

        Raises:
            StateError: before `fit`.
        """
        if self.center is None or self.scale is None:
            raise StateError("data.not_fitted", f"{type(self).__name__}.to_dict", name=type(self).__name__)
        return {"center": self.center.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_dict(cls, state: Mapping[str, object]) -> Self:
        """The scaler that `to_dict` told of.

        Args:
            state: `{"center": [...], "scale": [...]}`.

        Raises:
            DataError: for missing, unequal, non-finite numbers or a scale that is not above 0.
        """
        where = f"{cls.__name__}.from_dict, argument state"
        if not isinstance(state, Mapping) or set(state) != {"center", "scale"}:
            got = sorted(map(str, state)) if isinstance(state, Mapping) else type(state).__name__
            raise DataError("data.scaler_state", where, got=got)
        try:
            center, scale = (np.array(state[name], np.float64) for name in ("center", "scale"))
        except (TypeError, ValueError):
            raise DataError("data.scaler_state", where, got=str(dict(state))[:80]) from None
        fits = center.shape == scale.shape and center.ndim > 0
        if not fits or not np.isfinite([center, scale]).all() or (scale <= 0).any():
            raise DataError("data.scaler_state", where, got=str(dict(state))[:80])
        scaler = cls()
        scaler.center, scaler.scale = center, scale
        return scaler

    @abstractmethod
    def _learn(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Center and scale of each column of (n, ...) finite rows."""

    def _ready(self, X: object, method: str) -> tuple[Floats, NDArray[np.float64], NDArray[np.float64]]:
        name = type(self).__name__
        if self.center is None or self.scale is None:
            raise StateError("data.not_fitted", f"{name}.{method}", name=name)
        rows = features(X, f"{name}.{method}, argument X", finite=False)
        if rows.shape[1:] != self.center.shape:
            where = f"{name}.{method}, argument X"
            raise ShapeError("data.columns_differ", where, got=rows.shape[1:], expected=self.center.shape)
        all_finite(rows, f"{name}.{method}, argument X")
        return rows, self.center, self.scale


class Standardizer(Scaler):
    """x' = (x - mean) / standard deviation, column by column; a constant column becomes 0.

    The deviation divides by n. Sums are taken in float64 whatever the type of the rows.

    Example:
        >>> import chainrule.data
        >>> scaler = chainrule.data.Standardizer().fit([[1.0, 5.0], [3.0, 5.0]])
        >>> scaler.transform([[1.0, 5.0], [3.0, 5.0]]).tolist()
        [[-1.0, 0.0], [1.0, 0.0]]
        >>> scaler.to_dict()
        {'center': [2.0, 5.0], 'scale': [1.0, 1.0]}
    """

    def _learn(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        peak = np.abs(rows).max(axis=0)  # so that neither sum nor squares leave the range of float64
        peak = np.where(peak == 0, 1.0, peak)
        mean = (rows / peak).mean(axis=0)
        deviation = np.sqrt(((rows / peak - mean) ** 2).mean(axis=0))
        return mean * peak, deviation * peak


class MinMax(Scaler):
    """x' = (x - min) / (max - min), column by column; a constant column becomes 0.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.MinMax().fit_transform([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]]).tolist()
        [[0.0, 0.0], [1.0, 0.0], [0.5, 0.0]]
    """

    def _learn(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        low, high = rows.min(axis=0), rows.max(axis=0)
        return low, high / 2 - low / 2 + (high / 2 - low / 2)
