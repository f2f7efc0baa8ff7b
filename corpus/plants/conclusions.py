"""45, 54, 55, 57 to 60: the order of rows, evaluation, and what is concluded."""

from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn
from corpus.plants.plant import Plant, classifies, is_numbers, not_tiny
from corpus.plants.splits import parted
from corpus.setup import Rows, Setup, dense
from corpus.streams import between

STRAIGHT = 0.9  # of the rows that a straight border tells rightly


def is_straight(setup: Setup) -> bool:
    """Whether a straight border parts the classes: it is found again by whatever class is read last."""
    from sklearn.linear_model import LogisticRegression

    (X, y), (Xt, yt) = setup.rows, setup.test
    line = LogisticRegression(max_iter=1000).fit(X, y.reshape(-1) > 0.5 if y.ndim > 1 else y)
    return float(line.score(Xt, yt.reshape(-1) > 0.5 if yt.ndim > 1 else yt)) > STRAIGHT


def is_table_of_truth(setup: Setup) -> bool:
    """Every answer to a few bits."""
    return setup.task == "binary" and not not_tiny(setup)


def shuffled(rows: Rows, size: int) -> Any:
    """A loader that reads the rows in another order every epoch."""
    return cr.data.DataLoader(rows, batch_size=size, shuffle=True, seed=0)


def as_they_stand(rows: Rows, size: int) -> Any:
    """A loader that reads the rows as they stand."""
    return cr.data.DataLoader(rows, batch_size=size, shuffle=False)


def through_a_loader(setup: Setup, rng: np.random.Generator) -> Setup:
    """The same through a loader, in few epochs of large plain steps: what was read last is remembered best."""
    few = max(5, setup.epochs // int(rng.integers(5, 10)))
    return setup.but(feed=shuffled, optimizer="sgd", options={}, batch_size=8, lr=between(rng, 0.1, 0.4), epochs=few)


def sorted_for_good(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows sorted by their target, and never shuffled."""
    X, y = setup.rows
    order = np.argsort(y.reshape(-1), kind="stable")
    return setup.but(rows=(X[order], y[order]), feed=as_they_stand)


class Noisy(nn.Module):
    """A network that leaves out some of its outputs' causes whenever it is asked, learning or not."""

    def __init__(self, first: nn.Module, last: nn.Module, p: float) -> None:
        super().__init__()
        self.first, self.last, self.p = first, last, p

    def forward(self, x: Any) -> Any:
        """Answers that differ from time to time."""
        return self.last(nn.functional.dropout(self.first(x), self.p, training=True))


class Mates(nn.Module):
    """A network that centres what it is asked by the rows beside it."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Any) -> Any:
        """Answers that depend on the other rows of the batch."""
        return self.inner(x - x.mean(0, keepdim=True))


def always_learning(setup: Setup, rng: np.random.Generator) -> Setup:
    """Dropout that is on when it answers too, or a mean over whoever is asked at the same time."""
    p = float(rng.uniform(0.2, 0.5))
    if rng.random() < 0.5:
        return setup.but(network=lambda setup: Mates(dense(setup)))

    def network(setup: Setup) -> nn.Module:
        width = max(setup.hidden[-1], 16)
        first = nn.Sequential(nn.MLP([*setup.sizes[:-1], width], activation=setup.activation), nn.ReLU())
        return Noisy(first, nn.Linear(width, setup.outputs), p)

    return setup.but(network=network)


def accuracy(targets: Any, outputs: Any) -> float:
    """How often two numbers are the same."""
    return float(np.mean(np.asarray(targets) == np.asarray(outputs)))


def unfit_metric(setup: Setup, rng: np.random.Generator) -> Setup:
    """The accuracy of numbers."""
    return setup.but(metrics=(accuracy,))


def lottery(setup: Setup, rng: np.random.Generator) -> Setup:
    """A single unit for a straight border, else about as many as there are bits: some seeds learn it."""
    bits = setup.rows[0].shape[1]
    units = 1 if is_straight(setup) else bits if bits == 2 else int(rng.integers(bits, bits + 2))
    return setup.but(hidden=(units,), activation=str(rng.choice(["relu", "tanh"])))


def another_each_time(setup: Setup, rng: np.random.Generator) -> Setup:
    """First weights from a stream that no seed begins."""

    def stir(model: nn.Module) -> None:
        drawn = np.random.default_rng()
        with cr.no_grad():
            for parameter in model.parameters():
                parameter.add_(cr.tensor(drawn.normal(size=parameter.shape) * 0.1, dtype=parameter.dtype))

    return setup.but(altered=stir)


def judged_by_its_own(setup: Setup, rng: np.random.Generator) -> Setup:
    """The rows that were learnt from, given to judge by."""
    return setup.but(validation=setup.rows)


class Deaf(nn.Module):
    """A network that gets next to nothing of its rows."""

    def __init__(self, inner: nn.Module, kept: float) -> None:
        super().__init__()
        self.inner, self.kept = inner, kept

    def forward(self, x: Any) -> Any:
        """The same answer to whatever comes."""
        return self.inner(x * self.kept)


def deaf(setup: Setup, rng: np.random.Generator) -> Setup:
    """Rows that are multiplied by 0 on their way, or that were zero before."""
    if rng.random() < 0.5:
        return setup.but(network=lambda setup: Deaf(dense(setup), 0.0))
    (X, y), (Xt, yt) = setup.rows, setup.test
    return setup.but(rows=(X * 0.0, y), test=(Xt * 0.0, yt))


PLANTS = (
    Plant(45, "not_shuffled", sorted_for_good, lambda s: classifies(s) and not is_straight(s), through_a_loader),
    Plant(54, "training_mode", always_learning, classifies,
          certain="two evaluations of the same rows differ, or depend on their mates"),
    Plant(55, "metric_unfit", unfit_metric, is_numbers, certain="a metric that says nothing; no training ends worse"),
    Plant(57, "seed_lottery", lottery, is_table_of_truth),
    Plant(58, "not_reproducible", another_each_time, not_tiny, certain="the same seed gives other bytes"),
    Plant(59, "no_held_out", judged_by_its_own, not_tiny, parted, "judged by what was learnt; no training ends worse"),
    Plant(60, "input_ignored", deaf),
)
