"""Everything of the contract tables of modules, losses and optimizers has a script that equals its training."""

import itertools
import zlib
from math import prod

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.nn import table as modules
from tests.nn.contract import flat
from tests.nn.losses import table as losses
from tests.optim import table as optimizers
from tests.optim import test_lr_scheduler, test_schedules
from tests.program.script.equal import equals

EVERY = 5  # so many rows of each table are tried by day, all of them by night


def some(rows, every=EVERY):
    """The rows of a table, most of them for the night."""
    return [
        pytest.param(row, marks=[pytest.mark.night] if i % every else [], id=f"{i}-{row}") for i, row in enumerate(rows)
    ]


class Around(nn.Module):
    """A module of the table between a weight for each of its inputs, and all that it gives in one row."""

    def __init__(self, row):
        super().__init__()
        self.row = (row.batch, row.mode)
        self.inner = row.build()
        arrays = row.arrays()
        self.scales = nn.ParameterList([nn.Parameter(cr.tensor(1.0 + i / 8)) for i in range(len(arrays))])

    def train(self, mode=True):
        super().train(mode)
        if self.row[1] == "eval":
            self.inner.eval()
        return self

    def forward(self, *inputs):
        batch, _ = self.row
        given = [x * w if x.dtype.kind == "f" else x for x, w in zip(inputs, self.scales, strict=True)]
        if batch is None:
            given = [x[0] for x in given]
        elif batch == 1:
            given = [x.transpose(0, 1) for x in given]
        found = [r for r in flat(self.inner(*given)) if r.dtype.kind == "f"]
        count = inputs[0].shape[0]
        found = [r.transpose(0, 1) if batch == 1 and r.ndim > 2 and r.shape[1] == count else r for r in found]
        return cr.cat([r.reshape(count, -1) for r in found], 1)


def rows_of(row):
    """The arrays of a row, three times with other numbers, the rows first."""
    found = []
    for array in row.arrays():
        a = np.asarray(array)
        a = a[None] if row.batch is None else np.swapaxes(a, 0, 1) if row.batch == 1 else a
        more = [a, a[::-1] * 0.9, a * 1.1] if a.dtype.kind == "f" else [a, a[::-1], a]
        found.append(np.concatenate(more))
    return found


@pytest.mark.parametrize("row", some(modules.MODULES))
def test_every_module(row, tmp_path):
    inputs = rows_of(row)
    model = Around(row).double()
    size = 1 if row.batch is None else 4
    with cr.no_grad():
        made = model(*(cr.from_numpy(x[:2 if size > 1 else 1]) for x in inputs))
    width = prod(made.shape[1:])
    targets = np.random.default_rng(zlib.crc32(str(row).encode())).normal(size=(len(inputs[0]), width))
    model = Around(row).double()  # without the statistics of that look
    trainer = cr.Trainer(
        model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.05), seed=1, engine="numpy", dtype="float64",
        guard="off",
    )
    equals(trainer, (tuple(inputs) if len(inputs) > 1 else inputs[0], targets), 2, size, tmp_path, str(row))


class Scaled(nn.Module):
    """Outputs that can be moved, near the numbers given."""

    def __init__(self, shape):
        super().__init__()
        self.scale = nn.Parameter(cr.tensor(np.linspace(0.98, 1.01, prod(shape)).reshape(shape)))

    def forward(self, x):
        return x * self.scale


def of_losses():
    """Each loss with each reduction, with and without weights of the rows; most of them for the night."""
    kinds = itertools.product(losses.ROWS, ("mean", "sum"), (False, True))
    for i, (row, reduction, weighted) in enumerate(kinds):
        marks = [pytest.mark.night] if i % 11 else []
        yield pytest.param(row, reduction, weighted, marks=marks, id=f"{i}-{row}-{reduction}{'-weights' * weighted}")


@pytest.mark.parametrize(("row", "reduction", "weighted"), list(of_losses()))
def test_every_loss(row, reduction, weighted, tmp_path):
    outputs, targets = row.drawn()
    model = Scaled(outputs.shape[1:])
    kwargs = {k: cr.tensor(v) if isinstance(v, np.ndarray) else v for k, v in row.kwargs.items()}
    loss = getattr(nn, row.name)(reduction=reduction, **kwargs)
    optimizer = optim.SGD(model.parameters(), lr=1e-3)
    trainer = cr.Trainer(model, loss, optimizer, seed=0, engine="numpy", dtype="float64", guard="off")
    data = (outputs, targets)
    if weighted:
        data += (np.linspace(0.5, 2.0, len(outputs)),)
    whole = any(np.shape(v)[:1] == (losses.N,) for v in row.kwargs.values())
    equals(trainer, data, 3, losses.N if whole else 3, tmp_path, f"{row} {reduction}")


def small(seed=0):
    cr.manual_seed(seed)
    return nn.Sequential(
        nn.Unflatten(1, (1, 4)), nn.Conv1d(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(8, 5), nn.BatchNorm1d(5),
        nn.Tanh(), nn.Linear(5, 2),
    )


X = np.random.default_rng(0).normal(size=(13, 4))
Y = np.random.default_rng(1).normal(size=(13, 2))


def trained(model, optimizer, **more):
    return cr.Trainer(model, nn.MSELoss(), optimizer, seed=0, engine="numpy", dtype="float64", guard="off", **more)


def biases_apart(model, **more):
    """The parameters in two groups: weights, and biases."""
    kinds = [[p for n, p in model.named_parameters() if n.endswith("bias") is bias] for bias in (False, True)]
    return [{"params": kinds[0]}, {"params": kinds[1], "lr": 0.003, **more}]


@pytest.mark.parametrize("row", some(optimizers.ROWS, 3))
def test_every_optimizer(row, tmp_path):
    model = small()
    equals(trained(model, row.make(model.parameters())), (X, Y), 3, 5, tmp_path, str(row))


@pytest.mark.parametrize("row", some(optimizers.ELEMENTWISE, 3))
def test_every_optimizer_with_groups(row, tmp_path):
    model = small()
    equals(trained(model, row.make(biases_apart(model, weight_decay=0.0))), (X, Y), 3, 5, tmp_path, str(row))


SCHEDULERS = [*test_lr_scheduler.ROWS, ("SequentialLR", {}), ("both", {})]


@pytest.mark.parametrize(("name", "kwargs"), [
    pytest.param(*row, marks=[pytest.mark.night] if i % 4 else [], id=f"{i}-{row[0]}")
    for i, row in enumerate(SCHEDULERS)
])
def test_every_scheduler(name, kwargs, tmp_path):
    model = small()
    optimizer = optim.AdamW(biases_apart(model), lr=0.01)
    if name == "SequentialLR":
        first = optim.lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=2)
        then = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        schedule = optim.lr_scheduler.SequentialLR(optimizer, [first, then], milestones=[2])
    elif name == "both":
        schedule = [optim.lr_scheduler.StepLR(optimizer, 2), optim.lr_scheduler.ExponentialLR(optimizer, 0.9)]
    else:
        schedule = getattr(optim.lr_scheduler, name)(optimizer, **kwargs)
    equals(trained(model, optimizer, schedule=schedule), (X, Y), 12, 6, tmp_path)


@pytest.mark.parametrize("schedule", some([schedule for schedule, _ in test_schedules.ROWS], 4))
def test_every_schedule(schedule, tmp_path):
    model = small()
    equals(trained(model, optim.Adam(model.parameters()), schedule=schedule), (X, Y), 6, 6, tmp_path)
