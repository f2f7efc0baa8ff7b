"""Trainings of people's own: modules made of tensor operations, shared weights, several inputs, frozen layers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from chainrule.nn import functional as F
from chainrule.optim import lr_scheduler

DRAW = np.random.default_rng(8)
X = DRAW.normal(size=(13, 4))
Y = DRAW.normal(size=(13, 2))
LABELS = DRAW.integers(0, 3, 13)
IMAGES = DRAW.normal(size=(9, 1, 6, 6))
WORDS = DRAW.integers(0, 7, (13, 5))
SERIES = DRAW.normal(size=(9, 5, 3))

Made = tuple[Any, tuple[Any, ...], int, int]
TRAININGS: dict[str, Callable[[], Made]] = {}


def row(make: Callable[[], Made]) -> Callable[[], Made]:
    TRAININGS[make.__name__] = make
    return make


def trained(model: Any, loss: Any = None, optimizer: Any = None, **more: Any) -> Any:
    loss = nn.MSELoss() if loss is None else loss
    optimizer = optim.SGD(model.parameters(), lr=0.05) if optimizer is None else optimizer
    return cr.Trainer(model, loss, optimizer, seed=3, engine="numpy", dtype="float64", guard="off", **more)


def net(*extra: Any) -> Any:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), *extra, nn.Linear(6, 2))


class Residual(nn.Module):
    """x + f(x), with a gate of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.body, self.end = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 2)
        self.gate = nn.Parameter(cr.zeros(5))

    def forward(self, x: Any) -> Any:
        h = cr.tanh(self.enter(x))
        return self.end(h + self.gate.sigmoid() * cr.relu(self.body(h)))


class Tied(nn.Module):
    """An autoencoder whose way back is the transpose of its way there."""

    def __init__(self) -> None:
        super().__init__()
        self.code = nn.Linear(4, 3)
        self.back = nn.Parameter(cr.zeros(4))

    def forward(self, x: Any) -> Any:
        return cr.tanh(self.code(x)) @ self.code.weight + self.back


class Twice(nn.Module):
    """One layer, used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.end = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.end(cr.tanh(self.layer(cr.tanh(self.layer(x)))))


class Towers(nn.Module):
    """Two inputs, one tower, and a distance between what it makes of them."""

    def __init__(self, distance: Any) -> None:
        super().__init__()
        self.tower, self.distance = nn.Linear(4, 3), distance

    def forward(self, a: Any, b: Any) -> Any:
        return self.distance(self.tower(a), self.tower(b)).unsqueeze(1)


class Operations(nn.Module):
    """What any array can do."""

    def __init__(self) -> None:
        super().__init__()
        self.W = nn.Parameter(cr.tensor(DRAW.normal(size=(4, 6)) * 0.5))
        self.v = nn.Parameter(cr.tensor(DRAW.normal(size=6)))

    def forward(self, x: Any) -> Any:
        h = cr.einsum("nk,kj->nj", x, self.W)
        pair = cr.stack([h[:, :3], h[:, 3:]], 1)
        best = pair.max(1).values if hasattr(pair.max(1), "values") else pair.max(1)[0]
        some = cr.where(best > 0, best * best, best.exp() - 1)
        spread = (h - h.mean(1, keepdim=True)) / (h.std(1, keepdim=True) + 1e-3)
        rolled = cr.cat([spread.cumsum(1)[:, ::2], some.clamp(-1, 2)], 1) * self.v
        return cr.stack([rolled.sum(1), (rolled.abs() + 1).log().mean(1)], 1)


class HandMadeAttention(nn.Module):
    """softmax(QKᵀ/√d) V out of products."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(3, 4, bias=False) for _ in range(3))
        self.end = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        scores = self.q(x) @ self.k(x).transpose(1, 2) / 2.0
        return self.end((F.softmax(scores, dim=-1) @ self.v(x)).mean(1))


class Loop(nn.Module):
    """A cell in a Python loop."""

    def __init__(self, cell: Any) -> None:
        super().__init__()
        self.cell, self.end = cell, nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        state = None
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
        return self.end(state[0] if isinstance(state, tuple) else state)


