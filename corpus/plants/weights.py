"""23 and 28 to 32: what stands between the layers, first weights, width."""

import numpy as np

import chainrule as cr
from chainrule import nn
from corpus.plants.plant import Plant, is_deep, not_tiny
from corpus.setup import Setup
from corpus.streams import between


def linear(setup: Setup, rng: np.random.Generator) -> Setup:
    """Dense layers with nothing between them."""
    return setup.but(activation=None, hidden=setup.hidden if len(setup.hidden) > 1 else setup.hidden * 2)


def same_weights(setup: Setup, rng: np.random.Generator) -> Setup:
    """All weights zero, or all one number."""
    value = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.05, 0.5))

    def fill(model: nn.Module) -> None:
        with cr.no_grad():
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    nn.init.constant_(parameter, value)

    return setup.but(altered=fill)


def small_weights(setup: Setup, rng: np.random.Generator) -> Setup:
    """First weights of a thousandth, or less."""
    return setup.but(init=between(rng, 1e-5, 5e-3), hidden=setup.hidden if len(setup.hidden) > 2 else setup.hidden * 3)


def large_weights(setup: Setup, rng: np.random.Generator) -> Setup:
    """First weights far above what the widths ask for."""
    return setup.but(init=between(rng, 3.0, 30.0))


def unfit_weights(setup: Setup, rng: np.random.Generator) -> Setup:
    """Many layers, and weights whose signal fades or grows from each to the next."""
    depth = int(rng.integers(6, 11))
    factor = between(rng, 0.15, 0.4) if rng.random() < 0.6 else between(rng, 2.5, 5.0)
    width = max(setup.hidden[0], 12)
    return setup.but(hidden=(width,) * depth, init=float(factor / np.sqrt(width)))


def deep_twin(setup: Setup, rng: np.random.Generator) -> Setup:
    """The same training with layers enough that first weights matter."""
    return setup.but(hidden=(max(setup.hidden[0], 12),) * 3)


def narrow(setup: Setup, rng: np.random.Generator) -> Setup:
    """A unit or two."""
    return setup.but(hidden=(int(rng.integers(1, 3)),) * int(rng.integers(1, 3)))


PLANTS = (
    Plant(23, "no_nonlinearity", linear),
    Plant(28, "symmetric_weights", same_weights),
    Plant(29, "weights_too_small", small_weights, is_deep),
    Plant(30, "weights_too_large", large_weights),
    Plant(31, "weights_unfit_for_depth", unfit_weights, not_tiny, deep_twin),
    Plant(32, "network_too_small", narrow),
)
