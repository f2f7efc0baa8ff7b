"""Containers: in a row, in a list, under names."""

from collections import OrderedDict

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


def names(module):
    return [name for name, _ in module.named_parameters()]


def test_sequential_behaves_like_a_list():
    a, b, c = nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)
    net = nn.Sequential(a, b, c)
    assert list(net) == [a, b, c]
    assert (len(net), net[0], net[-1]) == (3, a, c)
    assert isinstance(net[1:], nn.Sequential)
    assert list(net[::2]) == [a, c]
    assert list(net[1:].state_dict()) == ["2.weight", "2.bias"], "a slice keeps the names"
    assert list(net[:2](cr.zeros(4, 2)).shape) == [4, 3]
    net.append(nn.Tanh()).insert(1, nn.Dropout(0.1))
    assert [type(m).__name__ for m in net] == ["Linear", "Dropout", "ReLU", "Linear", "Tanh"]
    assert names(net) == ["0.weight", "0.bias", "3.weight", "3.bias"]
    del net[1]
    assert net.pop() is not None
    assert names(net) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    net[1] = nn.GELU()
    net.extend([nn.Sigmoid()])
    assert [type(m).__name__ for m in net + nn.Sequential(nn.ReLU())] == ["Linear", "GELU", "Linear", "Sigmoid", "ReLU"]
    del net[1:3]
    assert [type(m).__name__ for m in net] == ["Linear", "Sigmoid"]
    assert nn.Sequential()(cr.ones(1)).tolist() == [1.0]


def test_sequential_with_names():
    net = nn.Sequential(OrderedDict([("first", nn.Linear(2, 3)), ("bend", nn.ReLU()), ("last", nn.Linear(3, 1))]))
    assert net.first is net[0]
    assert names(net) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    del net[1]
    assert names(net) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    torch = pytest.importorskip("torch")
    pairs = [("first", torch.nn.Linear(2, 3)), ("last", torch.nn.Linear(3, 1))]
    assert repr(net) == repr(torch.nn.Sequential(OrderedDict(pairs)))


def test_a_refusal_inside_names_the_way():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(4))

        def forward(self, x):
            return self.body(x)

    with pytest.raises(cr.ShapeError, match=r"body\.1 BatchNorm1d"):
        Net()(cr.zeros(5, 2))


def test_module_list():
    layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    layers += [nn.ReLU()]
    layers.append(nn.ReLU()).insert(0, nn.Tanh())
    layers.extend([nn.Identity()])
    assert (len(layers), len(layers[2:4])) == (7, 2)
    assert names(layers) == [f"{i}.{part}" for i in (1, 2, 3) for part in ("weight", "bias")]
    assert isinstance(layers[:2] + nn.ModuleList([nn.ReLU()]), nn.ModuleList)
    assert layers[1] in layers
    torch = pytest.importorskip("torch").nn
    dense = [torch.Linear(2, 2) for _ in range(3)]
    assert repr(layers) == repr(torch.ModuleList([torch.Tanh(), *dense, torch.ReLU(), torch.ReLU(), torch.Identity()]))
    nested = nn.ModuleList([nn.Sequential(nn.ReLU()), nn.Sequential(nn.ReLU())])
    assert repr(nested) == repr(torch.ModuleList([torch.Sequential(torch.ReLU()), torch.Sequential(torch.ReLU())]))
    assert repr(nn.ModuleList()) == repr(torch.ModuleList())


def test_module_dict():
    heads = nn.ModuleDict({"a": nn.Linear(2, 1)})
    heads["b"] = nn.ReLU()
    heads.update([("c", nn.Linear(2, 2))])
    assert (list(heads), len(heads), "b" in heads) == (["a", "b", "c"], 3, True)
    assert list(heads.keys()) == [name for name, _ in heads.items()]
    assert list(heads.values())[1] is heads["b"]
    assert names(heads) == ["a.weight", "a.bias", "c.weight", "c.bias"]
    torch = pytest.importorskip("torch").nn
    assert repr(heads) == repr(torch.ModuleDict({"a": torch.Linear(2, 1), "b": torch.ReLU(), "c": torch.Linear(2, 2)}))
    assert heads.pop("a").out_features == 1
    with pytest.raises(KeyError):
        heads["a"]
    del heads["b"]
    heads.clear()
    assert len(heads) == 0
    assert names(heads) == []


def test_parameter_containers():
    weights = nn.ParameterList([cr.zeros(2), nn.Parameter(cr.ones(3))])
    weights.append(np.zeros((2, 2)))
    weights[0] = cr.ones(4)
    assert [p.shape for p in weights] == [(4,), (3,), (2, 2)]
    assert (names(weights), weights[-1].requires_grad) == (["0", "1", "2"], True)
    assert repr(weights) == "ParameterList((4,), (3,), (2, 2))"
    scales = nn.ParameterDict({"left": cr.ones(2)})
    scales["right"] = cr.zeros(1)
    assert names(scales) == list(scales.keys()) == list(scales) == ["left", "right"]
    assert (len(scales), "left" in scales) == (2, True)
    assert [p.shape for p in scales.values()] == [(2,), (1,)]
    assert repr(scales) == "ParameterDict(left: (2,), right: (1,))"

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weights, self.scales = weights, scales

        def forward(self, x):
            return sum((w.sum() for w in self.weights), x) * self.scales["left"].sum()

    net = Net()
    net(cr.tensor(1.0)).backward()
    assert list(net.state_dict()) == ["weights.0", "weights.1", "weights.2", "scales.left", "scales.right"]
    assert net.weights[1].grad.tolist() == [2.0, 2.0, 2.0]


REFUSED = [
    (lambda: nn.Sequential(nn.Linear(2, 2), nn.ReLU), ("Sequential, module 1", "nn.ReLU()")),
    (lambda: nn.Sequential(cr.relu), ("Sequential, module 0", "a module")),
    (lambda: nn.ModuleList([3]), ("ModuleList, module 0", "3")),
    (lambda: nn.ModuleList().append(None), ("ModuleList.append", "None")),
    (lambda: nn.Sequential(nn.ReLU())[1], ("Sequential[i]", "place 1 of 1")),
    (lambda: nn.Sequential(nn.ReLU()).pop(5), ("Sequential[i]", "place 5 of 1")),
    (lambda: nn.ModuleDict({"keys": nn.ReLU()}), ("ModuleDict, name of a module", "'keys'")),
    (lambda: nn.ModuleDict({"a.b": nn.ReLU()}), ("ModuleDict, name of a module", "'a.b'", "without dots")),
    (lambda: nn.ModuleDict({"a": "b"}), ("ModuleDict['a']", "'b'")),
    (lambda: nn.Sequential(OrderedDict(forward=nn.ReLU())), ("Sequential, name of a module", "'forward'")),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_refused_in_words(call, words):
    with pytest.raises(cr.ChainruleError) as error:
        call()
    for word in words:
        assert word in str(error.value)


def test_a_refused_module_leaves_the_container_as_it_was():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with pytest.raises(cr.DtypeError):
        net.insert(0, cr.relu)
    assert len(net) == 2
    assert names(net) == ["0.weight", "0.bias"]
