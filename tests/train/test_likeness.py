"""Two Trainers are alike where nothing but numbers differs, and unlike wherever a step could tell them apart."""

from functools import partial

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.train.likeness import Unlike, pairs


class Own(nn.Module):
    """A layer whose step depends on a number that no repr shows."""

    def __init__(self, slope):
        super().__init__()
        self.inner, self.slope = nn.Linear(2, 1), slope

    def forward(self, x):
        return self.inner(x) * self.slope


def _trainer(model=None, loss=None, opt=None, **settings):
    model = nn.MLP([2, 4, 1]) if model is None else model
    opt = partial(optim.Adam, lr=0.01) if opt is None else opt
    loss = nn.BCEWithLogitsLoss() if loss is None else loss
    return cr.Trainer(model, loss=loss, optimizer=opt(model.parameters()), **settings)


def _scaled(factor):
    return lambda outputs, targets: ((outputs - targets) ** 2).mean() * factor


def _tied(shared):
    first = nn.Linear(2, 2)
    return nn.Sequential(first, first if shared else nn.Linear(2, 2))


ALIKE = {
    "seeds": (lambda: _trainer(seed=1), lambda: _trainer(seed=2)),
    "rates": (lambda: _trainer(), lambda: _trainer(opt=partial(optim.Adam, lr=3.0))),
    "own layers": (lambda: _trainer(Own(2.0)), lambda: _trainer(Own(2.0))),
    "closures": (lambda: _trainer(loss=_scaled(2.0)), lambda: _trainer(loss=_scaled(2.0))),
    "tied weights": (lambda: _trainer(_tied(True)), lambda: _trainer(_tied(True))),
    "balanced": (lambda: _trainer(class_weight="balanced"), lambda: _trainer(class_weight="balanced")),
    "schedules": (
        lambda: _trainer(schedule=optim.schedules.cosine(0.1, 100)),
        lambda: _trainer(schedule=optim.schedules.cosine(0.1, 100)),
    ),
}
UNLIKE = {
    "width": (lambda: _trainer(), lambda: _trainer(nn.MLP([2, 5, 1]))),
    "activation": (lambda: _trainer(), lambda: _trainer(nn.MLP([2, 4, 1], activation="tanh"))),
    "own number": (lambda: _trainer(Own(2.0)), lambda: _trainer(Own(3.0))),
    "closure": (lambda: _trainer(loss=_scaled(2.0)), lambda: _trainer(loss=_scaled(3.0))),
    "tied": (lambda: _trainer(_tied(True)), lambda: _trainer(_tied(False))),
    "loss": (lambda: _trainer(), lambda: _trainer(loss=nn.MSELoss())),
    "reduction": (lambda: _trainer(loss=nn.MSELoss()), lambda: _trainer(loss=nn.MSELoss(reduction="sum"))),
    "optimizer": (lambda: _trainer(), lambda: _trainer(opt=partial(optim.AdamW, lr=0.01))),
    "flag": (
        lambda: _trainer(opt=partial(optim.SGD, lr=0.1, momentum=0.9)),
        lambda: _trainer(opt=partial(optim.SGD, lr=0.1, momentum=0.9, nesterov=True)),
    ),
    "clipping": (lambda: _trainer(), lambda: _trainer(clip_norm=1.0)),
    "precision": (lambda: _trainer(), lambda: _trainer(dtype="float64")),
    "schedule": (lambda: _trainer(), lambda: _trainer(schedule=lambda step: 0.1)),
    "other schedule": (
        lambda: _trainer(schedule=optim.schedules.cosine(0.1, 100)),
        lambda: _trainer(schedule=optim.schedules.cosine(0.1, 200)),
    ),
    "weights of classes": (lambda: _trainer(class_weight={0: 1, 1: 2}), lambda: _trainer(class_weight=[1.0, 2.0])),
    "none of them": (lambda: _trainer(), lambda: _trainer(class_weight={0: 1, 1: 2})),
    "engine": (lambda: _trainer(), lambda: _trainer(engine="numpy")),
    "dropout": (lambda: _trainer(nn.MLP([2, 4, 1], dropout=0.1)), lambda: _trainer(nn.MLP([2, 4, 1], dropout=0.2))),
}


@pytest.mark.parametrize("name", ALIKE)
def test_alike(name):
    first, second = (make() for make in ALIKE[name])
    found = pairs(first, second)
    assert [id(a) for a, _ in found[: len(list(first.model.parameters()))]] != []
    mine = {id(tensor) for tensor in (*first.model.parameters(), *first.model.buffers())}
    assert mine <= {id(a) for a, _ in found}


@pytest.mark.parametrize("name", UNLIKE)
def test_unlike(name):
    first, second = (make() for make in UNLIKE[name])
    with pytest.raises(Unlike):
        pairs(first, second)
    with pytest.raises(Unlike):
        pairs(second, first)


def test_frozen_and_reordered_weights_tell_them_apart():
    first, second = _trainer(), _trainer()
    next(second.model.parameters()).requires_grad = False
    with pytest.raises(Unlike):
        pairs(first, second)
    first, second = _trainer(), _trainer()
    weight = next(second.model.parameters())
    weight._array = np.array(weight._array, order="F" if weight._array.flags.c_contiguous else "C")
    with pytest.raises(Unlike):
        pairs(first, second)


def test_callbacks_and_schedulers_are_left_to_themselves():
    first = _trainer()
    second = _trainer(callbacks=[cr.train.EarlyStopping(patience=2)])
    with pytest.raises(Unlike):
        pairs(first, second)
    third = _trainer()
    third.rates.schedulers = [object()]
    with pytest.raises(Unlike):
        pairs(third, first)
