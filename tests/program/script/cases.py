"""Random trainings: networks of every layer, every loss, every optimizer, schedules, clipping, weights."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from chainrule.optim import lr_scheduler, schedules

DENSE = (
    nn.ReLU, nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Hardswish,
    nn.Hardtanh, nn.Hardsigmoid, nn.ReLU6, nn.Softsign, nn.Softplus, nn.LogSigmoid, nn.PReLU,
    lambda: nn.GELU(approximate="tanh"),
)
OPTIMIZERS: tuple[Callable[[Any], Any], ...] = (
    lambda p: optim.SGD(p, lr=0.1),
    lambda p: optim.SGD(p, lr=0.05, weight_decay=0.01),
    lambda p: optim.SGD(p, lr=0.05, momentum=0.9),
    lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, decoupled_weight_decay=0.02),
    lambda p: optim.SGD(p, lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.001),
    lambda p: optim.Adam(p, lr=0.01),
    lambda p: optim.Adam(p, lr=0.01, weight_decay=0.01, amsgrad=True),
    lambda p: optim.AdamW(p, lr=0.02, betas=(0.8, 0.95), eps=1e-6),
    lambda p: optim.NAdam(p, lr=0.01),
    lambda p: optim.RMSprop(p, lr=0.005),
    lambda p: optim.RMSprop(p, lr=0.005, momentum=0.5, centered=True, weight_decay=0.01),
    lambda p: optim.Adagrad(p, lr=0.05, lr_decay=0.01),
    lambda p: optim.Adadelta(p, lr=0.5),
    lambda p: optim.Lion(p, lr=0.003, weight_decay=0.1),
)


class Case(NamedTuple):
    """A training.

    Attributes:
        trainer: with its network, fresh.
        data: what it learns from.
        epochs: how many.
        batch_size: rows a batch.
        dense: how many layers of the small kind the network has.
        large: how many convolutions, recurrences, attentions.
        words: what it is, for a test that fails.
    """

    trainer: cr.Trainer
    data: tuple[Any, ...]
    epochs: int
    batch_size: int
    dense: int
    large: int
    words: str


def case(number: int) -> Case:
    """Training `number`: the same at every call."""
    draw = np.random.default_rng(number)
    cr.manual_seed(number)
    rows = int(draw.integers(5, 40))
    loss, outputs, targets = _loss(draw, rows)
    kind = draw.choice(["dense", "dense", "dense", "images", "signals", "words", "sequence", "attention"])
    body, X, width, dense, large = _BODIES[kind](draw, rows)
    model = nn.Sequential(*body, nn.Linear(width, outputs))
    if isinstance(loss, nn.NLLLoss):
        model = nn.Sequential(*model, nn.LogSoftmax(1))
        dense += 1
    if isinstance(loss, nn.BCELoss):
        model = nn.Sequential(*model, nn.Sigmoid())
        dense += 1
    place = int(draw.integers(len(OPTIMIZERS)))
    optimizer = _groups(draw, model, OPTIMIZERS[place])
    more: dict[str, Any] = {}
    if draw.random() < 0.25:
        more["clip_norm"] = float(draw.choice([0.1, 1.0]))
    elif draw.random() < 0.15:
        more["clip_value"] = 0.05
    epochs, size = int(draw.integers(1, 5)), int(draw.integers(2, 20))
    if draw.random() < 0.4:
        more["schedule"] = _schedule(draw, optimizer)
    data: tuple[Any, ...] = (X, targets)
    weighted = isinstance(loss, nn.CrossEntropyLoss | nn.MSELoss | nn.BCEWithLogitsLoss) and loss.reduction == "mean"
    if weighted and draw.random() < 0.25:
        data = (X, targets, draw.uniform(0.5, 2.0, rows))
    elif isinstance(loss, nn.CrossEntropyLoss) and targets.dtype.kind == "i" and draw.random() < 0.3:
        more["class_weight"] = "balanced"
    trainer = cr.Trainer(
        model, loss=loss, optimizer=optimizer, seed=number, engine="numpy", dtype="float64", guard="off", **more
    )
    words = f"case {number}: {kind}, {rows} rows by {size}, {epochs} epochs, {loss}, {type(optimizer).__name__}, {more}"
    return Case(trainer, data, epochs, size, dense + 1, large, words + f"\n{model}")


def _groups(draw: Any, model: Any, make: Any) -> Any:
    if draw.random() < 0.75:
        return make(model.parameters())
    biases = [p for name, p in model.named_parameters() if name.endswith("bias")]
    weights = [p for name, p in model.named_parameters() if not name.endswith("bias")]
    return make([{"params": weights}, {"params": biases, "lr": 0.004}]) if biases else make(weights)


def _schedule(draw: Any, optimizer: Any) -> Any:
    return [
        lambda: schedules.cosine(0.05, steps=20, warmup=3),
        lambda: schedules.exponential(0.05, 0.9),
        lambda: lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5),
        lambda: lr_scheduler.ExponentialLR(optimizer, gamma=0.8),
        lambda: lr_scheduler.CosineAnnealingLR(optimizer, T_max=4),
    ][int(draw.integers(5))]()


def _loss(draw: Any, rows: int) -> tuple[Any, int, Any]:
    """A loss, how many outputs it wants, and targets."""
    kind = draw.choice(["numbers", "classes", "binary"])
    reduction = "sum" if draw.random() < 0.15 else "mean"
    if kind == "numbers":
        outputs = int(draw.integers(1, 4))
        made = [
            nn.MSELoss, nn.L1Loss, nn.HuberLoss, nn.SmoothL1Loss, nn.QuantileLoss,
            lambda reduction: nn.PoissonNLLLoss(reduction=reduction),
        ][int(draw.integers(6))]
        targets = draw.normal(size=(rows, outputs))
        loss = made(reduction=reduction)
        return loss, outputs, np.abs(np.round(targets * 2)) if isinstance(loss, nn.PoissonNLLLoss) else targets
    if kind == "classes":
        outputs = int(draw.integers(2, 5))
        targets = draw.integers(0, outputs, rows)
        which = int(draw.integers(5))
        if which == 0:
            return nn.CrossEntropyLoss(reduction=reduction), outputs, targets
        if which == 1:
            return nn.CrossEntropyLoss(label_smoothing=0.1, reduction=reduction), outputs, targets
        if which == 2:
            weight = draw.uniform(0.5, 2.0, outputs)
            return nn.CrossEntropyLoss(weight=cr.tensor(weight), reduction=reduction), outputs, targets
        if which == 3:
            return nn.NLLLoss(reduction=reduction), outputs, targets
        shares = draw.dirichlet(np.ones(outputs), rows)
        return nn.CrossEntropyLoss(reduction=reduction), outputs, shares
    targets = draw.integers(0, 2, (rows, 1)).astype(float)
    made = [nn.BCEWithLogitsLoss, nn.BCELoss, nn.HingeLoss][int(draw.integers(3))]
    return made(reduction=reduction), 1, targets


def _dense(draw: Any, rows: int) -> tuple[list[Any], Any, int, int, int]:
    width = int(draw.integers(1, 6))
    X = draw.normal(size=(rows, width))
    body: list[Any] = []
    for _ in range(int(draw.integers(0, 4))):
        new = int(draw.integers(2, 9))
        body.append(nn.Linear(width, new, bias=bool(draw.random() < 0.85)))
        width = new
        if draw.random() < 0.35:
            norms = [nn.BatchNorm1d, nn.LayerNorm, nn.RMSNorm, lambda n: nn.GroupNorm(1, n)]
            body.append(norms[int(draw.integers(4))](width))
        if draw.random() < 0.85:
            body.append(DENSE[int(draw.integers(len(DENSE)))]())
        if draw.random() < 0.3:
            body.append(nn.Dropout(float(draw.choice([0.1, 0.5]))))
    return body, X, width, len(body), 0


def _images(draw: Any, rows: int) -> tuple[list[Any], Any, int, int, int]:
    channels, filters = int(draw.integers(1, 3)), int(draw.integers(1, 4))
    X = draw.normal(size=(rows, channels, 6, 6))
    body: list[Any] = [nn.Conv2d(channels, filters, 3, padding=int(draw.integers(0, 2)))]
    if draw.random() < 0.4:
        body.append(nn.BatchNorm2d(filters))
    body.append(DENSE[int(draw.integers(len(DENSE)))]())
    if draw.random() < 0.6:
        body.append(nn.MaxPool2d(2) if draw.random() < 0.5 else nn.AvgPool2d(2))
    if draw.random() < 0.3:
        body.append(nn.Dropout2d(0.3))
    large = 1
    if draw.random() < 0.3:
        body.append(nn.Conv2d(filters, 2, 2, stride=int(draw.integers(1, 3)), bias=False))
        large += 1
    body.append(nn.Flatten())
    return _closed(body, X, large)


def _signals(draw: Any, rows: int) -> tuple[list[Any], Any, int, int, int]:
    X = draw.normal(size=(rows, 2, 9))
    body: list[Any] = [nn.Conv1d(2, 3, 3, padding="same"), nn.ReLU()]
    if draw.random() < 0.5:
        body.append(nn.MaxPool1d(2))
    if draw.random() < 0.3:
        body.append(nn.AdaptiveAvgPool1d(2))
    body.append(nn.Flatten())
    return _closed(body, X, 1)


def _words(draw: Any, rows: int) -> tuple[list[Any], Any, int, int, int]:
    X = draw.integers(0, 7, (rows, 4))
    body: list[Any] = [nn.Embedding(7, 3), nn.Flatten()]
    if draw.random() < 0.5:
        body += [nn.Linear(12, 5), nn.Tanh()]
    return _closed(body, X, 0)


class _Last(nn.Module):
    """The last state of a recurrent network."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Any) -> Any:
        """(B, T, F) to (B, H)."""
        outputs, _ = self.inner(x)
        return outputs[:, -1]


