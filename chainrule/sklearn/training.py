"""The training of one network: what it begins with, who trains it, and the attributes that it leaves."""

import warnings
from math import inf
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule.errors import ArgumentError, ChainruleWarning, DataError, warn
from chainrule.language import say
from chainrule.sklearn import networks
from chainrule.sklearn.losses import Penalised
from chainrule.sklearn.rows import Rows
from chainrule.sklearn.solvers import optimizer
from chainrule.sklearn.watching import Watch
from chainrule.tape.tracked import wrap
from chainrule.train.trainer import Trainer
from chainrule.train.weights import Weights

AUTO = 200  # rows a batch
CURVES = ("loss_curve_", "validation_scores_", "best_validation_score_", "best_loss_")


def begin(model: Any, rows: Rows, random: Any, *, goes_on: bool) -> None:
    """A network, and the attributes that a first fit begins with; weights that somebody has set stay."""
    dtype = next((part.dtype for part in (rows.targets, *rows.parts) if part.dtype.kind == "f"), np.dtype(np.float64))
    outputs = model._width(rows.targets)
    net = model.network_ = networks.build(model, rows.parts, outputs, random, dtype)
    if goes_on:
        for layer, coefs, intercepts in zip(networks.dense(net), model.coefs_, model.intercepts_, strict=True):
            networks.write(layer, coefs, intercepts)
    model.n_outputs_, model.n_layers_ = outputs, len(net.sizes)
    model.t_ = model.n_iter_ = 0
    model._no_improvement_count = 0
    for name in CURVES:
        vars(model).pop(name, None)


def _ready(model: Any, judged: bool) -> None:
    """The attributes that epochs go on with, where an earlier fit, by the same parameters, has not left them."""
    given = vars(model)
    given.setdefault("loss_curve_", [])
    if given.get("validation_scores_") is None:
        model.validation_scores_ = [] if judged else None
    if not model.early_stopping:
        model.best_validation_score_ = None
        model.best_loss_ = inf if given.get("best_loss_") is None else model.best_loss_
        return
    model.best_loss_ = None
    if given.get("best_validation_score_") is None:
        model.best_validation_score_ = -inf
        model._best = Weights.of(model.network_)


def refuse_others(model: Any, sizes: tuple[int, ...]) -> None:
    """Refuse hidden layers of other `sizes` than those whose weights training is to go on with.

    Raises:
        ArgumentError: for these.
    """
    asked = tuple(networks.hidden_sizes(model.hidden_layer_sizes))
    if asked != tuple(sizes[1:-1]):
        where = f"{type(model).__name__}, argument hidden_layer_sizes"
        raise ArgumentError("sklearn.other_network", where, asked=asked, known=tuple(sizes[1:-1]))


def _new_trainer(model: Any, random: Any, **more: Any) -> Trainer:
    """A Trainer for the network of `model`, with a seed from `random`, and `more` of its arguments."""
    net = model.network_
    weights = [layer.weight for layer in networks.dense(net)]
    return Trainer(
        net, Penalised(model._loss(), net, weights, model.alpha), optimizer(model, net),
        seed=int(random.randint(2**31 - 1)), engine=None if model.engine == "auto" else model.engine, guard="off",
        **more,
    )


def _by_lbfgs(model: Any, rows: Rows, random: Any) -> None:
    trainer = model._trainer = _new_trainer(model, random)
    callbacks = list(model.callbacks or ())
    model.history_ = trainer.fit(rows.data, batch_size=rows.count, callbacks=callbacks, progress=False)
    made = trainer.optimizer
    state = made.state[made.param_groups[0]["params"][0]]
    model.n_iter_, model.t_ = int(state["n_iter"]), model.t_ + rows.count
    mass = rows.count if rows.weights is None else rows.weights.sum()
    squares = sum(float((layer.weight.numpy() ** 2).sum()) for layer in networks.dense(model.network_))
    model.loss_ = _judged(trainer, rows) + 0.5 * model.alpha * squares / mass
    if model.verbose:
        print(say("sklearn.iteration", number=model.n_iter_, loss=f"{model.loss_:.8f}"))  # noqa: T201
    if model.n_iter_ >= model.max_iter or state["func_evals"] >= model.max_fun:
        _say_not_converged(model)


def _judged(trainer: Trainer, rows: Rows) -> float:
    """The loss of all rows at once, without penalty: by hand, for compiling what runs once would take longer."""
    with trainer._judging(), np.errstate(all="ignore"):
        outputs = trainer.model(*[wrap(part) for part in rows.parts])
        weights = None if rows.weights is None else wrap(rows.weights.astype(trainer.dtype))
        return float(trainer.loss(outputs, wrap(rows.targets), weights).item())


def _by_epochs(model: Any, rows: Rows, held: Rows | None, random: Any, incremental: bool) -> None:
    if not (incremental and hasattr(model, "_trainer")):
        model._trainer = _new_trainer(model, random, schedule=model.schedule, clip_norm=model.clip_norm)
    trainer: Trainer = model._trainer
    _ready(model, held is not None)
    watch = Watch(model, rows.count, held, goes_on=incremental)
    history = model.history_ = trainer.fit(
        rows.data, None if held is None else held.data, epochs=1 if incremental else int(model.max_iter),
        batch_size=_batch_size(model, rows.count), shuffle=bool(model.shuffle),
        callbacks=[watch, *(model.callbacks or ())], progress=False,
    )
    if model.early_stopping:
        model._best.restore(model.network_)
    if history.interrupted:
        warnings.warn(say("sklearn.interrupted", estimator=type(model).__name__), stacklevel=5)
    elif not incremental:
        trainer._steps = None  # they hold the rows: a fitted estimator need not
        if history.stopped is None:
            _say_not_converged(model)


def _batch_size(model: Any, rows: int) -> int:
    """How many of so many rows make a batch; more than there are is said aloud."""
    if isinstance(model.batch_size, str):
        return min(AUTO, rows)
    if model.batch_size > rows:
        where = f"{type(model).__name__}, argument batch_size"
        warn(ChainruleWarning("sklearn.batch_clipped", where, got=model.batch_size, rows=rows))
    return min(int(model.batch_size), rows)


def train(model: Any, rows: Rows, held: Rows | None, random: Any, incremental: bool) -> None:
    """Train the network of an estimator.

    Args:
        model: the estimator.
        rows: to learn from.
        held: to judge by after each epoch, or None.
        random: a RandomState, from which the seed of the training is drawn.
        incremental: whether it is one epoch, for `partial_fit`.
    """
    if model.solver == "lbfgs":
        _by_lbfgs(model, rows, random)
    else:
        _by_epochs(model, rows, held, random, incremental)
    model.network_.eval()
    finite = all(np.isfinite(parameter.numpy()).all() for parameter in model.network_.parameters())
    if not finite or not (np.isfinite(model.loss_) or model.early_stopping):
        raise DataError("sklearn.not_finite", f"{type(model).__name__}.fit, argument X")


def _say_not_converged(model: Any) -> None:
    """Warn, as scikit-learn does, that a fit ended because it had to."""
    words = say("sklearn.not_converged", estimator=type(model).__name__, epochs=model.n_iter_)
    warnings.warn(words, ConvergenceWarning, stacklevel=6)
