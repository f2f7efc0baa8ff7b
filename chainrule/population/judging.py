"""From the curves and answers of many seeds to their odds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array, Ints
from chainrule.population.blocks import Trained
from chainrule.population.building import Builder
from chainrule.population.ends import ends
from chainrule.population.meanings import signs
from chainrule.population.result import Odds
from chainrule.population.rows import FEW, Answered, answered, contradictory, sure_loss
from chainrule.population.success import Rule, Success, judged_by_loss, needed
from chainrule.train.feed import ArrayFeed
from chainrule.train.objective import Objective
from chainrule.train.trainer import Trainer


def judged(
    trained: Trained, builder: Builder, data: Any, epochs: int, batch_size: int, seeds: Ints, success: Success,
    seconds: float,
) -> Odds:
    """What all these trainings came to."""
    curves, first, losses = trained.curves, trained.first, trained.curves.ends
    floor, best_constant = first.history.floor, first.history.best_constant
    rows = _rows(trained)
    rule, good = _successes(trained, success, rows, floor, best_constant)
    epochs_needed = np.full(len(losses), np.nan)
    if rule.level is not None:
        epochs_needed[good] = needed(curves.losses[good], curves.epochs, rule.level, epochs)
    seen, falling = signs(losses, curves.losses, rows, floor, best_constant)
    predictions = _probable(curves.outputs, first.objective)
    scale = best_constant - floor if floor is not None and best_constant is not None else None
    numbers = seeds[: len(losses)]
    return Odds(
        seeds=numbers, losses=losses, successes=good, rule=rule, needed=epochs_needed,
        ends=ends(losses, numbers, ~good, seen, falling, rows, predictions, scale), predictions=predictions,
        curves=_quartiles(curves.losses), curve_epochs=curves.epochs, floor=floor, best_constant=best_constant,
        epochs=epochs, batch_size=batch_size, asked=len(seeds), interrupted=curves.interrupted, seconds=seconds,
        again=lambda seed: _again(builder, data, epochs, batch_size, seed),
    )


def _rows(trained: Trained) -> Answered | None:
    if not isinstance(trained.feed, ArrayFeed):
        return None
    return answered(trained.curves.outputs, trained.feed, trained.first.objective)


def _successes(
    trained: Trained, success: Success, rows: Answered | None, floor: float | None, best_constant: float | None
) -> tuple[Rule, NDArray[np.bool_]]:
    """What counts as success, and which seeds it befell."""
    curves, feed, first = trained.curves, trained.feed, trained.first
    if callable(success):
        return Rule("own"), np.array(trained.passed, np.bool_)
    if success is not None:
        return Rule("loss", success), np.asarray(curves.ends <= success)
    near = judged_by_loss(curves.ends, curves.losses[:, 0], floor, best_constant)
    if rows is None or len(rows.wanted) > FEW or not isinstance(feed, ArrayFeed) or contradictory(feed):
        return near
    sure = sure_loss(rows, feed, first.objective, first.loss)
    return Rule("rows", near[0].level if sure is None else sure), np.asarray(rows.right.all(axis=1))


def _again(builder: Builder, data: Any, epochs: int, batch_size: int, seed: int) -> Trainer:
    trainer = builder(seed)
    trainer.fit(data, epochs=epochs, batch_size=batch_size, progress=False)
    return trainer


def _quartiles(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, points): what a quarter, half and three quarters of the seeds lie below; NaN counts as the largest."""
    ordered = np.sort(losses, axis=0)
    return ordered[[round((len(losses) - 1) * part) for part in (0.25, 0.5, 0.75)]]


def _probable(outputs: Array | None, objective: Objective) -> Array | None:
    """(seeds, n, …) answers as probabilities, where the loss means them."""
    if outputs is None or not objective.kind.probable or outputs.ndim < 3:
        return outputs
    seeds, n = outputs.shape[:2]
    with np.errstate(all="ignore"):
        return objective.probabilities(outputs.reshape(seeds * n, *outputs.shape[2:])).reshape(outputs.shape)