class _Attended(nn.Module):
    """A sequence that looks at itself, and its mean."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)

    def forward(self, x: Any) -> Any:
        """(B, T, F) to (B, F)."""
        seen, _ = self.attention(x, x, x, need_weights=False)
        return (x + seen).mean(1)


def _sequence(draw: Any, rows: int) -> tuple[list[Any], Any, int, int, int]:
    X = draw.normal(size=(rows, 5, 2))
    kind = [nn.RNN, nn.LSTM, nn.GRU][int(draw.integers(3))]
    layers, ways = int(draw.integers(1, 3)), bool(draw.random() < 0.3)
    inner = kind(2, 3, num_layers=layers, batch_first=True, bidirectional=ways)
    body = [_Last(inner)]
    return body, X, 3 * (1 + ways), 0, layers * (1 + ways)


def _attention(draw: Any, rows: int) -> tuple[list[Any], Any, int, int, int]:
    X = draw.normal(size=(rows, 4, 4))
    if draw.random() < 0.4:
        return [nn.TransformerEncoderLayer(4, 2, 6, dropout=0.1, batch_first=True), nn.Flatten()], X, 16, 6, 1
    return [_Attended(4)], X, 4, 0, 1


def _closed(body: list[Any], X: Any, large: int) -> tuple[list[Any], Any, int, int, int]:
    with cr.no_grad():
        sample = cr.tensor(X[:2]) if X.dtype.kind == "i" else cr.tensor(X[:2], dtype="float32")
        model = nn.Sequential(*body).eval()
        width = model(sample).shape[1]
        model.train()
    return body, X, width, len(body) - large, large


_BODIES: dict[str, Any] = {
    "dense": _dense, "images": _images, "signals": _signals, "words": _words, "sequence": _sequence,
    "attention": _attention,
}
