"""Targets that hardly anybody means: all the same, far from what a network begins with, or in sorted order."""

import numpy as np

from chainrule.errors import ChainruleWarning
from chainrule.train.guard.columns import FEWEST
from chainrule.train.guard.scene import DISTANCES, WEIGHTED, Findings, Scene

FAR = 1000.0  # root of the mean square between targets and first answers: prices are above, degrees and counts below
ORDERED = 20  # rows from which on sorted classes are no accident


def one_target(scene: Scene) -> Findings:
    """Targets that are the same in every row."""
    targets = scene.feed.targets
    if scene.feed.rows >= FEWEST and (targets[0] == targets[-1]).all() and (targets == targets[0]).all():
        value = f"{targets[0].item():g}" if targets[0].size == 1 else f"shape {targets[0].shape}"
        yield ChainruleWarning("guard.one_target", "Trainer.fit, data, y", value=value, rows=len(targets))


def unscaled_targets(scene: Scene) -> Findings:
    """Numbers to be met that lie thousands away from what the network answers at first."""
    if scene.trainer.objective.name not in DISTANCES or not scene.ends:
        return
    if scene.ends[0].operation.name not in WEIGHTED:
        return  # it scales its answers by itself
    targets, answer = scene.feed.targets, scene.outputs._array[0]
    if targets.dtype.kind != "f" or max(-targets.min(), targets.max()) <= FAR or answer.shape != targets.shape[1:]:
        return
    away = float(np.sqrt(np.mean(np.square(targets - answer, dtype=np.float64))))
    if away > FAR:
        yield ChainruleWarning(
            "guard.unscaled_targets", "Trainer.fit, data, y", low=f"{targets.min():g}", high=f"{targets.max():g}",
            answer=f"{float(np.mean(answer)):.2g}",
        )


def sorted_classes(scene: Scene) -> Findings:
    """Classes one after another, in batches that are not shuffled: each batch teaches one and forgets the others."""
    plan, targets = scene.plan, scene.feed.targets
    if plan is None or plan.shuffle or plan.batch_size >= scene.feed.rows or scene.feed.rows < ORDERED:
        return
    if scene.trainer.objective.kind.targets not in ("classes", "binary") or targets.size != len(targets):
        return
    labels = targets.reshape(-1)
    changes = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    classes = len(changes) + 1
    if 1 < classes <= len(labels) // 4 and np.unique(labels[np.append(0, changes)]).size == classes:
        yield ChainruleWarning(
            "guard.sorted_classes", "Trainer.fit, data, y", classes=classes, rows=scene.feed.rows,
            size=plan.batch_size,
        )
