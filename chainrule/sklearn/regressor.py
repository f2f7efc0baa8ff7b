"""`MLPRegressor`: scikit-learn's, and what it never had."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d

from chainrule.data.arrays import Array, real
from chainrule.errors import DataError
from chainrule.sklearn import gates, losses
from chainrule.sklearn.estimator import Perceptron, goes_by_batches, store
from chainrule.sklearn.intervals import Spread, noise
from chainrule.sklearn.rows import Rows

SCORED = ("squared_error", "poisson")  # losses that R² goes with


class MLPRegressor(RegressorMixin, Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """A multi-layer perceptron for numbers: scikit-learn's, and what it was asked for.

    Arguments up to `max_fun`, attributes and methods are those of `sklearn.neural_network.MLPRegressor`, with its
    defaults and meanings; where nothing new is asked for, the initial weights are the same numbers too.

    Args:
        loss: "squared_error" (default; half of it, summed over targets), "poisson" for counts, "absolute_error",
            "huber", "quantile"; a loss of `nn`, or a function of (outputs, targets) or (outputs, targets, weights), all
            (n, K).
        hidden_layer_sizes: neurons of each hidden layer, a number or several; default (100,).
        activation: "relu" (default), "identity", "logistic", "tanh"; any other of `nn.MLP`, a function, or a module; or
            a list with one for each hidden layer.
        solver: "adam" (default), "sgd", or "lbfgs", which sees all rows at once and suits a few hundred of them.
        alpha: strength of the penalty alpha / (2 n) Σ‖W‖² of weights, n rows in the batch; 0 or more, default 0.0001.
        batch_size: rows a batch, at least 1; "auto" (default) for 200, or all where there are fewer.
        learning_rate: of "sgd": "constant" (default); "invscaling" divides it by t^power_t after t rows; "adaptive" by
            5 where it would stop.
        learning_rate_init: the rate at the beginning, above 0; default 0.001.
        power_t: see `learning_rate`; default 0.5.
        max_iter: epochs at most, or iterations of "lbfgs"; default 200.
        shuffle: another order of the rows in each epoch; default True. Where it is, the order in which the rows were
            given changes nothing.
        random_state: a whole number for the same result again, a RandomState, or None (default).
        tol: an epoch is better when the loss falls, or the score rises, by more than this; default 0.0001. For "lbfgs"
            the largest slope at which it ends.
        verbose: print loss and score of each epoch; default False.
        warm_start: let `fit` go on with the weights of the fit before; default False.
        momentum: of "sgd", 0 … 1; default 0.9.
        nesterovs_momentum: look ahead by one step of the momentum; default True.
        early_stopping: hold `validation_fraction` of the rows back (of each class its share), stop by their score, and
            give back the weights of the best epoch; default False, which stops by the loss of the training.
        validation_fraction: 0 … 1, default 0.1.
        beta_1: of "adam", in [0, 1); default 0.9.
        beta_2: of "adam", in [0, 1); default 0.999.
        epsilon: of "adam", above 0; default 1e-8.
        n_iter_no_change: epochs in which nothing gets better, and after which the next ends the fit; default 10.
        max_fun: evaluations of the loss by "lbfgs", at most; default 15000.
        quantile: of loss "quantile": which one, 0 … 1, or several, ascending; default 0.5.
        dropout: probability of leaving out an activation of a hidden layer, in [0, 1); default 0.
        batch_norm: normalise every hidden layer over the batch; default False.
        layer_norm: normalise every hidden layer over its neurons; default False.
        residual: add what enters a hidden layer to what leaves it, where both are equally wide; default False.
        weight_decay: shrink the weights by rate · weight_decay in each step, beside it (AdamW); default 0.
        clip_norm: shorten the gradients together to at most this norm; default None, not.
        schedule: a function from the step, counted from 0, to the rate (`optim.schedules`); default None.
        callbacks: a list of `train.Callback`; default None.
        categorical_features: columns of categories, each learnt as a vector: their numbers or names, a mask, or
            "from_dtype" for those of a frame that hold no numbers; default None. Missing values are a category too,
            and values never seen count as nothing.
        ensemble: networks that are trained, each with weights and order of its own, that answer together; default 1.
        calibrate: hold rows back (`validation_fraction`, or `validation_data`) and learn from them how sure to be
            of its intervals; default False.
        engine: "auto" (default, the one in force), "numba" for compiled steps, "numpy".

    Attributes:
        coefs_: weights of the dense layers, (inputs, outputs) each; what is written there is what predicts.
        intercepts_: their biases, (outputs,) each.
        loss_: the loss of the last epoch, with its penalty.
        best_loss_: the least of them; None with `early_stopping`.
        loss_curve_: the loss of each epoch; not for "lbfgs".
        validation_scores_: R² of the rows held back, after each epoch; minus their loss for other losses. None
            where none are held back.
        best_validation_score_: the best of them; None without `early_stopping`.
        n_iter_: epochs of the latest fit, or iterations of "lbfgs".
        t_: rows that have been learnt from, over all epochs.
        n_layers_: layers of neurons, inputs and outputs included.
        n_outputs_: outputs of the network.
        out_activation_: "identity", or "exp" for loss "poisson".
        learning_rate_: the rate in force at the end; not for "lbfgs".
        n_features_in_: columns of X.
        feature_names_in_: their names, where all are strings.
        network_: the module that was trained.
        history_: the `History` of the latest fit.

    Example:
        >>> import numpy as np
        >>> import chainrule as cr
        >>> X = np.linspace(-1, 1, 200).reshape(-1, 1)
        >>> y = np.sin(3 * X[:, 0])
        >>> model = cr.sklearn.MLPRegressor(calibrate=True, learning_rate_init=0.01, random_state=0).fit(X, y)
        >>> model.score(X, y) > 0.99, model.predict_interval(X, coverage=0.9).shape
        (True, (200, 2))

    Source:
        Names and meanings: scikit-learn 1.9. Intervals: V. Vovk, A. Gammerman, G. Shafer, Algorithmic learning in a
        random world (2005), chapter 4; of quantiles Y. Romano, E. Patterson, E. Candès, Conformalized quantile
        regression (2019). Adam's ε is added to the corrected √v̂, as in its paper.
    """

    def __init__(
        self, loss: Any = "squared_error", hidden_layer_sizes: Any = (100,), activation: Any = "relu", *,
        solver: str = "adam", alpha: float = 0.0001, batch_size: Any = "auto", learning_rate: str = "constant",
        learning_rate_init: float = 0.001, power_t: float = 0.5, max_iter: int = 200, shuffle: bool = True,
        random_state: Any = None, tol: float = 1e-4, verbose: Any = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True, early_stopping: bool = False,
        validation_fraction: float = 0.1, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        n_iter_no_change: Any = 10, max_fun: int = 15000, quantile: Any = 0.5, dropout: float = 0.0,
        batch_norm: bool = False, layer_norm: bool = False, residual: bool = False, weight_decay: float = 0.0,
        clip_norm: float | None = None, schedule: Any = None, callbacks: Any = None,
        categorical_features: Any = None, ensemble: int = 1, calibrate: bool = False, engine: str = "auto",
    ) -> None:
        store(self, locals())

    def predict(self, X: Any) -> Array:
        """What the network expects for the rows of `X` (n, d).

        Returns:
            (n,), or (n, K) for several targets; of several quantiles the middle one.
        """
        return self._flat(self._heads(self._outputs(X))[0][:, self._middle()])

    def predict_quantiles(self, X: Any) -> Array:
        """All quantiles that were asked for, for the rows of `X` (n, d), none above the next.

        Returns:
            (n, Q), or (n, Q, K) for several targets.
        """
        heads = np.sort(self._heads(self._outputs(X))[0], axis=1)
        return heads[:, :, 0] if heads.shape[2] == 1 else heads

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        """Between which numbers the targets of the rows of `X` lie, as a rule.

        With `calibrate=True` the interval holds a new row of the same kind with a probability of at least `coverage`;
        otherwise it says what the network believes, and networks are too sure of themselves.

        Args:
            X: (n, d) rows.
            coverage: how many of them, 0 … 1.

        Returns:
            (n, 2), the lower and the upper end, or (n, 2, K) for several targets.

        Raises:
            ArgumentError: for a coverage whose quantiles were not learnt.
            StateError: where neither quantiles, nor an ensemble, nor rows held back say how wide it is.
        """
        where = f"{type(self).__name__}.predict_interval, coverage"
        share = real(coverage, where, least=0.0, most=1.0)
        found = self._spread.interval(*self._heads(self._outputs(X)), share, where)
        return found[:, :, 0] if found.shape[2] == 1 else found

    @available_if(goes_by_batches)  # type: ignore[untyped-decorator]  # likewise
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One epoch over the rows of `X` (n, d) with targets `y` and their `sample_weight`, from where it stood."""
        return self._learn(X, y, sample_weight, None, incremental=True)

    def _quantiles(self) -> list[float]:
        return [float(q) for q in np.atleast_1d(self.quantile)]

    def _middle(self) -> int:
        quantiles = self._quantiles() if self.loss == "quantile" else [0.5]
        return int(np.argmin(np.abs(np.array(quantiles) - 0.5)))

    def _heads(self, outputs: Array) -> tuple[Array, Array]:
        """(n, Q, K) in the unit of the targets from (members, n, Q K), and how far members lie apart (n, K)."""
        if self.out_activation_ == "exp":
            outputs = np.exp(outputs)
        heads = len(self._quantiles()) if self.loss == "quantile" else 1
        each = outputs.reshape(*outputs.shape[:2], heads, -1)
        return each.mean(axis=0) if len(each) > 1 else each[0], each[:, :, self._middle()].std(axis=0)

    def _flat(self, values: Array) -> Array:
        return values[:, 0] if values.shape[1] == 1 else values

    def _validated(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        X, y = gates.rows_and_targets(self, X, y, reset=reset, numbers=True)
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _targets(self, y: Any, dtype: np.dtype[Any], *, known: bool, whole: bool = True) -> Array:
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

    def _calibrated(self, held: Rows | None, rows: Rows) -> None:
        heads, _ = self._heads(self._answers(rows.inputs))
        kept = None
        if self.calibrate and held is not None:
            kept = (*self._heads(self._answers(held.inputs)), held.targets)
        quantiles = self._quantiles() if self.loss == "quantile" else [0.5]
        self._spread = Spread(quantiles, noise(heads[:, self._middle()], rows.targets, rows.weights), kept)

    def _score_of(self, outputs: Array, held: Rows, loss: float) -> float:
        if self.loss not in SCORED:
            return -loss
        found = self._heads(outputs[None])[0][:, 0]
        return float(r2_score(held.targets, found, sample_weight=held.weights)) if np.isfinite(found).all() else np.nan
