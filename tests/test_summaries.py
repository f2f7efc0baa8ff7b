"""`cr.summary`: layers, shapes, parameters, work and memory, as PyTorch's users count them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


def rows(found):
    return [(f"{layer.path} {layer.kind}".strip(), layer.output_shape, layer.parameters) for layer in found.layers]


def test_layer_by_layer():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10)
    )
    found = cr.summary(model, input_shape=(1, 8, 8))
    assert rows(found) == [
        ("0 Conv2d", (4, 8, 8), 40), ("1 BatchNorm2d", (4, 8, 8), 8), ("2 ReLU", (4, 8, 8), 0),
        ("3 MaxPool2d", (4, 4, 4), 0), ("4 Flatten", (64,), 0), ("5 Linear", (10,), 650),
    ]
    assert [layer.multiply_adds for layer in found.layers] == [4 * 64 * 9, 0, 0, 0, 0, 640]
    assert (found.parameters, found.frozen, found.multiply_adds) == (698, 0, 2944)
    assert found.activation_bytes == 4 * (3 * 256 + 64 + 64 + 10)
    assert found.parameter_bytes == 4 * 698 + 4 * 8 + 8  # running statistics and a count


def test_the_text():
    text = str(cr.summary(nn.MLP([2, 32, 32, 3], activation="tanh"), input_shape=(2,)))
    assert text == repr(cr.summary(nn.MLP([2, 32, 32, 3], activation="tanh"), input_shape=(2,)))
    lines = text.splitlines()
    assert lines[0].split() == ["layer", "output", "parameters", "multiply-adds"]
    assert lines[4].split() == ["2", "Linear", "(n,", "32)", "1,056", "1,024"]
    assert "parameters: 1,251, trainable 1,251, frozen 0" in lines
    assert "float32, memory: parameters 5.0 kB, activations of one row 524 B" in lines
    with cr.settings(lang="zh"):
        assert "乘加次数" in str(cr.summary(nn.Linear(2, 1), input_shape=(2,)))
    html = cr.summary(nn.Linear(2, 1), input_shape=(2,))._repr_html_()
    assert html.count("<tr>") == 2
    assert "script" not in html


def test_frozen_shared_and_float64():
    model = nn.MLP([3, 4, 4]).double()
    model[0].requires_grad_(False)
    model.again = model[2]
    model.add_module("tied", nn.Linear(4, 4, bias=False))
    model.tied.weight = model[2].weight
    found = cr.summary(model)
    assert (found.parameters, found.frozen, found.dtype) == (36, 16, "float64")
    assert [layer.parameters for layer in found.layers] == [16, 0, 20, 0]
    assert all(layer.output_shape is None and layer.multiply_adds is None for layer in found.layers)
    assert "-" in str(found)


def test_the_network_is_left_as_it_was():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 1))
    model[1].eval()
    before = {name: t.numpy().copy() for name, t in model.state_dict().items()}
    cr.manual_seed(1)
    state = cr.manual_seed(1).get_state()
    cr.summary(model, input_shape=(3,))
    from chainrule.tensors.random import default_generator

    assert default_generator.get_state() == state
    assert [module.training for module in model.modules()] == [True, True, False, True]
    assert all(p.grad is None for p in model.parameters())
    assert not any(module._before or module._after for module in model.modules())
    for name, t in model.state_dict().items():
        np.testing.assert_array_equal(t.numpy(), before[name])


def test_words_several_inputs_and_recurrence():
    words = nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(12, 2))
    assert rows(cr.summary(words, input_shape=(3,)))[0] == ("0 Embedding", (3, 4), 40)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(2, 3), nn.Linear(4, 3)

        def forward(self, x, y):
            return self.a(x) + self.b(y)

    found = cr.summary(Two(), input_shape=((2,), (4,)))
    assert [row[1] for row in rows(found)] == [(3,), (3,)]
    assert found.multiply_adds == 18
    recurrent = nn.RNN(3, 5, batch_first=True)
    found = cr.summary(recurrent, input_shape=(7, 3))
    assert found.layers[0].output_shape == (7, 5)
    assert found.multiply_adds == 7 * (3 * 5 + 5 * 5)


def test_a_module_of_ones_own_with_parameters_and_layers():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 2)
            self.scale = nn.Parameter(cr.ones(2, 2))

        def forward(self, x):
            return self.inner(x) @ self.scale

    found = cr.summary(Own(), input_shape=(2,))
    assert rows(found) == [("Own", (2,), 4), ("inner Linear", (2,), 6)]
    assert [layer.multiply_adds for layer in found.layers] == [8, 4]
    assert found.multiply_adds == 8


def test_a_module_that_looks_at_its_own_numbers_is_summed_up_without_its_work():
    class Looks(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 1)

        def forward(self, x):
            return self.inner(x) if x.sum().item() == 0 else x

    found = cr.summary(Looks(), input_shape=(2,))
    assert rows(found) == [("inner Linear", (1,), 3)]
    assert found.multiply_adds is None


@pytest.mark.parametrize("shape", [(0,), (2.5,), (-1, 2), ((2,), (True,))])
def test_shapes_that_cannot_be(shape):
    with pytest.raises(cr.ArgumentError, match="without the number of rows"):
        cr.summary(nn.Linear(2, 1), input_shape=shape)


def test_what_is_no_network_or_does_not_fit():
    with pytest.raises(cr.DtypeError):
        cr.summary([2, 3])
    with pytest.raises(cr.ShapeError, match=r"^0 Linear"):
        cr.summary(nn.MLP([2, 3, 1]), input_shape=(3,))


def test_parameters_and_shapes_are_those_of_torch():
    torch = pytest.importorskip("torch")
    ours = nn.Sequential(nn.Conv1d(2, 6, 3, groups=2), nn.GroupNorm(2, 6), nn.Flatten(), nn.Linear(36, 5))
    theirs = torch.nn.Sequential(
        torch.nn.Conv1d(2, 6, 3, groups=2), torch.nn.GroupNorm(2, 6), torch.nn.Flatten(), torch.nn.Linear(36, 5)
    )
    found, x = cr.summary(ours, input_shape=(2, 8)), torch.zeros(1, 2, 8)
    for layer, module in zip(found.layers, theirs, strict=True):
        x = module(x)
        assert layer.output_shape == tuple(x.shape[1:])
        assert layer.parameters == sum(p.numel() for p in module.parameters())
