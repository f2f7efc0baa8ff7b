"""Sets, networks and questions: what the tests of single checks share."""

from functools import partial

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.case import Case
from chainrule.doctor.experiment import tried

LONG = 60.0  # seconds that no experiment here needs: how busy the machine is must not decide


def scaled(X):
    """Columns with mean 0 and deviation 1."""
    X = np.asarray(X, dtype=np.float64)
    return (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)


def moons(n=240, noise=0.15, seed=0):
    """Two classes in the plane: y (n, 1)."""
    X, y = cr.data.moons(n, noise=noise, seed=seed)
    return np.array(X), np.array(y)


def wine():
    """Three classes of thirteen scaled columns: y (n,)."""
    X, y = cr.data.wine()
    return scaled(X), np.array(y)


def cancer():
    """Two classes of thirty scaled columns: y (n, 1)."""
    X, y = cr.data.breast_cancer()
    return scaled(X), np.array(y)


def sine(n=240, noise=0.05, seed=0):
    """One number of one number: y (n, 1)."""
    X, y = cr.data.sine(n, noise=noise, seed=seed)
    return np.array(X), np.array(y)


def trainer(sizes, loss=None, rate=0.03, optimizer=optim.Adam, activation="tanh", **settings):
    """A fresh Trainer of a dense network."""
    model = nn.MLP(list(sizes), activation=activation)
    if loss is None:
        loss = nn.BCEWithLogitsLoss() if sizes[-1] == 1 else nn.CrossEntropyLoss()
    return cr.Trainer(model, loss=loss, optimizer=optimizer(model.parameters(), lr=rate), **settings)


def build(X, outputs=1, hidden=(16,), **settings):
    """What gives fresh Trainers for rows like these."""
    return partial(trainer, (X.shape[1], *hidden, outputs), **settings)


def case(make, data, validation=None, epochs=40, batch_size=32):
    """A case with time enough."""
    return Case(make, data, validation, epochs, batch_size, LONG)


def said(module, asked):
    """What one check says of a case."""
    return list(module.CHECK.look(asked))


def proven(asked, found):
    """Whether a re-run bears out one of the cures of a suspicion."""
    return any(tried(asked, change).convincing for change in found.cures)


def in_peace(module, asked):
    """Whether a check is silent about a case, or what it suspects is not borne out."""
    return not any(proven(asked, found) for found in said(module, asked))


def diagnosed(make, data, epochs=40, batch_size=32, **how):
    """The whole diagnosis."""
    return cr.doctor.diagnose(make, data, epochs=epochs, batch_size=batch_size, **{"budget": LONG, **how})


def rare(X, y, share, seed):
    """Rows of two classes, of which the second has about this share."""
    many, few = np.flatnonzero(y[:, 0] == 0), np.flatnonzero(y[:, 0] == 1)
    draw = np.random.default_rng(seed)
    rows = draw.permutation(np.concatenate([many, draw.choice(few, round(share * len(many)), replace=False)]))
    return X[rows], y[rows]