class Averaged(nn.Module):
    """A buffer of its own that follows its inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 2)
        self.register_buffer("centre", cr.zeros(4))

    def forward(self, x: Any) -> Any:
        if self.training:
            with cr.no_grad():
                self.centre.copy_(0.9 * self.centre + 0.1 * x.mean(0))
        return self.layer(x - self.centre)


class FrozenNorm(nn.Module):
    """A batch norm that stays as it is while the rest learns."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.norm, self.end = nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 2)

    def train(self, mode: bool = True) -> Any:
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x: Any) -> Any:
        return self.end(self.norm(self.enter(x)))


class Words(nn.Module):
    """Words in, the next word out, by one table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(7, 4, padding_idx=0)
        self.positions = nn.Parameter(cr.tensor(DRAW.normal(size=(5, 4)) * 0.1))

    def forward(self, x: Any) -> Any:
        return (self.table(x) + self.positions).mean(1) @ self.table.weight.t()


class Switch(nn.Module):
    """Layers in lists and dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.ends = nn.ModuleDict({"left": nn.Linear(4, 1), "right": nn.Linear(4, 1)})
        self.scales = nn.ParameterList([nn.Parameter(cr.ones(4)), nn.Parameter(cr.ones(()))])
        self.shifts = nn.ParameterDict({"a": nn.Parameter(cr.zeros(4))})

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = F.gelu(layer(x)) * self.scales[0] + self.shifts["a"]
        return cr.cat([self.ends["left"](x), self.ends["right"](x) * self.scales[1]], 1)


@row
def residual() -> Made:
    model = Residual()
    return trained(model, optimizer=optim.AdamW(model.parameters(), lr=0.01)), (X, Y), 3, 5


@row
def tied() -> Made:
    model = Tied()
    return trained(model, optimizer=optim.Adam(model.parameters(), lr=0.01)), (X,), 3, 5


@row
def twice() -> Made:
    model = Twice()
    return trained(model, optimizer=optim.SGD(model.parameters(), lr=0.05, momentum=0.9)), (X, Y), 3, 4


@row
def distance() -> Made:
    return trained(Towers(nn.PairwiseDistance())), ((X, X[::-1] * 0.5), Y[:, :1]), 3, 5


@row
def cosine() -> Made:
    return trained(Towers(nn.CosineSimilarity())), ((X, X[::-1] * 0.5), np.tanh(Y[:, :1])), 3, 5


@row
def triplet() -> Made:
    inner = nn.TripletMarginLoss()

    def loss(z: Any, y: Any) -> Any:
        return inner(z[0:1], z[1:2], z[2:3])

    return trained(nn.Linear(4, 3), loss), (X[:12], Y[:12]), 2, 3


@row
def operations() -> Made:
    return trained(Operations()), (X, Y), 3, 5


@row
def hand_made_attention() -> Made:
    return trained(HandMadeAttention()), (SERIES, Y[:9]), 3, 4


@row
def loop_of_cells() -> Made:
    return trained(Loop(nn.LSTMCell(3, 4))), (SERIES, Y[:9]), 2, 4


@row
def loop_of_gru_cells() -> Made:
    return trained(Loop(nn.GRUCell(3, 4))), (SERIES, Y[:9]), 2, 9


@row
def buffer() -> Made:
    return trained(Averaged()), (X, Y), 3, 5


@row
def frozen_norm() -> Made:
    return trained(FrozenNorm()), (X, Y), 3, 5


@row
def frozen_layer() -> Made:
    model = net(nn.Linear(6, 6))
    for parameter in model[0].parameters():
        parameter.requires_grad_(False)
    return trained(model, optimizer=optim.Adam(model.parameters(), lr=0.01)), (X, Y), 3, 5


@row
def last_layer_alone() -> Made:
    model = net()
    return trained(model, optimizer=optim.Adam(model[-1].parameters(), lr=0.01)), (X, Y), 3, 5


