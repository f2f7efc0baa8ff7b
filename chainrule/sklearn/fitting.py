"""A fit of an estimator: which rows are learnt from and which are held back, and the networks of an ensemble."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from chainrule.errors import DataError
from chainrule.population.training import POINTS, train_all
from chainrule.sklearn import weighing
from chainrule.sklearn.rows import Rows
from chainrule.sklearn.training import (
    batch_size,
    begin,
    check_finite,
    new_trainer,
    ready,
    refuse_others,
    say_not_converged,
    train,
)

LEARNT = ("_labels", "classes_", "out_activation_", "_columns", "n_features_in_")
"""What members of an ensemble know of the data, each the same."""


def fit(model: Any, rows: Rows, held: Rows | None, *, goes_on: bool, incremental: bool) -> None:
    """Let an estimator learn from rows.

    Args:
        model: the estimator, whose parameters are what they may be.
        rows: to learn from.
        held: to judge by; None for a share of the rows where `early_stopping` asks for one.
        goes_on: whether training goes on with the weights that there are.
        incremental: whether it is one epoch, for `partial_fit`.
    """
    random = check_random_state(model.random_state)
    if goes_on and hasattr(model, "_trainer"):
        model._adopt()
        refuse_others(model, model.network_.sizes)
    else:
        begin(model, rows, random, goes_on=goes_on)
        model._others = []
    if model.solver != "lbfgs":
        rows = weighing.spread(rows)
        rows = rows.take(rows.by_content()) if model.shuffle else rows
    if held is None and ((model.early_stopping and model.solver != "lbfgs") or model.calibrate):
        rows, held = _parted(model, rows, random)
    rows, held = model._weighted(rows), held and model._weighted(held)
    if model.batch_norm and rows.count < 2:
        raise DataError("sklearn.one_row", f"{type(model).__name__}, argument batch_norm", rows=rows.count)
    members = [(model, random), *_others(model, rows, random, goes_on=goes_on)]
    if len(members) > 1 and _unwatched(model, held, incremental):
        _train_together(members, rows)
    else:
        for member, own in members:
            train(member, rows, held, own, incremental)
    for member in model._others:
        member._share()
    model._calibrated(held, rows)


def _others(model: Any, rows: Rows, random: Any, *, goes_on: bool) -> list[tuple[Any, Any]]:
    """The other members of an ensemble, with the randomness of each: the same parameters, other initial weights."""
    if not model._others:
        for _ in range(model.ensemble - 1):
            member = clone(model).set_params(ensemble=1, random_state=int(random.randint(2**31 - 1)))
            vars(member).update({name: vars(model)[name] for name in LEARNT if name in vars(model)})
            model._others.append(member)
    found = [(member, check_random_state(member.random_state)) for member in model._others]
    for member, own in found:
        if not (goes_on and hasattr(member, "_trainer")):
            begin(member, rows, own, goes_on=False)
            member._others = []
    return found


def _unwatched(model: Any, held: Rows | None, incremental: bool) -> bool:
    """Whether nothing can end a fit early and nobody looks at its epochs: only then may networks run side by side."""
    plain = model.solver == "adam" or (model.solver == "sgd" and model.learning_rate == "constant")
    asked = model.callbacks or model.verbose or not model.shuffle or model.schedule is not None
    return bool(
        plain and not asked and model.n_iter_no_change == inf and held is None and not incremental
        and model.max_iter <= POINTS
    )


def _train_together(members: Sequence[tuple[Any, Any]], rows: Rows) -> None:
    """Train all members at once; tiny ones that see all rows in each step really run side by side."""
    first = members[0][0]
    for member, own in members:
        member._trainer = new_trainer(member, own, clip_norm=member.clip_norm)
        ready(member, judged=False)
    epochs = int(first.max_iter)
    trainers = [member._trainer for member, _ in members]
    curves = train_all(trainers, rows.data, epochs, batch_size(first, rows.count))
    if curves.interrupted:  # some have learnt, and others not: that is no ensemble
        raise KeyboardInterrupt
    for (member, _), trainer in zip(members, trainers, strict=True):
        losses = member.history_ = trainer.history
        member.loss_curve_ += losses["loss"]
        member.n_iter_, member.learning_rate_ = len(losses), trainer.rates.now
        member.t_ += rows.count * member.n_iter_
        member.loss_ = member.loss_curve_[-1]
        member.best_loss_ = min(member.loss_curve_)
        trainer._steps = None
        check_finite(member)
    say_not_converged(first)


def _parted(model: Any, rows: Rows, random: Any) -> tuple[Rows, Rows]:
    """Rows to learn from, and a share of them to judge by."""
    learnt, held = train_test_split(
        np.arange(rows.count), random_state=random, test_size=model.validation_fraction,
        stratify=model._strata(rows.targets),
    )
    if len(held) < 2:
        raise DataError("sklearn.few_held", f"{type(model).__name__}, argument validation_fraction", rows=len(held))
    return rows.take(learnt), rows.take(held)
