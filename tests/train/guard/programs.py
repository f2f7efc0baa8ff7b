"""What the tables of the guard's tests are written with: data, short networks, one way to train."""

import numpy as np

import chainrule as cr
from chainrule import nn, optim

rng = np.random.default_rng(0)
N = 48
X = rng.normal(size=(N, 3))
NUMBERS = X @ np.array([[1.0], [-2.0], [0.5]])  # (N, 1), of both signs
BITS = (NUMBERS > 0).astype(float)  # (N, 1)
CLASSES = np.digitize(NUMBERS[:, 0], [-1.0, 1.0])  # (N,), 0 … 2
ONE_HOT = np.eye(3)[CLASSES]
IMAGES = rng.uniform(size=(N, 1, 4, 4))
TOKENS = rng.integers(0, 5, size=(N, 6))
FIT = ("epochs", "batch_size", "steps", "validation", "sample_weight", "shuffle")


def net(*ends, inputs=3, outputs=1, width=4):
    """A small network with these layers at its end."""
    return nn.Sequential(nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, outputs), *ends)


def fit(model, loss, data, optimizer=None, **options):
    """Train with NumPy's engine, which has nothing to compile."""
    given = {name: options.pop(name) for name in FIT if name in options}
    made = optimizer(model) if callable(optimizer) else optimizer
    trainer = cr.Trainer(model, loss, made, seed=0, **{"engine": "numpy", **options})
    trainer.fit(data, progress=False, **{"epochs": 1, "batch_size": 16, **given})
    return trainer


class Own(nn.Module):
    """A network whose forward pass is the given function of a layer's outputs."""

    def __init__(self, forward, outputs=1):
        super().__init__()
        self.layer = nn.Linear(3, outputs)
        self.end = forward

    def forward(self, x):
        return self.end(self.layer(x))


def sgd(model, **options):
    return optim.SGD(model.parameters(), **{"lr": 0.01, **options})


def changed(array, place, value):
    """A copy with one number changed."""
    made = np.array(array, dtype=float)
    made[place] = value
    return made


def with_column(array, column):
    return np.column_stack([array, np.broadcast_to(column, len(array))])


def loop(model, loss, steps=3, *, zero=True, optimizer=None, before=None, after=None, X=X, y=BITS):
    """A hand-written loop."""
    made = optimizer or sgd(model)
    rows, targets = cr.tensor(np.asarray(X, np.float32)), cr.tensor(np.asarray(y, np.float32))
    for _ in range(steps):
        if before:
            before()
        if zero:
            made.zero_grad()
        loss(model(rows), targets).backward()
        made.step()
        if after:
            after()
    return made
