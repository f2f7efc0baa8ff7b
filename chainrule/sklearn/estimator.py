"""What classifier and regressor have in common: a fit, outputs, and weights that a user can see and set."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from chainrule.data.arrays import Array
from chainrule.errors import ArgumentError, DataError
from chainrule.sklearn import fitting, gates, networks, weighing
from chainrule.sklearn.answering import answers
from chainrule.sklearn.parameters import check
from chainrule.sklearn.rows import Rows, dense_rows
from chainrule.train.trainer import Trainer

AT_ONCE = 1 << 22  # numbers of a sparse matrix that are written out at once
STOCHASTIC = ("adam", "sgd")


def goes_by_batches(model: Any) -> bool:
    """Whether there is a `partial_fit`: L-BFGS, which wants all rows at once, has none."""
    return model.solver in STOCHASTIC


class Perceptron(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A multi-layer perceptron that behaves as scikit-learn's, trained by `Trainer`.

    Attributes:
        network_: the `nn.MLP` that was trained.
        history_: the `History` of the latest fit.
    """

    network_: Any
    coefs_: list[Array]
    intercepts_: list[Array]
    n_outputs_: int
    n_features_in_: int
    _trainer: Trainer
    _others: list[Any]
    _mirror: tuple[list[Array], list[Array]]

    # --- what a kind of estimator adds --------------------------------------------------------------------------

    @abstractmethod
    def _validated(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        """X and y, looked at by scikit-learn's own gate."""

    @abstractmethod
    def _targets(self, y: Any, dtype: np.dtype[Any], *, known: bool, whole: bool = True) -> Array:
        """What the network learns, from what the user calls it; whether classes are `known`, and here all of them."""

    @abstractmethod
    def _width(self, targets: Array) -> int:
        """How many outputs the network needs."""

    @abstractmethod
    def _loss(self) -> Any:
        """What is descended, without the penalty of the weights."""

    @abstractmethod
    def _strata(self, targets: Array) -> Array | None:
        """(n,) or (n, 1) what each part of a split must have some of; None where any rows will do."""

    @abstractmethod
    def _weighted(self, rows: Rows) -> Rows:
        """The rows with the weights of their classes."""

    @abstractmethod
    def _calibrated(self, held: Rows | None, rows: Rows) -> None:
        """Learn how sure to be, from rows that were held back and those that were learnt from."""

    @abstractmethod
    def _score_of(self, outputs: Array, held: Rows, loss: float) -> float:
        """How good outputs are for the rows that are held back, with this loss: larger is better."""

    # --- fit ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None) -> Self:
        """Learn from rows.

        Args:
            X: (n, d) numbers: array, frame, or sparse matrix; of category columns whatever names them.
            y: (n,) or (n, K) targets.
            sample_weight: (n,) weights of 0 or more: a weight of k counts as the row k times.
            validation_data: (X, y) or (X, y, sample_weight) to judge by after every epoch, in place of a share of the
                rows; `early_stopping` then goes by it.

        Returns:
            The estimator itself.
        """
        return self._learn(X, y, sample_weight, validation_data, incremental=False)

    def _learn(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, *, incremental: bool) -> Self:
        check(self)
        for name in ("early_stopping", "calibrate") if incremental else ():
            if getattr(self, name):
                raise ArgumentError("sklearn.partial_stopping", self._arg(name), name=name)
        goes_on = hasattr(self, "coefs_") and bool(self.warm_start or incremental)
        X, y = self._validated(X, y, reset=not goes_on)
        dtype = np.dtype(np.float32 if getattr(X, "dtype", X[0].dtype) == np.float32 else np.float64)
        if goes_on and hasattr(self, "_trainer"):
            dtype = self._trainer.dtype
        rows = self._rows(X, self._targets(y, dtype, known=goes_on or incremental), sample_weight, "sample_weight")
        fitting.fit(self, rows, self._held_apart(validation_data, dtype), goes_on=goes_on, incremental=incremental)
        self._share()
        return self

    def _held_apart(self, validation_data: Any, dtype: np.dtype[Any]) -> Rows | None:
        """The rows of the user's own validation set."""
        if validation_data is None:
            return None
        if self.solver not in STOCHASTIC and not self.calibrate:
            raise ArgumentError("sklearn.held_unused", self._arg("validation_data"))
        if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
            raise ArgumentError("sklearn.held_parts", self._arg("validation_data"), got=type(validation_data).__name__)
        X, y, *weights = validation_data
        X, y = self._validated(X, y, reset=False)
        targets = self._targets(y, dtype, known=True, whole=False)
        return self._rows(X, targets, weights[0] if weights else None, "validation_data")

    def _rows(self, X: Any, targets: Array, sample_weight: Any, name: str) -> Rows:
        rows = Rows(X, targets)
        return Rows(X, targets, weighing.checked(sample_weight, rows.parts[0], self._arg(name)))

    def _arg(self, name: str) -> str:
        return f"{type(self).__name__}, argument {name}"

    # --- what the network says ----------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> Array:
        """(members, n, outputs) what the last layer of each network gives, before its activation."""
        if type(X) is np.ndarray and self._ready(X):
            return answers(self._trainer, X)[None]
        check_is_fitted(self)
        for member in (self, *self._others):
            member._adopt()
        X = gates.rows_alone(self, X)
        if not hasattr(X, "toarray"):
            return self._answers(X)
        step = max(1, AT_ONCE // max(1, X.shape[1]))
        parts = [self._answers(dense_rows(X[at : at + step])) for at in range(0, X.shape[0], step)]
        return np.concatenate(parts, axis=1)

    def _answers(self, inputs: Any) -> Array:
        """(members, n, outputs) for rows that have been looked at."""
        return np.stack([answers(member._trainer, inputs) for member in (self, *self._others)])

    def _ready(self, X: Array) -> bool:
        """Whether an array can go to the network as it is: then scikit-learn's gate, far slower than it, has no say."""
        given = vars(self)
        return (
            "_trainer" in given and "feature_names_in_" not in given and not self._others
            and self.categorical_features is None and X.ndim == 2
            and X.shape[1] == self.n_features_in_ and X.dtype == self.coefs_[0].dtype and len(X) > 0
            and bool(np.isfinite(X).all()) and self._unchanged()
        )

    # --- weights that a user can see and set --------------------------------------------------------------------

    def _share(self) -> None:
        """Show the weights, in the very memory of the network: what a user writes there is what predicts."""
        coefs, intercepts = networks.shared(networks.dense(self.network_))
        self.coefs_, self.intercepts_ = coefs, intercepts
        self._mirror = (list(coefs), list(intercepts))

    def _unchanged(self) -> bool:
        """Whether `coefs_` and `intercepts_` hold the arrays of the network."""
        coefs, intercepts = self._mirror
        return all(map(_is, self.coefs_, coefs)) and all(map(_is, self.intercepts_, intercepts))

    def _adopt(self) -> None:
        """Give the network the arrays that a user has put into `coefs_` and `intercepts_`."""
        if hasattr(self, "_mirror") and self._unchanged():
            return
        layers = networks.dense(self.network_)
        for layer, coefs, intercepts in zip(layers, self.coefs_, self.intercepts_, strict=True):
            if np.shape(coefs) != (layer.in_features, layer.out_features):
                raise DataError(
                    "sklearn.other_network", f"{type(self).__name__}.coefs_",
                    asked=(layer.in_features, layer.out_features), known=np.shape(coefs),
                )
            networks.write(layer, coefs, intercepts)
        self._share()

    def __getstate__(self) -> dict[str, Any]:
        """All but views of the network's memory, which it has itself."""
        if hasattr(self, "_mirror"):
            self._adopt()
        state: dict[str, Any] = super().__getstate__()
        shown = ("coefs_", "intercepts_", "_mirror") if "_mirror" in state else ()
        return {name: value for name, value in state.items() if name not in shown}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "network_" in state:
            self._share()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


_is: Callable[[Any, Any], bool] = lambda one, other: one is other


def store(model: Any, given: dict[str, Any]) -> None:
    """What a constructor does: keep its arguments under their names.

    Args:
        model: the estimator.
        given: `locals()` of its constructor.
    """
    vars(model).update((name, value) for name, value in given.items() if name not in ("self", "__class__"))
