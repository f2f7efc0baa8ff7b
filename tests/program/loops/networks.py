"""Small networks of every kind, drawn from a seed, with a training step and data for it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from chainrule import nn, optim

ACTIVATIONS = ["ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "ELU", "LeakyReLU", "Softplus"]


class Training(NamedTuple):
    """A network, its step, and batches of one shape."""

    model: Any
    step: Callable[..., Any]
    batches: list[tuple[Any, ...]]


class Draw:
    """Choices that depend on a seed alone."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def number(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def one_of(self, *values: Any) -> Any:
        return values[self.number(0, len(values) - 1)]

    def activation(self) -> Any:
        return getattr(nn, self.one_of(*ACTIVATIONS))()


class Tokens(nn.Module):
    """Whole numbers through an embedding into a network of rows (N, T, width)."""

    def __init__(self, kinds: int, width: int, body: Any, head: Any) -> None:
        super().__init__()
        self.embedding = nn.Embedding(kinds, width)
        self.body = body
        self.head = head

    def forward(self, x: Any) -> Any:
        out = self.body(self.embedding(x))
        out = out[0] if isinstance(out, tuple) else out
        return self.head(out.mean(1))


def mlp(draw: Draw, rows: int) -> tuple[Any, Any, int]:
    width = draw.number(1, 20)
    classes = draw.number(2, 12)
    layers, last = [], width
    for _ in range(draw.number(1, 3)):
        norm = draw.one_of("", "", "batch", "layer") if rows > 1 else draw.one_of("", "layer")
        size = draw.number(2, 40)
        layers.append(nn.Linear(last, size, bias=norm != "batch"))
        layers += {"": [], "batch": [nn.BatchNorm1d(size)], "layer": [nn.LayerNorm(size)]}[norm]
        layers.append(draw.activation())
        layers += [nn.Dropout(0.3)] if draw.number(0, 2) == 0 else []
        last = size
    return nn.Sequential(*layers, nn.Linear(last, classes)), draw.rng.normal(size=(3, rows, width)), classes


def conv(draw: Draw, rows: int) -> tuple[Any, Any, int]:
    rows = min(rows, 12)
    channels, high, wide = draw.number(1, 4), draw.number(6, 13), draw.number(6, 13)
    classes, out = draw.number(2, 6), draw.number(1, 3) * channels
    first = nn.Conv2d(
        channels, out, draw.one_of(2, 3, (3, 2)), stride=draw.one_of(1, 1, 2), padding=draw.one_of(0, 1),
        groups=draw.one_of(1, 1, channels), bias=False,
    )
    middle = [nn.BatchNorm2d(out)] if rows > 1 else []
    pool = draw.one_of(nn.MaxPool2d(2), nn.AvgPool2d(2), nn.MaxPool2d(2, stride=1), nn.Identity())
    x = draw.rng.normal(size=(3, rows, channels, high, wide))
    front = nn.Sequential(first, *middle, draw.activation(), pool, nn.Flatten())
    size = front(cr.tensor(x[0], dtype="float32")).shape[1]
    return nn.Sequential(*front, nn.Linear(size, classes)), x, classes


def recurrent(draw: Draw, rows: int) -> tuple[Any, Any, int]:
    kinds, width, hidden, classes = draw.number(3, 12), draw.number(2, 9), draw.number(2, 12), draw.number(2, 5)
    both = draw.number(0, 3) == 0
    kind = getattr(nn, draw.one_of("RNN", "LSTM", "GRU"))
    body = kind(width, hidden, num_layers=draw.one_of(1, 1, 2), batch_first=True, bidirectional=both)
    x = draw.rng.integers(0, kinds, (3, min(rows, 20), draw.number(1, 7)))
    return Tokens(kinds, width, body, nn.Linear(hidden * (1 + both), classes)), x, classes


def attention(draw: Draw, rows: int) -> tuple[Any, Any, int]:
    kinds, heads, classes = draw.number(3, 12), draw.one_of(1, 2), draw.number(2, 5)
    width = heads * draw.number(2, 5)
    body = nn.TransformerEncoderLayer(
        width, heads, draw.number(3, 17), dropout=draw.one_of(0.0, 0.2), batch_first=True,
        activation=draw.one_of("relu", "gelu"), norm_first=draw.one_of(False, True),
    )
    x = draw.rng.integers(0, kinds, (3, min(rows, 9), draw.number(1, 8)))
    return Tokens(kinds, width, body, nn.Linear(width, classes)), x, classes


KINDS = {"mlp": mlp, "conv": conv, "recurrent": recurrent, "attention": attention}


def trained(model: Any, optimizer: Any, criterion: Any, limit: float | None = None) -> Callable[..., Any]:
    """An ordinary training step."""

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        outputs = model(x)
        loss = criterion(outputs, y)
        loss.backward()
        if limit is not None:
            nn.utils.clip_grad_norm_(model.parameters(), limit)
        optimizer.step()
        return loss, outputs

    return step


def network(seed: int, dtype: str = "float64", kind: str | None = None) -> Training:
    """The network number `seed`."""
    draw = Draw(seed)
    cr.manual_seed(seed)
    kind = kind or draw.one_of("mlp", "mlp", "mlp", "conv", "conv", "recurrent", "attention")
    rows = draw.one_of(1, 2, 3, 7, 8, 16, 31, 64, draw.number(1, 70))
    model, xs, classes = KINDS[kind](draw, rows)
    model = model.to(dtype)
    parameters = list(model.parameters())
    # What has a gradient of rounding alone (a bias of keys) must not be divided by itself.
    rules = [
        lambda: optim.SGD(parameters, lr=0.05, momentum=0.9),
        lambda: optim.SGD(parameters, lr=0.05, weight_decay=0.1, nesterov=True, momentum=0.5),
        lambda: optim.Adam(parameters, lr=0.01),
        lambda: optim.AdamW(parameters, lr=0.01, weight_decay=0.1),
        lambda: optim.RMSprop(parameters, lr=0.01),
    ]
    optimizer = rules[draw.number(0, 1 if kind == "attention" else 4)]()
    limit = draw.one_of(None, None, 0.1)
    loss = draw.one_of("classes", "classes", "numbers", "bits")
    shape = (3, xs.shape[1])
    if loss == "classes":
        criterion, ys = nn.CrossEntropyLoss(label_smoothing=draw.one_of(0.0, 0.1)), draw.rng.integers(0, classes, shape)
    elif loss == "numbers":
        criterion, ys = draw.one_of(nn.MSELoss(), nn.HuberLoss()), draw.rng.normal(size=(*shape, classes))
    else:
        criterion, ys = nn.BCEWithLogitsLoss(), draw.rng.integers(0, 2, (*shape, classes)).astype(float)
    batches = [tuple(tensor(a, dtype) for a in pair) for pair in zip(xs, ys, strict=True)]
    return Training(model, trained(model, optimizer, criterion, limit), batches)


def tensor(array: Any, dtype: str) -> Any:
    """Numbers as tensors: fractions in the given type."""
    return cr.tensor(array, dtype=dtype) if array.dtype.kind == "f" else cr.from_numpy(array)
