"""Random networks of every sort of layer, each from a number."""

from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn
from tests.export.table import Case

ACTIVATIONS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Tanh, nn.Sigmoid,
    nn.Softplus, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.Softsign, nn.LogSigmoid, nn.PReLU,
)


class Branches(nn.Module):
    """Two ways through, added or joined."""

    def __init__(self, left: nn.Module, right: nn.Module, joined: bool):
        super().__init__()
        self.left, self.right, self.joined = left, right, joined

    def forward(self, x: Any) -> Any:
        a, b = self.left(x), self.right(x)
        return cr.cat([a, b], 1) if self.joined else a + b


class Last(nn.Module):
    """The last step of a sequence, or the mean of all."""

    def __init__(self, inner: nn.Module, mean: bool):
        super().__init__()
        self.inner, self.mean = inner, mean

    def forward(self, x: Any) -> Any:
        made = self.inner(x)
        steps = made[0] if isinstance(made, tuple) else made
        return steps.mean(1) if self.mean else steps[:, -1]


def network(seed: int) -> Case:
    """A network with all its parts drawn, and seven rows for it."""
    draw = np.random.default_rng(seed)
    cr.manual_seed(seed)
    kind = ("dense", "dense", "image", "sequence")[seed % 4]
    layers, shape, width = {"dense": dense, "image": image, "sequence": sequence}[kind](draw)
    layers += head(draw, width)
    model = nn.Sequential(*layers)
    model.train()
    arrays = [draw.normal(size=(7, *shape))]
    if any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in model.modules()):
        for _ in range(3):  # running statistics that are worth something
            model(cr.tensor(draw.normal(size=(16, *shape)).astype(np.float32)))
    return Case(f"{kind} {seed}", lambda: model, arrays)


def activation(draw: Any) -> nn.Module:
    return ACTIVATIONS[draw.integers(len(ACTIVATIONS))]()


def norm(draw: Any, width: int) -> list[nn.Module]:
    kinds: list[list[nn.Module]] = [
        [], [nn.BatchNorm1d(width)], [nn.LayerNorm(width)], [nn.RMSNorm(width)], [nn.GroupNorm(1, width)],
    ]
    return kinds[draw.integers(len(kinds))]


def block(draw: Any, width: int, wider: int) -> list[nn.Module]:
    bias = bool(draw.integers(2))
    return [nn.Linear(width, wider, bias=bias), *norm(draw, wider), activation(draw), nn.Dropout(0.2)]


def dense(draw: Any) -> tuple[list[nn.Module], tuple[int, ...], int]:
    width = int(draw.integers(2, 12))
    shape, layers = (width,), []
    for _ in range(draw.integers(1, 5)):
        wider = int(draw.integers(2, 24))
        layers += block(draw, width, wider)
        width = wider
        if draw.random() < 0.4:
            left, right = (nn.Sequential(*block(draw, width, width)) for _ in range(2))
            joined = bool(draw.integers(2))
            layers.append(Branches(left, right, joined))
            width *= 1 + joined
    return layers, shape, width


def image(draw: Any) -> tuple[list[nn.Module], tuple[int, ...], int]:
    channels, size = int(draw.integers(1, 4)), int(draw.integers(9, 15))
    shape, layers = (channels, size, size + int(draw.integers(3))), []
    for _ in range(draw.integers(1, 3)):
        wider = int(draw.integers(1, 4)) * channels
        kernel, groups = int(draw.integers(1, 4)), channels if draw.random() < 0.3 else 1
        stride, padding = int(draw.integers(1, 3)), int(draw.integers(2))
        layers.append(nn.Conv2d(channels, wider, kernel, stride=stride, padding=padding, groups=groups))
        norms = [[], [nn.BatchNorm2d(wider)], [nn.GroupNorm(1, wider)]]
        layers += [*norms[draw.integers(3)], activation(draw)]
        channels = wider
    pools = [nn.MaxPool2d(2, ceil_mode=True), nn.AvgPool2d(2, padding=1), nn.Identity()]
    layers += [pools[draw.integers(3)], nn.AdaptiveAvgPool2d((2, 1)), nn.Flatten()]
    return layers, shape, 2 * channels


def sequence(draw: Any) -> tuple[list[nn.Module], tuple[int, ...], int]:
    length, width, hidden = int(draw.integers(2, 7)), int(draw.integers(1, 4)) * 2, int(draw.integers(2, 7))
    mean = bool(draw.integers(2))
    if draw.random() < 0.3:
        encoder = nn.TransformerEncoderLayer(width, 2, 2 * width, batch_first=True, norm_first=mean)
        return [Last(encoder, mean)], (length, width), width
    kinds = (nn.RNN, nn.GRU, nn.LSTM)
    both = bool(draw.integers(2))
    layers = int(draw.integers(1, 3))
    inner = kinds[draw.integers(3)](width, hidden, num_layers=layers, batch_first=True, bidirectional=both)
    return [Last(inner, mean)], (length, width), hidden * (1 + both)


def head(draw: Any, width: int) -> list[nn.Module]:
    outputs = int(draw.integers(1, 5))
    ends: list[list[nn.Module]] = [[], [nn.Sigmoid()], [nn.Softmax(-1)], [nn.LogSoftmax(-1)]]
    return [nn.Linear(width, outputs), *ends[draw.integers(4) if outputs > 1 else draw.integers(2)]]
