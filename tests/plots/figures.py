"""One row a public figure: how to draw it, for the tests that hold all of them to the same promises."""

from types import SimpleNamespace

import numpy as np

import chainrule as cr
from chainrule import nn, optim, plots, train

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [2.0, 0.5]])
CLASSES = np.array([0, 1, 1, 0, 2])
SOFT = np.array([[0.0], [0.85], [1.0], [0.0]])
BCE = nn.BCELoss()
RUN = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.1, 1.4, 1.6], "accuracy": [0.4, 0.7, 0.9]}


def scores(rows):
    """Three outputs a row."""
    return np.stack([rows[:, 0], rows[:, 1], 1 - rows[:, 0]], axis=1)


def net():
    cr.manual_seed(0)
    return nn.Linear(2, 3)


def mse(outputs, targets):
    return ((outputs - targets) ** 2).mean()


SWEEP = SimpleNamespace(
    rates=(0.1, 0.01), histories=(RUN, {"loss": [2.0, 1.9, 1.8]}), states=("good", "slow"), initial=2.0
)


def xor(hidden=2):
    model = nn.MLP([2, hidden, 1], activation="tanh", init="lecun_normal")
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=0.1))


ODDS = cr.odds(xor, cr.data.xor(), epochs=60, batch_size=4, seeds=6)
WATCHED = cr.Trainer(nn.MLP([2, 4, 3], "relu"), nn.CrossEntropyLoss(), callbacks=[train.Instruments()], seed=0).fit(
    (X, CLASSES), epochs=40, progress=False
)
FIGURES = {
    "activations": lambda **how: plots.activations(["sigmoid", "relu"], **how),
    "confusion": lambda **how: plots.confusion([0, 1, 2, 2], [0, 2, 2, 1], **how),
    "decision_boundary": lambda **how: plots.decision_boundary(scores, X, CLASSES, resolution=20, **how),
    "descent": lambda **how: plots.descent(lambda x, y: x**2 + y**2, (2.0, 1.0), steps=5, **how),
    "health": lambda **how: plots.health(WATCHED, **how),
    "history": lambda **how: plots.history(RUN, floor=0.1, best_constant=0.7, **how),
    "landscape": lambda **how: plots.landscape(net(), X, scores(X), loss=mse, resolution=5, **how),
    "learning_rates": lambda **how: plots.learning_rates(SWEEP, **how),
    "loss_curve": lambda **how: plots.loss_curve(RUN, **how),
    "loss_floor": lambda **how: plots.loss_floor([0.7, 0.3, 0.108], loss=BCE, targets=SOFT, **how),
    "odds": lambda **how: plots.odds(ODDS, **how),
    "residuals": lambda **how: plots.residuals([1.0, 2.0, 3.0], [1.5, 2.0, 2.0], **how),
    "saturation": plots.saturation,
    "scales": lambda **how: plots.scales(depth=3, width=8, **how),
    "scatter": lambda **how: plots.scatter(X, CLASSES, **how),
    "sigmoid_slope": lambda **how: plots.sigmoid_slope(depth=3, **how),
    "weights": lambda **how: plots.weights({"w": np.eye(4)}, **how),
    "zigzag": lambda **how: plots.zigzag(steps=10, **how),
}
SKETCHES = {
    "diagram": lambda **how: plots.diagram([3, 3, 2], **how),
    "neuron": plots.neuron,
    "flow": lambda **how: plots.flow((2, 4, 1), **how),
}
OTHERS = {"Sketch", "descent_animation"}
