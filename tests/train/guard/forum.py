"""What programs as people post them are made of, and what they have to be answered with."""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.language import choose
from chainrule.nn import functional as F

rng = np.random.default_rng(5)
N = 60
X = rng.normal(size=(N, 4)).astype(np.float32)
NUMBERS = (X @ np.array([[1.0], [-1.0], [2.0], [0.5]]) + 0.1 * rng.normal(size=(N, 1))).astype(np.float32)  # (N, 1)
BITS = (NUMBERS > 0).astype(np.float32)  # (N, 1)
CLASSES = np.digitize(NUMBERS[:, 0], [-1.5, 1.5])  # (N,), 0 … 2
IMAGES = rng.uniform(size=(20, 3, 8, 8)).astype(np.float32)
KINDS = np.arange(20) % 3  # of the images
TABLE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
XOR = np.array([[0], [1], [1], [0]], float)


def trainer(model, loss, optimizer=None, **options):
    """One that has nothing to compile."""
    return cr.Trainer(model, loss, optimizer, seed=0, engine="numpy", **options)


def fit(model, loss, data, optimizer=None, epochs=1, tr=None, batch_size=20, **options):
    """Train in batches of 20; `tr` is for the Trainer."""
    made = trainer(model, loss, optimizer, **(tr or {}))
    made.fit(data, epochs=epochs, batch_size=batch_size, progress=False, **options)
    return made


def mlp(outputs=1, *ends):
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, outputs), *ends)


def xor():
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))


class Own(nn.Module):
    """Two linear layers, `a` and `b`, and a forward pass of the user's own."""

    def __init__(self, forward, outputs=1):
        super().__init__()
        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, outputs)
        self.fwd = forward

    def forward(self, x):
        return self.fwd(self, x)


def loop(model, optimizer, loss=None, n=5, x=X, t=NUMBERS, after=None):
    """A loop as it should be."""
    inputs, targets = cr.tensor(x), cr.tensor(t)
    for _ in range(n):
        optimizer.zero_grad()
        (loss or F.mse_loss)(model(inputs), targets).backward()
        optimizer.step()
        if after:
            after()


class Row(NamedTuple):
    run: Callable
    key: str
    where: str
    refused: bool


class Misuses:
    """Wrong programs, each under the words that name its fault, and the place that they name."""

    def __init__(self):
        self.rows = {}

    def refused(self, key, where):
        """The program ends with this error."""
        return self._row(key, where, refused=True)

    def said(self, key, where):
        """The program goes on, and this is said."""
        return self._row(key, where, refused=False)

    def _row(self, key, where, *, refused):
        def keep(run):
            self.rows[run.__name__.replace("_", " ")] = Row(run, key, where, refused)
            return run

        return keep

    def check(self, name):
        """Run one: it has to be named at its place, in four parts, and in Chinese as well."""
        row = self.rows[name]
        cr.manual_seed(1)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("default")  # each line says a thing once
            try:
                row.run()
                error = None
            except cr.ChainruleError as found:
                error = found
        assert (error is not None) is row.refused, said
        found = error if row.refused else said[0].message
        assert (found.key, len(said)) == (row.key, 0 if row.refused else 1)
        assert found.where.startswith(row.where), found.where
        if not row.refused:
            assert said[0].filename == row.run.__code__.co_filename or said[0].filename == __file__  # the user's own
        for language, letters in (("en", "abc"), ("zh", "\u4e00")):
            choose(language)
            lines = str(found).splitlines()
            assert len(lines) == 4, lines
            assert any(ord(letter) >= ord(letters[0]) for letter in lines[2].partition(":")[2])


class Programs:
    """Programs that are as they should be."""

    def __init__(self):
        self.rows = {}

    def right(self, run):
        self.rows[run.__name__.replace("_", " ")] = run
        return run

    def run(self, name):
        """Run one: a warning would be an error."""
        cr.manual_seed(1)
        self.rows[name]()
