"""Asks the doctor about a case, and tries its advice blindly."""

import traceback
import warnings
from time import perf_counter, process_time
from typing import Any

import numpy as np

import chainrule as cr
from corpus.case import Case, Drawn
from corpus.outcome import Outcome, constant_score, outcome
from corpus.setup import Setup, builder

SEEDS = range(100, 105)  # none that the doctor has tried
RESTORED = 0.9  # of the way from the best constant answer to the healthy twin


def verdict(case: Case, made: Drawn, budget: float) -> dict[str, Any]:
    """What the doctor says of a case, how long it took, and what its first cure is good for."""
    setup = made.setup
    build = made.build or builder(unnamed(setup))
    row: dict[str, Any] = {"data": setup.data, "broke": ""}
    begun, used = perf_counter(), process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = cr.doctor.diagnose(
                build, setup.given(), validation=setup.validation, epochs=setup.epochs, batch_size=setup.batch_size,
                budget=budget,
            )
    except Exception as error:  # noqa: BLE001 - a doctor that breaks is a result too
        row |= {"broke": "".join(traceback.format_exception(error)[-3:])[-2000:], "findings": [], "notes": []}
        return row | {"seconds": perf_counter() - begun, "cpu": process_time() - used}
    row |= {"seconds": perf_counter() - begun, "cpu": process_time() - used, "trainings": found.trainings}
    row["findings"] = [
        {"code": f.code, "level": f.level, "behind": [other.code for other in f.behind], "gain": _gain(f)}
        for f in found.findings
    ]
    row["notes"] = [note.code for note in found.notes]
    row["ran_out"] = found.ran_out
    if found.findings and made.twin is not None:
        row["restored"] = _restored(found.findings[0], setup, made.twin)
    return row


def _gain(finding: Any) -> float | None:
    """What the experiment says that the cure brings; None without one."""
    made = finding.experiment
    return None if made is None or not made.pairs else round(float(np.median(made.gains)), 3)


def unnamed(setup: Setup) -> Setup:
    """A training without what the doctor may not see: the name of its data, and the clean rows."""
    return setup.but(data="", test=(setup.test[0][:0], setup.test[1][:0]))


def _restored(finding: Any, setup: Setup, twin: Setup) -> float | None:
    """How far the first finding's cure leads, from the best constant (0) to the healthy twin (1); None: no cure."""
    change = finding.cure
    if change is None:
        return None
    try:
        rows = None if change.data is None else change.data(setup.given())
        cured = outcome(
            setup, SEEDS, build=finding.apply(builder(unnamed(setup))), epochs=change.epochs,
            batch_size=change.batch_size, rows=rows,
        )
    except Exception:  # noqa: BLE001 - a cure that cannot be applied cures nothing
        return 0.0
    return _way(cured, outcome(twin, SEEDS), setup)


def _way(cured: Outcome, healthy: Outcome, setup: Setup) -> float:
    constant = constant_score(setup.test, setup.task)
    reach = healthy.score - constant
    if reach <= 0.02:  # scores that hardly differ: by the loss
        return float(np.clip((1 - cured.loss) / max(1 - healthy.loss, 1e-9), -1, 2))
    return float(np.clip((cured.score - constant) / reach, -1, 2))
