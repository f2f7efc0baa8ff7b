"""Weights of classes that name others than there are."""

import numpy as np

from chainrule.errors import ChainruleWarning
from chainrule.train.guard.scene import Findings, Scene


def unknown_classes(scene: Scene) -> Findings:
    """A weight for a class that does not occur, and none for one that does: classes counted from another number."""
    weights = scene.trainer.class_weights
    if weights is None or weights.balanced or not weights.known:
        return
    there = {float(name) for name in np.unique(scene.feed.targets)}
    strange = sorted(name for name, weight in weights.known.items() if weight and name not in there)
    forgotten = sorted(there - weights.known.keys())
    if weights.listed and forgotten:
        yield ChainruleWarning(
            "guard.few_class_weights", "Trainer, argument class_weight", count=len(weights.known),
            forgotten=", ".join(f"{name:g}" for name in forgotten),
        )
    elif strange and forgotten:
        yield ChainruleWarning(
            "guard.unknown_classes", "Trainer, argument class_weight",
            strange=", ".join(f"{name:g}" for name in strange), forgotten=", ".join(f"{name:g}" for name in forgotten),
        )
