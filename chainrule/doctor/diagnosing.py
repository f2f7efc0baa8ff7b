"""`diagnose`: why a training fails, and what cures it."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from chainrule import language
from chainrule.data.arrays import real, whole
from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.diagnosis import Diagnosis
from chainrule.doctor.finding import Finding
from chainrule.doctor.peeling import peeled
from chainrule.doctor.trial import failure
from chainrule.errors import ArgumentError, ShapeError
from chainrule.train.feed import ArrayFeed
from chainrule.train.guard.scene import Scene
from chainrule.train.guard.validation import other_shape
from chainrule.train.opening import opened
from chainrule.train.trainer import Trainer

JUDGED = "diagnose, argument validation"


def diagnose(
    build: Callable[..., Trainer], data: Any, validation: Any = None, epochs: int = 100, batch_size: int = 32,
    budget: float = 10.0, lang: str | None = None,
) -> Diagnosis:
    """Find out why a training fails, and prove the cure; or that nothing is wrong.

    What is certain is looked at first. What is only suspected is tried: the same seeds with and without one change. A
    change that wins every pair, by a tenth of what there is to be learnt, names the cause.

    Args:
        build: gives a fresh Trainer, as for `cr.odds`.
        data: `(X, y)` or `(X, y, weights)`.
        validation: rows to judge by, `(X, y)`, or a share of `data`; default: of 40 rows and more a quarter is kept
            apart.
        epochs: of each training, at least 1; default 100.
        batch_size: rows a batch, at least 1; default 32.
        budget: seconds for experiments, of which this process really had the processor, and never more than three
            times as many by the clock; default 10.
        lang: of the words: `"en"` or `"zh"`; default the language in force.

    Returns:
        Diagnosis: `healthy`, `findings`, `notes`; each finding has its `evidence`, its `experiment` and its cure, which
        `finding.apply(build)` makes.

    Raises:
        ArgumentError: for numbers out of range, or an unknown language.
        DtypeError: when `build` gives no Trainer.
        ShapeError: for rows to judge by with other columns than those to learn from.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> def build():
        ...     model = nn.MLP([2, 16, 1])
        ...     return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=1e-5))
        >>> found = cr.doctor.diagnose(build, cr.data.moons(200, noise=0.1, seed=0), epochs=20)
        >>> found.findings[0].code
        'learning_rate_too_low'
    """
    begun = perf_counter()
    count = whole(epochs, "diagnose, argument epochs", least=1)
    size = whole(batch_size, "diagnose, argument batch_size", least=1)
    seconds = real(budget, "diagnose, argument budget", least=0.0)
    if lang is not None and lang not in language.LANGUAGES:
        raise ArgumentError("doctor.lang", "diagnose, argument lang", got=repr(lang))
    broken = failure(build, data, size, lambda: Case(build, data, validation, count, size, seconds))
    if broken is not None:
        unable = Finding(broken.code, "fault", broken, lang=lang)
        return Diagnosis((unable,), (), None, None, None, 0, perf_counter() - begun, lang=lang)
    case = Case(build, data, validation, count, size, seconds)
    _refuse_other_columns(case)
    found = peeled(case)
    runs = case.runs(range(PAIRS)) if case.trainings else []
    loss = float(np.median([run.end for run in runs])) if runs else None
    curves = tuple(run.losses for run in runs)
    floor, constant = case.yardsticks if case.trainings and case.feed is not None else (None, None)
    return Diagnosis(
        tuple(replace(one, lang=lang) for one in found.findings), tuple(replace(one, lang=lang) for one in found.notes),
        floor, constant, loss, case.trainings, perf_counter() - begun, found.ran_out, lang, curves, count,
    )


def _refuse_other_columns(case: Case) -> None:
    """Refuse rows to judge by that the network cannot be asked about, before it is trained for them."""
    if not case.asked or case.feed is None:
        return
    judged = opened(case.first, case.judged, JUDGED)
    if isinstance(judged, ArrayFeed):
        for found in other_shape(Scene(case.first, case.feed, judged)):
            raise ShapeError(found.key, f"{JUDGED}, X", **found.values)
