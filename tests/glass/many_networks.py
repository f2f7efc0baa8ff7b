"""Thirty trainings of all kinds, each about to make a step: network, loss, optimizer, batch."""

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn, optim

DRAW = np.random.default_rng(2)
ROWS, THREE = DRAW.normal(size=(7, 4)), DRAW.normal(size=(7, 3))
CLASSES = np.array([0, 2, 1, 1, 0, 2, 2])
YES_NO = (DRAW.normal(size=(7, 3)) > 0) * 1.0
WEIGHTS = np.array([1.0, 0.5, 2.0, 1.0, 3.0, 0.25, 1.0])
IMAGES = DRAW.normal(size=(4, 2, 7, 7))
SERIES = DRAW.normal(size=(5, 6, 3))
TOKENS = DRAW.integers(0, 11, size=(6, 5))

TRAININGS: dict[str, Callable[[], tuple[cr.Trainer, Any]]] = {}


def training(name: str) -> Callable[[Any], Any]:
    def put(make: Any) -> Any:
        TRAININGS[name] = make
        return make

    return put


def of(model: nn.Module, loss: Any, optimizer: Any, batch: Any, dtype: str = "float64", **options: Any) -> Any:
    made = optimizer(model.parameters()) if callable(optimizer) else optimizer
    options = {"engine": "numpy", "guard": "off", "seed": 1, **options}
    return cr.Trainer(model, loss, made, dtype=dtype, **options), batch


def sgd(parameters: Any) -> optim.SGD:
    return optim.SGD(parameters, lr=0.1)


class Residual(nn.Module):
    """A user's own block."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.inner, self.leave = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        h = cr.tanh(self.enter(x))
        return self.leave(h + 0.5 * cr.sigmoid(self.inner(h)))


class Shared(nn.Module):
    """One layer used three times."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.again, self.leave = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x: Any) -> Any:
        h = cr.tanh(self.enter(x))
        for _ in range(3):
            h = cr.tanh(self.again(h))
        return self.leave(h)


class Two(nn.Module):
    """Two inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right, self.out = nn.Linear(4, 5), nn.Linear(3, 5), nn.Linear(5, 1)

    def forward(self, one: Any, two: Any) -> Any:
        return self.out(cr.relu(self.left(one) + self.right(two)))


class Penalized(nn.Module):
    """A loss with L1 and L2 of the first weights in it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.held = [model[0].weight]

    def forward(self, output: Any, target: Any) -> Any:
        weight = self.held[0]
        return nn.functional.mse_loss(output, target) + 0.01 * weight.abs().sum() + 0.02 * (weight * weight).sum()


