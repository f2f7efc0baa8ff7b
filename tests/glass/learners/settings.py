"""Networks, losses and batches that learners have in hand, and the list of the backward passes that they wrote."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from chainrule import nn, optim

Backward = Callable[[Any, Any, Any], Any]


class Written(NamedTuple):
    """A backward pass that somebody wrote: what examine should say, and where; nothing for a right one."""

    setting: Callable[..., tuple[cr.Trainer, Any]]
    backward: Backward
    findings: tuple[str, ...] = ()
    where: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.setting.__name__}-{self.backward.__name__}"


WRONG: list[Written] = []
RIGHT: list[Written] = []


def wrong(setting: Any, *findings: str, where: str | tuple[str, ...] = ()) -> Callable[[Backward], Backward]:
    """The function has one mistake, known by the first of these names; the others would be true as well."""

    def put(backward: Backward) -> Backward:
        WRONG.append(Written(setting, backward, findings, (where,) if isinstance(where, str) else where))
        return backward

    return put


def right(setting: Any) -> Callable[[Backward], Backward]:
    """The function is right."""

    def put(backward: Backward) -> Backward:
        RIGHT.append(Written(setting, backward))
        return backward

    return put


def made(layers: list[nn.Module], loss: Any, batch: Any, dtype: str = "float64", **options: Any) -> Any:
    for layer in layers:
        for name, parameter in layer.named_parameters():
            if name == "bias":
                nn.init.normal_(parameter, 0.0, 0.4)
    model = nn.Sequential(*layers)
    sgd = optim.SGD(model.parameters(), lr=options.pop("lr", 0.1))
    return cr.Trainer(model, loss=loss, optimizer=sgd, dtype=dtype, seed=3, guard="off", **options), batch


def drawn(rows: int, inputs: int, seed: int = 11) -> Any:
    return np.random.default_rng(seed).normal(size=(rows, inputs))


def prepared(setting: Any) -> Any:
    """The same weights every time, and made once."""

    @cache
    def once(seed: int = 5) -> Any:
        cr.manual_seed(seed)
        return setting()

    once.__name__ = setting.__name__
    return once


@prepared
def xor():
    """Four rows, tanh inside, cross-entropy of one logit."""
    return made([nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)], nn.BCEWithLogitsLoss(), cr.data.xor())


@prepared
def all_sigmoid():
    """The network of the second article: sigmoid everywhere, squared error."""
    layers = [nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid()]
    return made(layers, nn.MSELoss(), cr.data.xor(), lr=0.5)


@prepared
def blobs():
    """ReLU inside, a probability at the end."""
    X = drawn(18, 2)
    y = (X.sum(1, keepdims=True) > 0) * 1.0
    return made([nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1), nn.Sigmoid()], nn.BCELoss(), (X, y))


@prepared
def flowers():
    """Three classes by number."""
    X = drawn(12, 4)
    y = np.random.default_rng(3).integers(0, 3, 12)
    return made([nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)], nn.CrossEntropyLoss(), (X, y))


@prepared
def flowers_summed():
    X = drawn(10, 4)
    y = np.random.default_rng(4).integers(0, 3, 10)
    return made([nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)], nn.CrossEntropyLoss(reduction="sum"), (X, y))


@prepared
def smoothed():
    X = drawn(9, 3)
    y = np.random.default_rng(5).integers(0, 4, 9)
    return made([nn.Linear(3, 5), nn.Sigmoid(), nn.Linear(5, 4)], nn.CrossEntropyLoss(label_smoothing=0.1), (X, y))


CLASS_WEIGHTS = np.array([1.0, 3.0, 0.5])


@prepared
def rare_class():
    X = drawn(11, 3)
    y = np.random.default_rng(6).integers(0, 3, 11)
    loss = nn.CrossEntropyLoss(weight=CLASS_WEIGHTS)
    return made([nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)], loss, (X, y))


@prepared
def house():
    """Three layers, leaky ReLU, three numbers to tell."""
    layers = [nn.Linear(5, 7), nn.LeakyReLU(0.1), nn.Linear(7, 6), nn.LeakyReLU(0.1), nn.Linear(6, 3)]
    return made(layers, nn.MSELoss(), (drawn(9, 5), drawn(9, 3, 12)))


@prepared
def square_tower():
    """Four layers, three of them as wide as high."""
    layers = [nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)]
    return made(layers, nn.MSELoss(), (drawn(8, 3), drawn(8, 2, 13)))


@prepared
def tower_summed():
    layers = [nn.Linear(3, 5), nn.Sigmoid(), nn.Linear(5, 5), nn.Sigmoid(), nn.Linear(5, 2)]
    return made(layers, nn.MSELoss(reduction="sum"), (drawn(7, 3), drawn(7, 2, 14)))


@prepared
def tags():
    """Several yes or no at once."""
    X = drawn(10, 4)
    y = (drawn(10, 3, 15) > 0) * 1.0
    return made([nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)], nn.BCEWithLogitsLoss(), (X, y))


@prepared
def line():
    """One neuron."""
    X = drawn(14, 3)
    return made([nn.Linear(3, 1)], nn.MSELoss(), (X, X @ np.array([[1.0], [-2.0], [0.5]]) + 0.3))


@prepared
def outliers_huber():
    return made([nn.Linear(3, 5), nn.GELU(), nn.Linear(5, 2)], nn.HuberLoss(delta=1.0),
                (drawn(10, 3), 2.5 * drawn(10, 2, 16)))


@prepared
def outliers_absolute():
    return made([nn.Linear(3, 4), nn.Softplus(), nn.Linear(4, 1)], nn.L1Loss(), (drawn(9, 3), drawn(9, 1, 17)))


@prepared
def shares():
    """Softmax as a layer, squared error behind it."""
    y = np.eye(3)[np.random.default_rng(8).integers(0, 3, 10)]
    return made([nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(dim=-1)], nn.MSELoss(), (drawn(10, 4), y))


@prepared
def forgetful():
    """Dropout behind the hidden layer; the step's mask is handed over as mask1."""
    layers = [nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.4), nn.Linear(8, 1)]
    return made(layers, nn.BCEWithLogitsLoss(), (drawn(10, 3), (drawn(10, 1, 18) > 0) * 1.0))


