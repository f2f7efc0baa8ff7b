"""37 to 39, 46 to 52: rates, batches, how long, how strongly held."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.optim import schedules
from corpus.plants.plant import Plant, not_tiny
from corpus.setup import Setup
from corpus.streams import between

ADAPTIVE = ("adam", "adamw", "nadam", "rmsprop", "adagrad")


def diverging(setup: Setup, rng: np.random.Generator) -> Setup:
    """A rate so high that the loss grows."""
    factor = between(rng, 100, 1000) if setup.optimizer in ADAPTIVE else between(rng, 30, 300)
    return setup.but(lr=setup.lr * factor)


def bouncing(setup: Setup, rng: np.random.Generator) -> Setup:
    """A rate a few times too high."""
    return setup.but(lr=setup.lr * (between(rng, 15, 80) if setup.optimizer in ADAPTIVE else between(rng, 5, 30)))


def creeping(setup: Setup, rng: np.random.Generator) -> Setup:
    """A rate hundreds of times too low."""
    return setup.but(lr=setup.lr / between(rng, 100, 3000))


def one_by_one(setup: Setup, rng: np.random.Generator) -> Setup:
    """Batches of a row or two, at a rate that larger ones would bear."""
    return setup.but(batch_size=int(rng.integers(1, 3)), lr=setup.lr * between(rng, 3, 10))


def few_updates(setup: Setup, rng: np.random.Generator) -> Setup:
    """All rows in one batch, and few epochs."""
    return setup.but(batch_size=len(setup.rows[0]), epochs=max(3, setup.epochs // int(rng.integers(2, 8))))


def mis_set(setup: Setup, rng: np.random.Generator) -> Setup:
    """Settings of the optimizer that nobody means."""
    if setup.optimizer == "sgd":
        return setup.but(options={"momentum": float(1 - between(rng, 1e-4, 5e-3))})
    found: Mapping[str, Any]
    if setup.optimizer in ("adam", "adamw", "nadam"):
        choices: list[Mapping[str, Any]] = [
            {"betas": (0.9995, 0.999)}, {"betas": (0.9, 0.1)}, {"eps": between(rng, 0.3, 10.0)},
        ]
        found = choices[int(rng.integers(len(choices)))]
    else:
        found = {"eps": between(rng, 1.0, 100.0)}
    return setup.but(options=dict(found))


def stopped(setup: Setup, rng: np.random.Generator) -> Setup:
    """A fraction of the epochs."""
    return setup.but(epochs=max(1, round(setup.epochs / between(rng, 10, 40))))


def dying_rate(setup: Setup, rng: np.random.Generator) -> Setup:
    """A rate that a schedule takes away in the first tenth of the training."""
    every = max(1, int(setup.updates * rng.uniform(0.002, 0.02)))
    return setup.but(schedule=schedules.step(setup.lr, every=every, gamma=float(rng.uniform(0.1, 0.5))))


def held_down(setup: Setup, rng: np.random.Generator) -> Setup:
    """Weight decay that leaves little of the weights."""
    if setup.optimizer == "sgd":
        return setup.but(options={**setup.options, "weight_decay": between(rng, 0.2, 1)})
    return setup.but(optimizer="adamw", options={"weight_decay": between(rng, 20, 80)})


def clipped(setup: Setup, rng: np.random.Generator) -> Setup:
    """Gradients cut to next to nothing, for an optimizer that does not scale them up again."""
    return setup.but(clip_norm=between(rng, 1e-5, 1e-3))


PLANTS = (
    Plant(37, "learning_rate_diverges", diverging),
    Plant(38, "learning_rate_bounces", bouncing),
    Plant(39, "learning_rate_too_low", creeping),
    Plant(46, "batch_too_small", one_by_one),
    Plant(47, "too_few_updates", few_updates),
    Plant(48, "optimizer_settings", mis_set),
    Plant(49, "stopped_too_early", stopped),
    Plant(50, "schedule_ends_early", dying_rate),
    Plant(51, "regularisation_too_strong", held_down),
    Plant(52, "clip_too_tight", clipped, lambda s: s.optimizer == "sgd" and not_tiny(s)),
)
