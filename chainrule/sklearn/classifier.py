"""`MLPClassifier`: scikit-learn's, and what it never had."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted, validate_data

from chainrule.data.arrays import Array
from chainrule.errors import ArgumentError
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.classes import CrossEntropyLoss
from chainrule.sklearn import labels, losses, weighing
from chainrule.sklearn.estimator import Perceptron, goes_by_batches, store
from chainrule.sklearn.labels import Labels
from chainrule.sklearn.rows import Rows
from chainrule.train.objective import Objective


class MLPClassifier(ClassifierMixin, Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """TODO."""

    classes_: Array
    _labels: Labels

    def __init__(
        self, hidden_layer_sizes: Any = (100,), activation: Any = "relu", *, solver: str = "adam",
        alpha: float = 0.0001, batch_size: Any = "auto", learning_rate: str = "constant",
        learning_rate_init: float = 0.001, power_t: float = 0.5, max_iter: int = 200, shuffle: bool = True,
        random_state: Any = None, tol: float = 1e-4, verbose: Any = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True, early_stopping: bool = False,
        validation_fraction: float = 0.1, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        n_iter_no_change: Any = 10, max_fun: int = 15000, loss: Any = "log_loss", class_weight: Any = None,
        label_smoothing: float = 0.0, dropout: float = 0.0, batch_norm: bool = False, layer_norm: bool = False,
        residual: bool = False, weight_decay: float = 0.0, clip_norm: float | None = None, schedule: Any = None,
        callbacks: Any = None, engine: str = "auto",
    ) -> None:
        store(self, locals())

    def predict(self, X: Any) -> Array:
        """The classes that the network decides for, for the rows of `X` (n, d).

        Returns:
            (n,) classes, or (n, K) 0 and 1 where a row may have several labels.
        """
        outputs = self._outputs(X)
        return self._labels.decode(self._labels.decide(outputs))

    def predict_proba(self, X: Any) -> Array:
        """How probable each class is, for the rows of `X` (n, d).

        Returns:
            (n, K), in the order of `classes_`; rows add up to 1, but for several labels a row.
        """
        outputs = self._outputs(X)
        if self._labels.softmax:
            return Objective(CrossEntropyLoss(), self.network_).probabilities(outputs)
        p = Objective(BCEWithLogitsLoss(), self.network_).probabilities(outputs)
        if self._labels.several_labels:
            return p
        return np.concatenate([1 - p, p], axis=1) if len(self.classes_) > 1 else np.ones_like(p)

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba`, for the rows of `X` (n, d).

        Returns:
            (n, K).
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @available_if(goes_by_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """One epoch over the rows of `X` (n, d) with targets `y` and their `sample_weight`, from where it stood.

        Args:
            X: as in `fit`.
            y: as in `fit`; need not have all classes.
            sample_weight: as in `fit`.
            classes: (K,) all classes there will ever be; asked for in the first call.

        Returns:
            The estimator itself.
        """
        if _check_partial_fit_first_call(self, classes):
            several = np.ndim(y) == 2 and np.shape(y)[1] > 1
            self._labels = labels.learnt(labels.flat(y)) if several else Labels(self.classes_, False)
            self.classes_ = self._labels.classes
        return self._learn(X, y, sample_weight, None, incremental=True)

    def _validated(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, dtype=(np.float64, np.float32), reset=reset
        )
        return X, labels.flat(y)

    def _targets(self, y: Any, dtype: np.dtype[Any], goes_on: bool) -> Array:
        if not goes_on and not (hasattr(self, "_labels") and not hasattr(self, "coefs_")):
            self._labels = labels.learnt(y)
        else:
            labels.agree(self._labels, y, all_of_them=bool(self.warm_start))
        self.classes_ = self._labels.classes
        self.out_activation_ = "softmax" if self._labels.softmax else "logistic"
        return self._labels.encode(y, dtype)

    def _width(self, targets: Array) -> int:
        return self._labels.outputs

    def _loss(self) -> Any:
        return losses.of_classes(self.loss, self._labels.softmax, float(self.label_smoothing))

    def _strata(self, targets: Array) -> Array | None:
        codes = self._labels.codes(targets)
        if codes is None:
            return None
        if not self._labels.softmax:
            return codes.astype(bool).reshape(-1, 1)
        fewest = np.bincount(codes).min() if len(codes) else 0
        fits = fewest > 1 and int(len(codes) * self.validation_fraction) >= len(self.classes_)
        return codes if fits else None

    def _weighted(self, rows: Rows) -> Rows:
        if self.class_weight is None:
            return rows
        codes = self._labels.codes(rows.targets)
        if codes is None:
            raise ArgumentError("sklearn.class_weight_labels", self._arg("class_weight"))
        where = self._arg("class_weight")
        weights = weighing.by_class(self.class_weight, self.classes_, codes, rows.weights, where)
        return Rows(rows.inputs, rows.targets, weights)

    def _score_of(self, outputs: Array, held: Rows, loss: float) -> float:
        if self.loss != "log_loss":
            return -loss
        wanted = held.targets if self._labels.softmax else held.targets > 0.5
        right = self._labels.decide(outputs).reshape(len(outputs), -1) == wanted.reshape(len(outputs), -1)
        return float(np.average(right.all(axis=1), weights=held.weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
