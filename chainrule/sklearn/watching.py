"""What scikit-learn watches in a training: the curve, the score, when to stop, when to take smaller steps."""

from math import isfinite, nan
from typing import Any

import numpy as np

from chainrule.language import say
from chainrule.sklearn.answering import answers
from chainrule.sklearn.rows import Rows
from chainrule.train.callbacks.callback import Callback
from chainrule.train.trainer import Trainer
from chainrule.train.weights import Weights

SMALLEST = 1e-6  # an adaptive rate that is no larger ends the training
SMALLER = 5.0  # what it is divided by


class Watch(Callback):
    """Writes `loss_curve_`, `validation_scores_` and so on, and ends a fit by `tol` and `n_iter_no_change`.

    Args:
        model: the estimator that is fitted.
        count: rows of an epoch.
        held: rows that are judged after every epoch; None for none.
        goes_on: whether this is one of many calls of `partial_fit`, between which nothing is forgotten.
    """

    def __init__(self, model: Any, count: int, held: Rows | None, goes_on: bool) -> None:
        self.model = model
        self.count = count
        self.held = held
        self.moves = model.solver == "sgd" and model.learning_rate != "constant"
        self.reads = "state" if held is not None or self.moves else "history"
        model.n_iter_ = 0
        if not goes_on:
            model._no_improvement_count = 0

    def on_epoch_end(self, trainer: Trainer) -> None:
        model, row = self.model, trainer.history.last
        model.n_iter_ += 1
        model.t_ += self.count
        model.loss_ = row["loss"]
        model.loss_curve_.append(model.loss_)
        if model.verbose:
            print(say("sklearn.iteration", number=model.n_iter_, loss=f"{model.loss_:.8f}"))  # noqa: T201
        if self.held is not None:
            self._judge(trainer, self.held, row["val_loss"])
        if not (model.early_stopping and self.held is not None):
            self._compare(model.loss_ > model.best_loss_ - model.tol)
            model.best_loss_ = min(model.best_loss_, model.loss_)
        if self.moves and model.learning_rate == "invscaling":
            _set_rate(trainer, float(model.learning_rate_init) / (model.t_ + 1) ** model.power_t)
        if not isfinite(model.loss_):
            trainer.stop(say("sklearn.diverged"))
        elif model._no_improvement_count > model.n_iter_no_change:
            self._give_up(trainer)
        model.learning_rate_ = trainer.rates.now

    def _judge(self, trainer: Trainer, held: Rows, loss: float) -> None:
        """The score of an epoch, and the weights that had the best one."""
        model = self.model
        outputs = answers(trainer, held.inputs)
        score = model._score_of(outputs, held, loss) if np.isfinite(outputs).all() else nan
        model.validation_scores_.append(score)
        if model.verbose:
            print(say("sklearn.score", score=f"{score:.6f}"))  # noqa: T201
        if not model.early_stopping:
            return
        self._compare(score < model.best_validation_score_ + model.tol)
        if score > model.best_validation_score_:
            model.best_validation_score_ = score
            model._best = Weights.of(trainer.model)

    def _compare(self, no_better: bool) -> None:
        self.model._no_improvement_count = self.model._no_improvement_count + 1 if no_better else 0

    def _give_up(self, trainer: Trainer) -> None:
        """End the fit, or go on in smaller steps."""
        model = self.model
        judged = "score" if model.early_stopping and self.held is not None else "loss"
        why = say(f"sklearn.no_better_{judged}", tol=f"{model.tol:g}", epochs=model.n_iter_no_change)
        if self.moves and model.learning_rate == "adaptive" and trainer.rates.now > SMALLEST:
            _set_rate(trainer, trainer.rates.now / SMALLER)
            model._no_improvement_count = 0
            why = say("sklearn.smaller_steps", why=why, rate=f"{trainer.rates.now:g}")
        else:
            trainer.stop(why)
        if model.verbose:
            print(why)  # noqa: T201


def _set_rate(trainer: Trainer, rate: float) -> None:
    for group in trainer.optimizer.param_groups:
        group["lr"] = rate
