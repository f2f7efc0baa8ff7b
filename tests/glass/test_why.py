"""Why is this gradient zero? The factor that killed it, in layers of all kinds; and single edges."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import language, nn, optim
from chainrule.errors import ArgumentError

DRAW = np.random.default_rng(0)
ROWS, TWO = DRAW.normal(size=(5, 3)), DRAW.normal(size=(5, 2))
IMAGES = DRAW.normal(size=(5, 1, 6, 6))
NUMBERS = np.array([[0, 1], [2, 2], [1, 0], [0, 0], [2, 1]])


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.inner(x)[0][:, -1])


def step_of(make, batch, loss=None, **change):
    cr.manual_seed(0)
    model = make()
    with cr.no_grad():
        for name, (place, value) in change.items():
            model.state_dict()[name.replace("__", ".")][place] = value
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    sgd = optim.SGD(learning, lr=0.1)
    return cr.explain(cr.Trainer(model, loss or nn.MSELoss(), sgd, dtype="float64", seed=0, guard="off"), batch)


def frozen():
    model = nn.MLP([3, 4, 2], activation="tanh")
    for parameter in model[0].parameters():
        parameter.requires_grad = False
    return model


def sigmoid():
    return nn.MLP([3, 4, 2], activation="sigmoid")


def tanh():
    return nn.MLP([3, 4, 2], activation="tanh")


def words():
    return nn.Sequential(nn.Embedding(6, 3), nn.Flatten(), nn.Linear(6, 2))


def convolution():
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))


def normed():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


EVERY = slice(None)
SIDEWAYS = (EVERY, 3)
CASES = {
    "underflow": (sigmoid, ROWS, {"0__bias": (1, -800.0)}, ("dW1", 0, 1), "saturated", "z1[:, 1]"),
    "underflow behind": (sigmoid, ROWS, {"0__bias": (1, -800.0)}, ("dW2", 1), "saturated", "z1[:, 1]"),
    "weight": (tanh, ROWS, {"2__weight": (SIDEWAYS, 0.0)}, ("da1",), "zero_weight", "W2[3, :]"),
    "bias": (tanh, ROWS, {"2__weight": (SIDEWAYS, 0.0)}, ("db1", None, 3), "zero_weight", "W2[3, :]"),
    "frozen": (frozen, ROWS, {}, ("dW1",), "frozen", "W1"),
    "unneeded": (frozen, ROWS, {}, ("dz1",), "unneeded", "z1"),
    "words": (words, NUMBERS, {}, ("d0.weight",), "not_used", "X"),
    "one word": (words, NUMBERS, {}, ("d0.weight", 4), "not_used", "X"),
    "word in use": (words, NUMBERS, {}, ("d0.weight", 0), "not_zero", "dweight_0"),
    "channel": (convolution, IMAGES, {"0__bias": (1, -50.0)}, ("d0.weight",), "dead_unit", "conv2d_0[:, 1]"),
    "bias of a channel": (convolution, IMAGES, {"0__bias": (1, -50.0)}, ("d0.bias", 1), "dead_unit", "conv2d_0[:, 1]"),
    "behind a channel": (
        convolution, IMAGES, {"0__bias": (1, -50.0)}, ("dW1", 17), "dead_unit", "conv2d_0[:, 1, 0, 1]",
    ),
    "recurrence": (
        Recurrent, DRAW.normal(size=(5, 4, 3)), {"out__weight": (EVERY, 0.0)}, ("dinner.weight_ih_l0",), "zero_weight",
        "W1[0, :]",
    ),
    "silent recurrence": (
        Recurrent, np.zeros((5, 4, 3)), {}, ("dinner.weight_ih_l0",), "zero_input", "X",
    ),
    "norm": (normed, ROWS, {}, ("db1", None, 2), "normalized", "z1[:, 2]"),
    "norm without scale": (
        normed, ROWS, {"1__weight": (1, 0.0), "1__bias": (1, 0.5)}, ("dW1", 0, 1), "zero_weight", "scale1[1]",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_factor_is_found(name):
    make, X, change, asked, cause, factor = CASES[name]
    found = step_of(make, (X, TWO), **change).why_zero(*asked)
    assert found.causes == (cause,)
    assert found.reasons[0].factor == factor
    for lang in language.LANGUAGES:
        before = list(language._chosen)
        language.choose(lang)
        try:
            assert factor in str(found)
            assert "{" not in str(found)
        finally:
            language._chosen[:] = before


def test_what_stands_in_a_reason_is_zero_in_the_step():
    step = step_of(convolution, (IMAGES, TWO), **{"0__bias": (1, -50.0)})
    assert not step["d0.weight"].value[1].any()
    assert step["d0.weight"].value[0].any()
    for reason in step.why_zero("dW1").reasons:
        place = eval(f"np.s_[{reason.of.removeprefix('dW1[')}", {"np": np})  # noqa: S307 - an index of ours
        assert not step["dW1"].value[place].any()


def test_an_answer_that_is_right_is_one_reason():
    asked = step_of(tanh, (ROWS, np.zeros(5, dtype=int)), nn.CrossEntropyLoss(), **{"2__bias": (0, 900.0)})
    found = asked.why_zero("dW1")
    assert found.causes == ("no_error",)
    assert {reason.factor for reason in found.reasons} == {"z2"}
    assert len(found.reasons) == 4


def test_many_reasons_are_shortened_and_kept():
    found = step_of(convolution, (IMAGES, TWO), **{"0__bias": (1, -50.0)}).why_zero("dW1")
    assert len(found.reasons) >= 16
    assert len(str(found).split("\n")) == 8
    assert f"{len(found.reasons) - 6} more" in str(found)


def test_edges_of_dense_layers_behind_others_and_over_time():
    series = step_of(lambda: nn.Sequential(nn.Linear(3, 2)), (DRAW.normal(size=(5, 4, 3)), DRAW.normal(size=(5, 4, 2))))
    for step, where in ((series, (1, 0, 1)), (step_of(convolution, (IMAGES, TWO)), (1, 5, 0)),
                        (step_of(Recurrent, (DRAW.normal(size=(5, 4, 3)), TWO)), (1, 3, 1))):
        edge = step.edge(*where)
        assert np.isclose(edge.products.sum(), edge.gradient)
        assert np.isclose(edge.gradient, step["dW1"].value[where[1], where[2]])
        assert f"W1[{where[1]}, {where[2]}]" in str(edge)
    for where in ((2, 0, 0), (0, 0, 0), (1, -1, 0), (1, 0, 9), (1, 0, 0, 99)):
        with pytest.raises(ArgumentError):
            series.edge(*where)
