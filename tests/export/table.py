"""What the exports are held to: the table of modules, the modules that it lacks, networks of a user's own."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F
from tests.nn.losses.table import ROWS as LOSSES
from tests.nn.rows.activations import Z
from tests.nn.table import MODULES

DRAW = np.random.default_rng(11)


class Case(NamedTuple):
    """A network and inputs for it."""

    name: str
    build: Callable[[], Any]
    arrays: list[Any]
    axis: int | None = 0

    def __str__(self) -> str:
        return self.name


class Residual(nn.Module):
    """Two paths that meet, and a weight that is used twice."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.norm = nn.LayerNorm(4)

    def forward(self, x):
        for _ in range(2):
            x = x + F.relu(self.inner(self.norm(x)))
        return x * x.mean(1, keepdim=True)


class Several(nn.Module):
    """Two inputs, a dict of answers, one of them given twice, one an input."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(4, 3), nn.Linear(2, 3)

    def forward(self, a, b):
        z = self.left(a) + self.right(b)
        return {"logits": z, "share": F.softmax(z), "again": [z, a], "turned": z.T.T}


class Moves(nn.Module):
    """What moves numbers about: slices, strides backwards, joins, indices, sorting, running sums."""

    def forward(self, x):
        order = x.argsort(1)
        largest = x.argmax(1)
        table = cr.arange(12.0).reshape((4, 3))
        picked = table[largest]  # (N, 3)
        corner = cr.cat([x[:, ::-1], x[:, 1:3], x[:, 0].unsqueeze(1)], 1)
        flipped = x.gather(1, order)
        both = cr.where(x > 0, x.cumsum(1), -x.abs())
        return corner, picked, flipped, both, largest, x.amin(1), x.reshape(-1, 2, 2)[:, [0, 1], [1, 0]]


class Sorts(nn.Module):
    """Orders along an axis, as answers and as indices."""

    def forward(self, x):
        values, places = x.sort(1)
        return values, places, x.argsort(1, descending=True), x.topk(2, 1), (x * 2).round().argsort(2)


class Joins(nn.Module):
    """Products by letters, padding, repeating, reductions to masks, numbers chosen by masks."""

    def forward(self, x):
        wide = F.pad(x, (1, 2, -1, 0), value=0.5).repeat(1, 1, 2)
        pairs = cr.einsum("bij,bkj->bik", x, x).tril()
        shares = F.scaled_dot_product_attention(x, x, x, is_causal=True)
        return wide, pairs, shares, (x > 0).any(1), (x > -1).all(2), cr.where(x > 0, 1.0, 0.0), x.std(1), x.prod(2)


class Turned(nn.Module):
    """Layers' functions with their roles exchanged: the input is the weight, the filter, the statistics."""

    def forward(self, x):
        table, image = cr.arange(20.0).reshape((5, 4)) / 10, cr.arange(16.0).reshape((1, 1, 4, 4)) / 10
        filters = x.reshape(-1, 1, 2, 2)
        column = cr.ones(1, 4, 4)
        return F.linear(table, x), F.linear(table, x, x.sum(1)), F.conv2d(image, filters), x + column.sum(1)


class Pixels(nn.Module):
    """Bytes as they come from an image."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 2)

    def forward(self, x):
        return self.inner(x.to(np.float32) / 255.0), x


class Logic(nn.Module):
    """Comparisons, masks, rounding, powers, and numbers that are not finite."""

    def forward(self, x):
        inside = (x > -1) & (x < 1) | x.isnan()
        log = (x.abs() + 1e-3).log()
        steps = (x * 3).floor() + (x * 2).round() + x.sign()
        wide = cr.where(inside, x**2 + 2.0**x, log.sin() * log.cos()).expm1()
        return wide, steps, inside.to(x.dtype).sum(1), (x / 0).isfinite().to(x.dtype), ~inside, (x * x).sqrt().log1p()


class Put(nn.Module):
    """Numbers put into a copy."""

    def forward(self, x):
        y = x * 1.0
        y[:, 1] = 7.0
        y[:, 2:4] = x[:, :2]
        return y


class Masked(nn.Module):
    """Causal attention by hand, softmax over masked scores, a row of which is masked as a whole."""

    def forward(self, x):
        scores = x @ x.mT
        mask = cr.arange(5).unsqueeze(1) > cr.arange(5)
        return F.softmax(scores.masked_fill(~mask, float("-inf")), -1) @ x


class Stepwise(nn.Module):
    """A recurrence written as a Python loop over a cell."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x):
        h = cr.zeros(x.shape[0], 4)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return h


def _encoder():
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    return nn.TransformerEncoder(layer, 2)


def _images():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.GELU(),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(), nn.Linear(24, 3),
    )


def case(build, *shapes, axis=0, name=""):
    arrays = [DRAW.normal(size=shape) if isinstance(shape, tuple) else shape for shape in shapes]
    return Case(name or build.__name__, build, arrays, axis)


WORDS = np.array([[1, 2, 5, 0], [2, 2, 0, 4], [3, 1, 1, 2]])
OWN = [
    case(Residual, (6, 4)), case(Several, (5, 4), (5, 2)), case(Moves, (6, 4)), case(Logic, (6, 4)),
    case(Sorts, (4, 5, 3)), case(Joins, (3, 5, 4)), case(Turned, (3, 4)),
    case(Pixels, DRAW.integers(0, 255, (5, 4)).astype(np.uint8)),
    case(Put, (3, 5)), case(Masked, (3, 5, 4)), case(Stepwise, (4, 6, 3)), case(_images, (2, 1, 9, 8), name="Images"),
    case(lambda: nn.Sequential(nn.Embedding(6, 3), nn.Flatten(), nn.Linear(12, 2)), WORDS, name="Words"),
    case(lambda: nn.Sequential(nn.ModuleList([nn.Linear(4, 4)])[0], nn.Tanh()), (3, 4), name="ModuleList"),
]
LACKING = [
    case(lambda: nn.Hardsigmoid(), Z, name="Hardsigmoid"), case(_encoder, (3, 5, 4), name="TransformerEncoder"),
    case(lambda: nn.CosineSimilarity(), (5, 4), (5, 4), name="CosineSimilarity"),
    case(lambda: nn.PairwiseDistance(), (5, 4), (5, 4), name="PairwiseDistance"),
    case(lambda: nn.TripletMarginLoss(reduction="none"), (5, 4), (5, 4), (5, 4), name="TripletMarginLoss"),
]
ROWS = [Case(str(row), row.build, row.arrays(), row.batch) for row in MODULES]
SINGLE = [
    Case(str(row), lambda row=row: row.module("none"), [np.asarray(array) for array in row.drawn()]) for row in LOSSES
]
"""Losses without a mean: a number for each row."""
CASES = [*ROWS, *LACKING, *OWN]
WITHOUT_A_FORM = {"ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Module"}
"""What holds modules and has no forward pass of its own."""
REFUSED = {"BatchNorm1d(4, track_running_stats=False)[6x4]": "export.rows_differ"}
"""What cannot be exported, and the words for it."""