@prepared
def single_precision():
    X = drawn(30, 6).astype(np.float32)
    y = drawn(30, 2, 19).astype(np.float32)
    return made([nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 2)], nn.MSELoss(), (X, y), dtype="float32")


@prepared
def without_bias():
    layers = [nn.Linear(3, 5, bias=False), nn.Tanh(), nn.Linear(5, 2, bias=False)]
    return made(layers, nn.MSELoss(), (drawn(8, 3), drawn(8, 2, 20)))


@prepared
def pictures():
    """A flattened picture of three by three."""
    layers = [nn.Linear(9, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 2)]
    y = np.random.default_rng(9).integers(0, 2, 13)
    return made(layers, nn.CrossEntropyLoss(), (drawn(13, 9), y))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# --- a second dozen ------------------------------------------------------------------------------------------------


@prepared
def softmax_regression():
    y = np.random.default_rng(21).integers(0, 3, 12)
    return made([nn.Linear(4, 3)], nn.CrossEntropyLoss(), (drawn(12, 4, 21), y))


@prepared
def sigmoid_outputs():
    layers = [nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 3), nn.Sigmoid()]
    return made(layers, nn.MSELoss(), (drawn(9, 3, 22), abs(drawn(9, 3, 23)) % 1))


@prepared
def tanh_outputs():
    layers = [nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2), nn.Tanh()]
    return made(layers, nn.MSELoss(), (drawn(9, 3, 24), np.sign(drawn(9, 2, 25))))


@prepared
def silu_net():
    return made([nn.Linear(3, 6), nn.SiLU(), nn.Linear(6, 1)], nn.MSELoss(), (drawn(11, 3, 26), drawn(11, 1, 27)))


@prepared
def elu_net():
    layers = [nn.Linear(3, 6), nn.ELU(), nn.Linear(6, 6), nn.ELU(), nn.Linear(6, 2)]
    return made(layers, nn.SmoothL1Loss(), (drawn(11, 3, 28), 2 * drawn(11, 2, 29)))


@prepared
def absolute_pair():
    return made([nn.Linear(4, 5), nn.Sigmoid(), nn.Linear(5, 2)], nn.L1Loss(), (drawn(10, 4, 30), drawn(10, 2, 31)))


@prepared
def weighted_rows():
    batch = drawn(8, 3, 32), drawn(8, 2, 33), abs(drawn(8, 1, 34)).ravel() + 0.1
    return made([nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)], nn.MSELoss(), batch)


POSITIVE = 4.0


@prepared
def rare_event():
    loss = nn.BCEWithLogitsLoss(pos_weight=np.array([POSITIVE]))
    y = (drawn(15, 1, 36) > 0.6) * 1.0
    return made([nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1)], loss, (drawn(15, 3, 35), y))


@prepared
def with_batch_norm():
    layers = [nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 1)]
    return made(layers, nn.BCEWithLogitsLoss(), (drawn(12, 3, 37), (drawn(12, 1, 38) > 0) * 1.0))


@prepared
def with_layer_norm():
    layers = [nn.Linear(3, 5), nn.LayerNorm(5), nn.Tanh(), nn.Linear(5, 2)]
    return made(layers, nn.MSELoss(), (drawn(8, 3, 39), drawn(8, 2, 40)))


@prepared
def two_dropouts():
    layers = [nn.Linear(3, 6), nn.Tanh(), nn.Dropout(0.3), nn.Linear(6, 6), nn.Tanh(), nn.Dropout(0.3), nn.Linear(6, 1)]
    return made(layers, nn.MSELoss(), (drawn(9, 3, 41), drawn(9, 1, 42)))


@prepared
def fresh_xor():
    """Biases of zero, as networks begin: the first row lies in the corner of every ReLU."""
    model = nn.MLP([2, 4, 1], activation="relu")
    sgd = optim.SGD(model.parameters(), lr=0.1)
    trainer = cr.Trainer(model, nn.BCEWithLogitsLoss(), sgd, dtype="float64", seed=0, guard="off")
    return trainer, cr.data.xor()


@prepared
def one_row():
    return made([nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)], nn.MSELoss(), (drawn(1, 3, 43), drawn(1, 2, 44)))


@prepared
def dead():
    """Every hidden unit is silent."""
    trainer, batch = made([nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)], nn.MSELoss(), (drawn(6, 2), drawn(6, 1, 45)))
    nn.init.constant_(trainer.model[0].bias, -90.0)
    return trainer, batch