class Scaled(nn.Module):
    """A parameter of the user's own."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(cr.ones(4))
        self.out = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return self.out(cr.exp(-self.gain * x * x))


class Tagger(nn.Module):
    def __init__(self, first: nn.Module, second: nn.Module, how: str = "last") -> None:
        super().__init__()
        self.first, self.second, self.how = first, second, how

    def forward(self, x: Any) -> Any:
        found = self.first(x)
        found = found[0] if isinstance(found, tuple) else found
        return self.second(found[:, -1] if self.how == "last" else found.mean(1))


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.attention, self.out = nn.Embedding(11, 4), nn.MultiheadAttention(4, 2, batch_first=True), \
            nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        h = self.words(x)
        return self.out((h + self.attention(h, h, h)[0]).mean(1))


@training("mlp mse")
def _() -> Any:
    return of(nn.MLP([4, 5, 3], activation="tanh"), nn.MSELoss(), sgd, (ROWS, THREE))


@training("mlp bce adam")
def _() -> Any:
    return of(nn.MLP([4, 6, 3]), nn.BCEWithLogitsLoss(), optim.Adam, (ROWS, YES_NO))


@training("probabilities rmsprop")
def _() -> Any:
    model = nn.MLP([4, 6, 3], activation="sigmoid", output_activation="sigmoid")
    return of(model, nn.BCELoss(), optim.RMSprop, (ROWS, YES_NO))


@training("classes adamw")
def _() -> Any:
    return of(nn.MLP([4, 6, 3], activation="gelu"), nn.CrossEntropyLoss(), optim.AdamW, (ROWS, CLASSES))


@training("classes summed momentum")
def _() -> Any:
    return of(nn.MLP([4, 6, 5, 3], activation="leaky_relu"), nn.CrossEntropyLoss(reduction="sum"),
              lambda p: optim.SGD(p, lr=0.01, momentum=0.9), (ROWS, CLASSES))


@training("label smoothing")
def _() -> Any:
    return of(nn.MLP([4, 6, 3], activation="silu"), nn.CrossEntropyLoss(label_smoothing=0.1), sgd, (ROWS, CLASSES))


@training("weights of classes in the loss")
def _() -> Any:
    loss = nn.CrossEntropyLoss(weight=np.array([1.0, 2.0, 4.0]))
    return of(nn.MLP([4, 6, 3], activation="elu"), loss, sgd, (ROWS, CLASSES))


@training("weights of classes in the trainer")
def _() -> Any:
    return of(nn.MLP([4, 6, 3]), nn.CrossEntropyLoss(), sgd, (ROWS, CLASSES), class_weight="balanced")


@training("weighted rows")
def _() -> Any:
    return of(nn.MLP([4, 5, 3], activation="tanh"), nn.MSELoss(), sgd, (ROWS, THREE, WEIGHTS))


@training("weighted rows of classes")
def _() -> Any:
    return of(nn.MLP([4, 5, 3], activation="tanh"), nn.CrossEntropyLoss(), sgd, (ROWS, CLASSES, WEIGHTS))


@training("weighted rows of yes and no")
def _() -> Any:
    return of(nn.MLP([4, 5, 3], activation="tanh"), nn.BCEWithLogitsLoss(), sgd, (ROWS, YES_NO, WEIGHTS))


@training("positive weight")
def _() -> Any:
    loss = nn.BCEWithLogitsLoss(pos_weight=np.array([2.0, 3.0, 1.0]))
    return of(nn.MLP([4, 5, 3], activation="tanh"), loss, sgd, (ROWS, YES_NO))


@training("huber clipped norm schedule")
def _() -> Any:
    return of(nn.MLP([4, 5, 3], activation="softplus"), nn.HuberLoss(delta=0.7), optim.Adam, (ROWS, THREE),
              clip_norm=0.05, schedule=optim.schedules.cosine(0.05, steps=20))


@training("absolute error clipped values")
def _() -> Any:
    return of(nn.MLP([4, 5, 3], activation="softsign"), nn.L1Loss(), sgd, (ROWS, THREE), clip_value=0.02)


@training("decay coupled and decoupled, groups")
def _() -> Any:
    model = nn.MLP([4, 5, 3], activation="tanh")
    named = dict(model.named_parameters())
    groups = [
        {"params": [p for n, p in named.items() if n.endswith("weight")], "weight_decay": 0.1, "lr": 0.02},
        {"params": [p for n, p in named.items() if n.endswith("bias")], "weight_decay": 0.0},
    ]
    return of(model, nn.MSELoss(), optim.AdamW(groups, lr=0.01), (ROWS, THREE))


@training("penalties in the loss")
def _() -> Any:
    model = nn.MLP([4, 5, 3], activation="tanh")
    return of(model, Penalized(model), lambda p: optim.SGD(p, lr=0.1, weight_decay=0.01), (ROWS, THREE))


@training("batch norm dropout")
def _() -> Any:
    return of(nn.MLP([4, 8, 3], norm="batch", dropout=0.3), nn.MSELoss(), sgd, (ROWS, THREE))


@training("layer norm prelu")
def _() -> Any:
    return of(nn.MLP([4, 5, 3], norm="layer", activation="prelu"), nn.MSELoss(), optim.Adam, (ROWS, THREE))


@training("rms norm and group norm")
def _() -> Any:
    model = nn.Sequential(nn.Linear(4, 6), nn.RMSNorm(6), nn.Tanh(), nn.Linear(6, 6), nn.GroupNorm(2, 6), nn.ReLU(),
                          nn.Linear(6, 3))
    return of(model, nn.MSELoss(), sgd, (ROWS, THREE))


@training("own residual block")
def _() -> Any:
    return of(Residual(), nn.MSELoss(), sgd, (ROWS, THREE))


@training("shared weights")
def _() -> Any:
    return of(Shared(), nn.MSELoss(), optim.Adam, (ROWS, THREE))


@training("two inputs")
def _() -> Any:
    return of(Two(), nn.MSELoss(), sgd, ((ROWS, THREE), ROWS[:, :1]))


@training("own parameter")
def _() -> Any:
    return of(Scaled(), nn.MSELoss(), sgd, (ROWS, THREE))


@training("convolution and pools")
def _() -> Any:
    model = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Conv2d(3, 2, 2, stride=2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3))
    return of(model, nn.CrossEntropyLoss(), optim.Adam, (IMAGES, CLASSES[:4]))


@training("convolution of one axis")
def _() -> Any:
    model = nn.Sequential(nn.Conv1d(6, 4, 2), nn.Tanh(), nn.AvgPool1d(2), nn.Flatten(), nn.Linear(4, 1))
    return of(model, nn.MSELoss(), sgd, (SERIES, SERIES[:, 0, :1]))


@training("lstm")
def _() -> Any:
    return of(Tagger(nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 1)), nn.MSELoss(), optim.Adam,
              (SERIES, SERIES[:, 0, :1]), clip_norm=1.0)


@training("gru of two layers")
def _() -> Any:
    return of(Tagger(nn.GRU(3, 4, num_layers=2, batch_first=True), nn.Linear(4, 1)), nn.MSELoss(), sgd,
              (SERIES, SERIES[:, 0, :1]))


@training("embedding and attention")
def _() -> Any:
    return of(Attending(), nn.CrossEntropyLoss(), optim.Adam, (TOKENS, CLASSES[:6]))


@training("transformer")
def _() -> Any:
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.1, batch_first=True)
    return of(Tagger(nn.Sequential(nn.Embedding(11, 4), layer), nn.Linear(4, 3), "mean"), nn.CrossEntropyLoss(),
              optim.AdamW, (TOKENS, CLASSES[:6]))


@training("float32")
def _() -> Any:
    return of(nn.MLP([4, 6, 3], activation="tanh"), nn.MSELoss(), optim.Adam,
              (ROWS.astype(np.float32), THREE.astype(np.float32)), dtype="float32")


@training("float32 convolution")
def _() -> Any:
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(75, 3))
    return of(model, nn.CrossEntropyLoss(), sgd, (IMAGES.astype(np.float32), CLASSES[:4]), dtype="float32")


@training("trained before")
def _() -> Any:
    trainer, batch = of(nn.MLP([4, 6, 3], activation="tanh", dropout=0.2), nn.MSELoss(), optim.NAdam, (ROWS, THREE))
    trainer.fit(batch, epochs=4, batch_size=3, progress=False)
    return trainer, batch


@training("frozen first layer")
def _() -> Any:
    model = nn.MLP([4, 6, 3], activation="tanh")
    model[0].weight.requires_grad = False
    return of(model, nn.MSELoss(), lambda p: optim.SGD([q for q in p if q.requires_grad], lr=0.1), (ROWS, THREE))


@training("logarithms of probabilities")
def _() -> Any:
    model = nn.MLP([4, 6, 3], activation="mish", output_activation="log_softmax")
    return of(model, nn.NLLLoss(), sgd, (ROWS, CLASSES))


@training("ignored rows")
def _() -> Any:
    return of(nn.MLP([4, 6, 3]), nn.CrossEntropyLoss(), sgd, (ROWS, np.array([0, 2, -100, 1, 0, -100, 2])))


@training("hinge")
def _() -> Any:
    return of(nn.MLP([4, 6, 3], activation="selu"), nn.HingeLoss(), sgd, (ROWS, YES_NO))


@training("fourth powers, a function of the user's own")
def _() -> Any:
    model = nn.MLP([4, 6, 3], activation="hardtanh", output_activation="softmax")
    return of(model, lambda output, target: ((output - target) ** 4).mean(), optim.Adagrad, (ROWS, THREE))
