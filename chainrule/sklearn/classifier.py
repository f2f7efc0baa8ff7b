"""`MLPClassifier`: scikit-learn's, and what it never had."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call

from chainrule.data.arrays import Array
from chainrule.errors import ArgumentError
from chainrule.sklearn import gates, labels, losses, weighing
from chainrule.sklearn.calibration import temperature
from chainrule.sklearn.estimator import Perceptron, goes_by_batches, store
from chainrule.sklearn.labels import Labels
from chainrule.sklearn.links import log_sigmoids, log_softmax, sigmoid, softmax
from chainrule.sklearn.rows import Rows


class MLPClassifier(ClassifierMixin, Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """A multi-layer perceptron for classes: scikit-learn's, and what it was asked for.

    Arguments up to `max_fun`, attributes and methods are those of `sklearn.neural_network.MLPClassifier`, with its
    defaults and meanings; where nothing new is asked for, the initial weights are the same numbers too.

    Args:
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
        loss: "log_loss" (default), a loss of `nn`, or a function of (outputs, targets) or (outputs, targets, weights):
            logits (n, K) and class numbers (n,) for more than two classes, else (n, outputs) of both.
        class_weight: class to weight, or "balanced" for classes that count the same; multiplies the weights of rows,
            of those held back too; default None.
        label_smoothing: share of certainty that is taken from each label, in [0, 1); default 0.
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
            of its probabilities; default False.
        engine: "auto" (default, the one in force), "numba" for compiled steps, "numpy".

    Attributes:
        classes_: (K,) the classes, in the order of the columns of `predict_proba`.
        temperature_: what logits are divided by; 1 without `calibrate`.
        coefs_: weights of the dense layers, (inputs, outputs) each; what is written there is what predicts.
        intercepts_: their biases, (outputs,) each.
        loss_: the loss of the last epoch, with its penalty.
        best_loss_: the least of them; None with `early_stopping`.
        loss_curve_: the loss of each epoch; not for "lbfgs".
        validation_scores_: accuracy of the rows held back, after each epoch; minus their loss for other losses. None
            where none are held back.
        best_validation_score_: the best of them; None without `early_stopping`.
        n_iter_: epochs of the latest fit, or iterations of "lbfgs".
        t_: rows that have been learnt from, over all epochs.
        n_layers_: layers of neurons, inputs and outputs included.
        n_outputs_: outputs of the network.
        out_activation_: "logistic", or "softmax" for more than two classes.
        learning_rate_: the rate in force at the end; not for "lbfgs".
        n_features_in_: columns of X.
        feature_names_in_: their names, where all are strings.
        network_: the module that was trained.
        history_: the `History` of the latest fit.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.data.iris()
        >>> model = cr.sklearn.MLPClassifier(dropout=0.1, learning_rate_init=0.01, random_state=0).fit(X, y)
        >>> model.score(X, y) > 0.95
        True

    Source:
        Names and meanings: scikit-learn 1.9. Adam's ε is added to the corrected √v̂, as in its paper.
    """

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
        callbacks: Any = None, categorical_features: Any = None, ensemble: int = 1, calibrate: bool = False,
        engine: str = "auto",
    ) -> None:
        store(self, locals())

    def predict(self, X: Any) -> Array:
        """The classes that the network decides for, for the rows of `X` (n, d).

        Returns:
            (n,) classes, or (n, K) 0 and 1 where a row may have several labels.
        """
        outputs = self._outputs(X)
        if len(outputs) > 1:  # what decides is the mean of probabilities, not of logits
            p = self._probabilities(outputs)
            return self._labels.decode(self._labels.decide(p if self._labels.softmax else p - 0.5))
        return self._labels.decode(self._labels.decide(outputs[0]))

    def predict_proba(self, X: Any) -> Array:
        """How probable each class is, for the rows of `X` (n, d).

        Returns:
            (n, K), in the order of `classes_`; rows add up to 1, but for several labels a row.
        """
        p = self._probabilities(self._outputs(X))
        if self._labels.several_labels or self._labels.softmax:
            return p
        return np.concatenate([1 - p, p], axis=1) if len(self.classes_) > 1 else np.ones_like(p)

    def _probabilities(self, outputs: Array) -> Array:
        """(n, outputs) from (members, n, outputs)."""
        link = softmax if self._labels.softmax else sigmoid
        each = [link(one / self.temperature_ if self.calibrate else one) for one in outputs]
        return each[0] if len(each) == 1 else np.mean(each, axis=0)

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba`, for the rows of `X` (n, d).

        Returns:
            (n, K).
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @available_if(goes_by_batches)  # type: ignore[untyped-decorator]  # likewise
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
        X, y = gates.rows_and_targets(self, X, y, reset=reset, numbers=False)
        return X, labels.flat(y)

    def _targets(self, y: Any, dtype: np.dtype[Any], *, known: bool, whole: bool = True) -> Array:
        if known:
            labels.agree(self._labels, y, all_of_them=whole and bool(self.warm_start))
        else:
            self._labels = labels.learnt(y)
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

    def _calibrated(self, held: Rows | None, rows: Rows) -> None:
        self.temperature_ = 1.0
        if not self.calibrate or held is None:
            return
        each = log_softmax if self._labels.softmax else log_sigmoids
        answers = self._answers(held.inputs)  # (members, n, outputs)
        many = None if held.weights is None else np.tile(held.weights, len(answers))
        targets = np.concatenate([held.targets] * len(answers))
        self.temperature_ = temperature(answers.reshape(-1, answers.shape[2]), targets, many, each)

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