@row
def tied_words() -> Made:
    model = Words()
    adam = optim.Adam(model.parameters(), lr=0.01)
    return trained(model, nn.CrossEntropyLoss(), adam), (WORDS, WORDS[:, 0]), 3, 5


@row
def lists_and_dicts() -> Made:
    model = Switch()
    return trained(model, optimizer=optim.NAdam(model.parameters(), lr=0.01)), (X, Y), 3, 5


@row
def autoencoder() -> Made:
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.ReLU(), nn.ConvTranspose2d(2, 1, 2, stride=2), nn.Sigmoid()
    )
    return trained(model), (np.abs(np.tanh(IMAGES)),), 2, 4


@row
def transformer() -> Made:
    layer = nn.TransformerEncoderLayer(3, 1, 5, dropout=0.1, batch_first=True)
    model = nn.Sequential(nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(15, 2))
    return trained(model, optimizer=optim.Adam(model.parameters(), lr=0.01)), (SERIES, Y[:9]), 2, 4


@row
def perceptron() -> Made:
    model = nn.MLP([4, 6, 6, 3], activation="gelu", norm="layer", dropout=0.2)
    return trained(model, nn.CrossEntropyLoss(label_smoothing=0.1)), (X, LABELS), 3, 5


@row
def own_loss() -> Made:
    return trained(net(), lambda out, y: ((out - y) ** 2).mean()), (X, Y), 3, 5


@row
def own_loss_with_penalty() -> Made:
    model = net()

    def loss(out: Any, y: Any) -> Any:
        return F.mse_loss(out, y) + 0.01 * sum(p.abs().sum() for p in model.parameters())

    return trained(model, loss), (X, Y), 3, 5


@row
def partial_loss() -> Made:
    model = nn.Sequential(nn.Linear(4, 3))
    return trained(model, partial(F.cross_entropy, label_smoothing=0.1)), (X, LABELS), 3, 5


@row
def weights_of_classes_and_rows() -> Made:
    model = nn.Sequential(nn.Linear(4, 3))
    weights = np.linspace(0.5, 2, 13)
    return trained(model, nn.CrossEntropyLoss(), class_weight={0: 2.0, 2: 0.5}), (X, LABELS, weights), 3, 5


@row
def clipped_both_ways() -> Made:
    model = net()
    sgd = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    return trained(model, optimizer=sgd, clip_norm=0.2, clip_value=0.05), (X, Y), 3, 5


@row
def three_groups() -> Made:
    model = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.Tanh(), nn.Linear(6, 2))
    groups = [
        {"params": model[0].parameters(), "lr": 0.01, "betas": (0.8, 0.9)},
        {"params": model[1].parameters(), "weight_decay": 0.0},
        {"params": model[3].parameters(), "lr": 0.02, "amsgrad": True},
    ]
    return trained(model, optimizer=optim.AdamW(groups, lr=0.03)), (X, Y), 3, 5


@row
def dropouts() -> Made:
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.Dropout2d(0.3), nn.Flatten(), nn.Dropout(0.5), nn.Linear(48, 4), nn.Dropout(0.1),
        nn.Linear(4, 2),
    )
    return trained(model), (IMAGES, Y[:9]), 3, 4


@row
def one_row_a_batch() -> Made:
    return trained(net(nn.Dropout(0.2))), (X, Y), 2, 1


@row
def all_rows_at_once() -> Made:
    return trained(net(nn.Dropout(0.2), nn.BatchNorm1d(6))), (X, Y), 4, 100


@row
def half_precision_of_a_double() -> Made:
    model = net(nn.BatchNorm1d(6))
    adam = optim.Adam(model.parameters(), lr=0.01, amsgrad=True)
    return cr.Trainer(model, nn.MSELoss(), adam, seed=3, engine="numpy", dtype="float32"), (X, Y), 2, 13


# --- L-BFGS -------------------------------------------------------------------------------------------------------


def lbfgs(model: Any, **kwargs: Any) -> Any:
    return optim.LBFGS(model.parameters(), max_iter=4, **kwargs)


