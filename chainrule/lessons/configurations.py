"""What the articles train, by name, for `cr.odds` and `chainrule odds`."""

from collections.abc import Callable

import numpy as np

from chainrule.data.article_sets import clusters, xor
from chainrule.nn.containers import Sequential
from chainrule.nn.linear import Linear
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.regression import MSELoss
from chainrule.nn.mlp import MLP
from chainrule.nn.rectifiers import ReLU
from chainrule.nn.squashing import Sigmoid
from chainrule.optim.adam import Adam
from chainrule.optim.sgd import SGD
from chainrule.population.configuration import Configuration
from chainrule.train.trainer import Trainer

SOFT = np.array([[0.0], [0.85], [1.0], [0.0]])


def _relu(lr: float = 0.005, hidden: int = 2) -> Trainer:
    model = MLP([2, hidden, 1], activation="relu", init=0.01, output_activation="relu")
    return Trainer(model, MSELoss(), SGD(model.parameters(), lr=lr))


def _tanh(lr: float = 0.1, hidden: int = 2) -> Trainer:
    model = MLP([2, hidden, 1], activation="tanh", init="lecun_normal")
    return Trainer(model, BCEWithLogitsLoss(), SGD(model.parameters(), lr=lr))


def _sigmoid(lr: float = 0.5, hidden: int = 4, init: float = 0.01) -> Trainer:
    model = MLP([2, hidden, 1], activation="sigmoid", init=init)
    return Trainer(model, BCEWithLogitsLoss(), SGD(model.parameters(), lr=lr))


def _adam(lr: float = 0.01, hidden: int = 4) -> Trainer:
    model = Sequential(Linear(2, hidden), ReLU(), Linear(hidden, 1), Sigmoid())
    return Trainer(model, MSELoss(), Adam(model.parameters(), lr=lr))


def _soft(lr: float = 0.4, hidden: int = 4) -> Trainer:
    model = MLP([2, hidden, 1], activation="sigmoid", init="standard_normal")
    return Trainer(model, BCEWithLogitsLoss(), SGD(model.parameters(), lr=lr))


def _clusters(lr: float = 0.5, hidden: int = 4) -> Trainer:
    model = MLP([2, hidden, 1], activation="relu", init=0.01)
    return Trainer(model, BCEWithLogitsLoss(), SGD(model.parameters(), lr=lr))


def _two_clusters() -> Configuration:
    rows = clusters(200, noise=0.2, seed=42)
    return Configuration(_clusters, (rows.X, rows.y), 2_000, 200)


CONFIGURATIONS: dict[str, Callable[[], Configuration]] = {
    "lesson1": lambda: Configuration(_tanh, tuple(xor()), 20_000, 4),
    "lesson1-relu": lambda: Configuration(_relu, tuple(xor()), 10_000, 4),
    "lesson1-four": lambda: Configuration(lambda lr=0.1, hidden=4: _tanh(lr, hidden), tuple(xor()), 20_000, 4),
    "lesson2": lambda: Configuration(_sigmoid, tuple(xor()), 5_000, 4),
    "lesson2-cured": lambda: Configuration(
        lambda lr=0.5, hidden=4, init=1.0: _sigmoid(lr, hidden, init), tuple(xor()), 5_000, 4
    ),
    "lesson2-adam": lambda: Configuration(_adam, tuple(xor()), 5_000, 4),
    "lesson3": lambda: Configuration(_soft, (xor()[0], SOFT), 5_000, 4),
    "lesson4": _two_clusters,
}
