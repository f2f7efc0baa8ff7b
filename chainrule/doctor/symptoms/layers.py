"""What the instruments say of the layers of a training that has not come far."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.symptoms.symptom import Seen, Symptom
from chainrule.train.instruments.health import Health

MANY = 0.5  # of the units of a layer
FADED = 1e-3  # of the last layer's gradient
STILL = 1e-6  # of its weights, that a step changes: so little does not count as learning
GROWN = 10.0  # times its first value: what grew so first is named


def symptoms_of_layers(health: Health, *, far: bool) -> Iterator[Symptom]:
    """What they show at the end.

    Args:
        health: what was read.
        far: whether the loss is still nearer to the best constant than to the floor. Where it is not, only a layer
            that is dead as a whole is worth a word: half of the units of a network that learns may well be dead.
    """
    if not len(health) or len(health.layers) < 2:
        return
    limit = MANY if far else 1 - 1e-9
    dead, saturated = health["dead"][-1, :-1], health["saturated"][-1, :-1]
    worst = int(np.argmax(dead))
    if dead[worst] > limit:
        seen = Seen("dead", {"layer": health.layers[worst], "share": float(dead[worst]), "limit": MANY})
        yield Symptom("dead_layer", "suspect", (seen,), ("dead_units", "learning_rate_too_high"))
    worst = int(np.argmax(saturated))
    if far and saturated[worst] > MANY:
        seen = Seen("saturated", {"layer": health.layers[worst], "share": float(saturated[worst]), "limit": MANY})
        faults = ("saturated_units", "features_unscaled", "weights_too_large", "learning_rate_too_high")
        yield Symptom("saturated_layer", "suspect", (seen,), faults)
    if far and len(health.layers) > 2:
        yield from _faded(health)


def _faded(health: Health) -> Iterator[Symptom]:
    gradients, updates = health["gradients"], health["updates"]
    ends = gradients[:, -1] > 0
    if not ends.any():
        return
    ratio = float(np.median(gradients[ends, 0] / gradients[ends, -1]))
    moves = updates[np.isfinite(updates[:, 0]), 0]
    if ratio < FADED and moves.size and float(np.median(moves)) < STILL:
        seen = (
            Seen("faded", {"layer": health.layers[0], "ratio": ratio, "limit": FADED}),
            Seen("still", {"layer": health.layers[0], "share": float(np.median(moves)), "limit": STILL}),
        )
        yield Symptom("faded_gradient", "suspect", seen, ("vanishing_gradient", "weights_too_small"))


def grew_first(health: Health) -> Seen | None:
    """Which number of which layer was the first to grow tenfold, or to be no number; None where none did."""
    names = ("weights", "preactivations", "gradients")
    every = np.stack([health[name] for name in names], axis=1)  # (looks, names, layers)
    first = np.where(every[0] > 0, every[0], np.nan)
    with np.errstate(all="ignore"):
        times = np.where(np.isfinite(every), every / first, np.inf)
    for look in range(1, len(health)):
        grown = np.nan_to_num(times[look], nan=0.0, posinf=np.inf)
        if grown.max() >= GROWN:
            name, layer = np.unravel_index(int(np.argmax(grown)), grown.shape)
            values = {"layer": health.layers[layer], "step": int(health.steps[look])}
            if np.isinf(grown.max()):
                return Seen("broke", values)
            return Seen(f"grew_{names[name]}", {**values, "times": float(grown.max())})
    return None
