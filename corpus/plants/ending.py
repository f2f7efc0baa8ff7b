"""18 to 22: the last layer and the loss."""

import numpy as np

from corpus.plants.plant import Plant, classifies, has_classes, is_binary, is_numbers
from corpus.setup import Setup
from corpus.streams import between


def unfit_ending(setup: Setup, rng: np.random.Generator) -> Setup:
    """Answers without the sigmoid that the loss wants, or cut by a ReLU before the loss that takes logits."""
    if setup.task == "binary" and rng.random() < 0.5:
        return setup.but(loss="probabilities")
    return setup.but(ending="relu")


def twice(setup: Setup, rng: np.random.Generator) -> Setup:
    """A sigmoid or softmax before the loss that has its own."""
    return setup.but(ending="sigmoid" if setup.task == "binary" else "softmax")


def squares_on_classes(setup: Setup, rng: np.random.Generator) -> Setup:
    """Squared error behind a sigmoid, or on the one-hot classes behind a softmax, at a rate that suited the logits."""
    lr = setup.lr / between(rng, 3, 30)
    if setup.task == "binary":
        return setup.but(ending="sigmoid", loss="squares", lr=lr)
    X, y = setup.rows
    return setup.but(rows=(X, np.eye(setup.outputs)[y]), ending="softmax", loss="squares", judge="shares", lr=lr)


def softmax_on_one(setup: Setup, rng: np.random.Generator) -> Setup:
    """One output, and a softmax over it."""
    return setup.but(ending="softmax", loss="probabilities")


def unreachable(setup: Setup, rng: np.random.Generator) -> Setup:
    """Targets that the last activation never gives: negative ones behind ReLU, large ones behind sigmoid or tanh."""
    return setup.but(ending=str(rng.choice(["relu", "sigmoid", "tanh"])))


PLANTS = (
    Plant(18, "output_activation", unfit_ending, classifies),
    Plant(19, "activation_twice", twice, classifies),
    Plant(20, "squared_error_on_classes", squares_on_classes, lambda s: is_binary(s) or has_classes(s)),
    Plant(21, "softmax_on_one_output", softmax_on_one, is_binary),
    Plant(22, "target_out_of_range", unreachable, is_numbers),
)