@row
def lbfgs_with_noise_and_statistics() -> Made:
    model = net(nn.BatchNorm1d(6), nn.Dropout(0.2))
    return trained(model, optimizer=lbfgs(model, line_search_fn="strong_wolfe")), (X, Y), 3, 5


@row
def lbfgs_of_images() -> Made:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh(), nn.Flatten(), nn.Dropout(0.1), nn.Linear(32, 3))
    return trained(model, nn.CrossEntropyLoss(), lbfgs(model, lr=0.5, history_size=2)), (IMAGES, LABELS[:9]), 3, 4


@row
def lbfgs_that_has_begun() -> Made:
    model = net()
    trainer = trained(model, optimizer=lbfgs(model, line_search_fn="strong_wolfe"), clip_norm=0.3)
    trainer.fit((X, Y), epochs=2, batch_size=13, progress=False)
    return trainer, (X, Y), 3, 13


@row
def lbfgs_of_some_layers() -> Made:
    model = net(nn.Linear(6, 6))
    for parameter in model[2].parameters():
        parameter.requires_grad_(False)
    return trained(model, optimizer=optim.LBFGS(list(model[2:].parameters()), max_iter=3)), (X, Y), 3, 6


@row
def lbfgs_with_a_schedule() -> Made:
    model = net()
    optimizer = lbfgs(model, lr=0.8)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, threshold=0.2)
    return trained(model, optimizer=optimizer, schedule=plateau), (X, Y), 6, 6


@row
def lbfgs_with_rates_of_steps() -> Made:
    model = net()
    optimizer = lbfgs(model)
    return trained(model, optimizer=optimizer, schedule=optim.schedules.exponential(0.9, 0.9)), (X, Y), 3, 6


# --- rates that depend on the losses ------------------------------------------------------------------------------


def plateau(*beside: Callable[[Any], Any], loss: Any = None, grouped: bool = False, **kwargs: Any) -> Made:
    model = net()
    params: Any = model.parameters()
    if grouped:
        params = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.2}]
    optimizer = optim.AdamW(params, lr=0.5)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, **kwargs)
    return trained(model, loss, optimizer, schedule=[schedule, *(make(optimizer) for make in beside)]), (X, Y), 12, 5


@row
def plateau_alone() -> Made:
    return plateau(factor=0.5, patience=1)


@row
def plateau_with_rest() -> Made:
    return plateau(factor=0.5, patience=0, cooldown=2, threshold=0.1, threshold_mode="abs", min_lr=0.05)


@row
def plateau_of_groups() -> Made:
    return plateau(grouped=True, factor=0.3, patience=0, min_lr=[0.1, 0.001], eps=1e-3)


@row
def plateau_beside_others() -> Made:
    return plateau(
        partial(lr_scheduler.StepLR, step_size=3, gamma=0.5), partial(lr_scheduler.LinearLR, start_factor=0.1),
        grouped=True, factor=0.5, patience=1, cooldown=1,
    )


@row
def two_plateaus() -> Made:
    return plateau(lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=3), patience=0, factor=0.7)


@row
def plateau_below_zero() -> Made:
    return plateau(loss=lambda out, y: -(out * y).mean().tanh(), factor=0.5, patience=0, threshold=0.05)


@row
def plateau_that_has_begun() -> Made:
    trainer, data, epochs, size = plateau(
        partial(lr_scheduler.ExponentialLR, gamma=0.9), factor=0.5, patience=0, cooldown=3, threshold=0.1
    )
    trainer.fit(data, epochs=7, batch_size=size, progress=False)
    return trainer, data, epochs, size


@row
def momentum_that_has_begun() -> Made:
    model = net(nn.BatchNorm1d(6), nn.Dropout(0.1))
    adam = optim.NAdam(model.parameters(), lr=0.02)
    trainer = trained(model, optimizer=adam, schedule=lr_scheduler.CosineAnnealingLR(adam, 10))
    trainer.fit((X, Y), epochs=3, batch_size=5, progress=False)
    return trainer, (X, Y), 4, 5
