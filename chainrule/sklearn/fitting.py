"""A fit of an estimator: which rows are learnt from and which are held back, and the networks of an ensemble."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from chainrule.errors import DataError
from chainrule.sklearn import weighing
from chainrule.sklearn.rows import Rows
from chainrule.sklearn.training import begin, refuse_others, train

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
    for member, own in [(model, random), *_others(model, rows, random, goes_on=goes_on)]:
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


def _parted(model: Any, rows: Rows, random: Any) -> tuple[Rows, Rows]:
    """Rows to learn from, and a share of them to judge by."""
    learnt, held = train_test_split(
        np.arange(rows.count), random_state=random, test_size=model.validation_fraction,
        stratify=model._strata(rows.targets),
    )
    if len(held) < 2:
        raise DataError("sklearn.few_held", f"{type(model).__name__}, argument validation_fraction", rows=len(held))
    return rows.take(learnt), rows.take(held)
