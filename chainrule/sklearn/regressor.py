"""`MLPRegressor`: scikit-learn's, and what it never had."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d, validate_data

from chainrule.data.arrays import Array
from chainrule.errors import DataError
from chainrule.sklearn import losses
from chainrule.sklearn.estimator import Perceptron, goes_by_batches, store
from chainrule.sklearn.rows import Rows

SCORED = ("squared_error", "poisson")  # losses that R² goes with


class MLPRegressor(RegressorMixin, Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """TODO."""

    def __init__(
        self, loss: Any = "squared_error", hidden_layer_sizes: Any = (100,), activation: Any = "relu", *,
        solver: str = "adam", alpha: float = 0.0001, batch_size: Any = "auto", learning_rate: str = "constant",
        learning_rate_init: float = 0.001, power_t: float = 0.5, max_iter: int = 200, shuffle: bool = True,
        random_state: Any = None, tol: float = 1e-4, verbose: Any = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True, early_stopping: bool = False,
        validation_fraction: float = 0.1, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        n_iter_no_change: Any = 10, max_fun: int = 15000, quantile: Any = 0.5, dropout: float = 0.0,
        batch_norm: bool = False, layer_norm: bool = False, residual: bool = False, weight_decay: float = 0.0,
        clip_norm: float | None = None, schedule: Any = None, callbacks: Any = None, engine: str = "auto",
    ) -> None:
        store(self, locals())

    def predict(self, X: Any) -> Array:
        """What the network expects for the rows of `X` (n, d).

        Returns:
            (n,), or (n, K) for several targets; of several quantiles the middle one.
        """
        return self._flat(self._heads(self._outputs(X))[:, self._middle()])

    def predict_quantiles(self, X: Any) -> Array:
        """All quantiles that were asked for, for the rows of `X` (n, d), none above the next.

        Returns:
            (n, Q), or (n, Q, K) for several targets.
        """
        heads = np.sort(self._heads(self._outputs(X)), axis=1)
        return heads[:, :, 0] if heads.shape[2] == 1 else heads

    @available_if(goes_by_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One epoch over the rows of `X` (n, d) with targets `y` and their `sample_weight`, from where it stood."""
        return self._learn(X, y, sample_weight, None, incremental=True)

    def _quantiles(self) -> list[float]:
        return [float(q) for q in np.atleast_1d(self.quantile)]

    def _middle(self) -> int:
        quantiles = self._quantiles() if self.loss == "quantile" else [0.5]
        return int(np.argmin(np.abs(np.array(quantiles) - 0.5)))

    def _heads(self, outputs: Array) -> Array:
        """(n, Q, K) from (n, Q K), in the unit of the targets."""
        if self.out_activation_ == "exp":
            outputs = np.exp(outputs)
        heads = len(self._quantiles()) if self.loss == "quantile" else 1
        return outputs.reshape(len(outputs), heads, -1)

    def _flat(self, values: Array) -> Array:
        return values[:, 0] if values.shape[1] == 1 else values

    def _validated(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=True,
            dtype=(np.float64, np.float32), reset=reset,
        )
        y = y.toarray() if hasattr(y, "toarray") else y
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _targets(self, y: Any, dtype: np.dtype[Any], goes_on: bool) -> Array:
        if self.loss == "poisson" and (y < 0).any():
            raise DataError("sklearn.negative_targets", self._arg("y"), least=y.min())
        self.out_activation_ = "exp" if self.loss == "poisson" else "identity"
        return np.ascontiguousarray(y, dtype=dtype).reshape(len(y), -1)

    def _width(self, targets: Array) -> int:
        return int(targets.shape[1]) * (len(self._quantiles()) if self.loss == "quantile" else 1)

    def _loss(self) -> Any:
        return losses.of_numbers(self.loss, self._quantiles())

    def _strata(self, targets: Array) -> Array | None:
        return None

    def _weighted(self, rows: Rows) -> Rows:
        return rows

    def _score_of(self, outputs: Array, held: Rows, loss: float) -> float:
        if self.loss not in SCORED:
            return -loss
        found = self._heads(outputs)[:, 0]
        return float(r2_score(held.targets, found, sample_weight=held.weights)) if np.isfinite(found).all() else np.nan
