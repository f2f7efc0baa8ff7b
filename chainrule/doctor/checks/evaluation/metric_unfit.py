"""55: a metric that does not fit what is learnt: it cannot be computed, or says the same of every answer."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError

ROWS, TIMES = 256, 8
SURE = 5.0  # a logit
NEARLY = 1e-4  # of the deviation of the targets


def look(case: Case) -> Iterator[Suspicion]:
    """Each metric of the Trainer, for answers that are drawn at random and for right ones."""
    if case.feed is None:
        return
    trainer = case.builder(0)
    if not trainer.metrics:
        return
    targets = case.feed.targets[:ROWS]
    try:
        shape = asked(case.first, tuple(part[:2] for part in case.feed.inputs)).shape[1:]
        metrics = trainer.objective.metrics(trainer.metrics, targets)
    except ChainruleError:
        return
    random = np.random.default_rng(0)
    drawn = [random.normal(size=(len(targets), *shape)).astype(case.first.dtype) for _ in range(TIMES)]
    drawn += [_right(drawn[0].shape, targets).astype(case.first.dtype)]
    if trainer.objective.outputs == "probabilities":
        drawn = [_probabilities(numbers) for numbers in drawn]
    for name, metric in metrics.items():
        try:
            found = [_measured(metric, numbers, targets) for numbers in drawn]
        except ChainruleError as error:
            evidence = Evidence("metric_refuses", {"name": name, "got": error})
        except Exception as error:  # noqa: BLE001 - a metric of the user's own
            evidence = Evidence("metric_refuses", {"name": name, "got": f"{type(error).__name__}: {error}"})
        else:
            if len(np.unique(targets)) < 2 or not np.isfinite(found).all() or np.ptp(found) > 0:
                continue
            evidence = Evidence("metric_says_nothing", {"name": name, "value": found[0], "count": TIMES})
        yield Suspicion("metric_unfit", "exact", (evidence,), strength=0.1, values={"name": name})
        return


def _measured(metric: Any, outputs: Any, targets: Any) -> float:
    metric.reset()
    metric.update(outputs, targets)
    return float(metric.result())


def _right(shape: tuple[int, ...], targets: Any) -> Any:
    """Answers that are right: the targets themselves, or logits that are sure of them."""
    if targets.shape == shape:
        classes = np.isin(targets, (0, 1)).all()
        if classes:
            return SURE * (2.0 * targets - 1.0)
        # Nearly right: numbers that are the same to the last digit are no answers that a network ever gives.
        return targets + NEARLY * targets.std() * (1 + np.random.default_rng(1).random(shape))
    if targets.ndim == 1 and targets.dtype.kind in "iu" and len(shape) == 2 and targets.max(initial=0) < shape[1]:
        return SURE * np.eye(shape[1])[targets]
    return np.zeros(shape)


def _probabilities(numbers: Any) -> Any:
    """Positive, and one in all where there are several columns."""
    positive = np.exp(numbers)
    if numbers.ndim > 1 and numbers.shape[1] > 1:
        return positive / positive.sum(axis=1, keepdims=True)
    return positive / (1 + positive)


CHECK = Check(55, ("metric_unfit",), look, "before")
