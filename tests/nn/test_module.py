"""Module and Parameter: what is owned, named, saved, moved, watched."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.fc2 = nn.Linear(4, 2)
        self.scale = nn.Parameter(cr.ones(2))
        self.register_buffer("steps", cr.zeros(1), persistent=False)

    def forward(self, x):
        return self.fc2(cr.relu(self.norm(self.fc1(x)))) * self.scale


def test_names_and_order_are_pytorchs():
    torch = pytest.importorskip("torch")

    class Theirs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = torch.nn.Linear(3, 4)
            self.norm = torch.nn.BatchNorm1d(4)
            self.fc2 = torch.nn.Linear(4, 2)
            self.scale = torch.nn.Parameter(torch.ones(2))
            self.register_buffer("steps", torch.zeros(1), persistent=False)

    ours, theirs = Net(), Theirs()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for method in ("named_parameters", "named_buffers", "named_modules", "named_children"):
        assert [name for name, _ in getattr(ours, method)()] == [name for name, _ in getattr(theirs, method)()]
    assert repr(ours).splitlines()[1:] == repr(theirs).splitlines()[1:]
    ours.load_state_dict(theirs.state_dict())
    np.testing.assert_array_equal(ours.fc1.weight.numpy(), theirs.fc1.weight.detach().numpy())


def test_what_is_replaced_keeps_its_place():
    net = Net()
    names = list(net.state_dict())
    net.fc1 = nn.Linear(3, 4)
    net.norm = nn.BatchNorm1d(4)
    net.scale = nn.Parameter(cr.zeros(2))
    net.steps = cr.ones(1)
    assert list(net.state_dict()) == names
    assert dict(net.named_buffers())["steps"] is net.steps
    assert dict(net.named_parameters())["scale"] is net.scale
    without = nn.Linear(2, 2, bias=False)
    without.bias = nn.Parameter(cr.zeros(2))
    assert list(without.state_dict()) == ["weight", "bias"]
    without.bias = None
    assert list(without.state_dict()) == ["weight"]
    net.scale = nn.Linear(1, 1)  # of another kind: no longer a parameter of its own
    assert "scale" not in dict(net.named_parameters())
    assert "scale.weight" in dict(net.named_parameters())
    del net.scale
    assert "scale.weight" not in dict(net.named_parameters())


def test_a_shared_parameter_is_listed_once():
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    net[1].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]


def test_modes_freezing_and_forgetting_reach_all():
    net = Net()
    assert net.train(False) is net
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())
    net(cr.randn(5, 3)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert all(not p.grad.numpy().any() for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert not net.requires_grad_(False)(cr.randn(5, 3)).requires_grad


def test_dtype_changes_in_place():
    net = Net()
    held = list(net.parameters())
    orders = [p.numpy().strides for p in held]
    assert net.double() is net
    assert all(a is b for a, b in zip(held, net.parameters(), strict=True))
    assert {value.dtype.name for value in net.state_dict().values()} == {"float64", "int64"}
    assert [tuple(2 * s for s in order) for order in orders] == [p.numpy().strides for p in held]
    assert net.to("cpu").float()(cr.randn(5, 3)).dtype == np.float32


def test_apply_goes_from_the_inside_out():
    order = []
    nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU())).apply(lambda m: order.append(type(m).__name__))
    assert order == ["Linear", "ReLU", "Sequential", "Sequential"]


def test_hooks():
    layer, seen = nn.Linear(2, 2), []
    take_away = layer.register_forward_pre_hook(lambda module, args: (args[0] * 0.0,))
    layer.register_forward_hook(lambda module, args, result: seen.append(args[0].tolist()))
    np.testing.assert_array_equal(layer(cr.ones(1, 2)).detach().numpy()[0], layer.bias.numpy())
    take_away()
    layer(cr.ones(1, 2))
    assert seen == [[[0.0, 0.0]], [[1.0, 1.0]]]


def test_copies_and_pickles_are_apart():
    net = Net()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301 - our own bytes
        assert list(twin.state_dict()) == list(net.state_dict())
        assert (twin.eval()(cr.ones(2, 3)) == net.eval()(cr.ones(2, 3))).all()
        with cr.no_grad():
            twin.fc1.weight.zero_()
        assert net.fc1.weight.numpy().any()
        assert twin.fc1.weight is dict(twin.named_parameters())["fc1.weight"]


def test_a_state_that_does_not_fit_changes_nothing():
    net = Net()
    state = {name: value.clone() for name, value in net.state_dict().items()}
    wrong = dict(state, **{"fc1.weight": cr.zeros(4, 3), "fc2.weight": cr.zeros(3, 3)})
    with pytest.raises(cr.ShapeError, match=r"fc2\.weight"):
        net.load_state_dict(wrong)
    assert all((net.state_dict()[name] == value).all() for name, value in state.items())
    del wrong["fc2.weight"], wrong["scale"]
    with pytest.raises(cr.StateError, match=r"missing: scale, fc2\.weight"):
        net.load_state_dict(wrong)
    found = net.load_state_dict({"fc1.bias": np.ones(4), "more": cr.zeros(1)}, strict=False)
    assert found.unexpected_keys == ["more"]
    assert "scale" in found.missing_keys
    assert net.fc1.bias.tolist() == [1.0] * 4


def test_parameter():
    p = nn.Parameter([[1.0, 2.0]])
    assert (p.requires_grad, p.dtype, repr(p).splitlines()[0]) == (True, np.float32, "Parameter containing:")
    assert not nn.Parameter(cr.ones(1), requires_grad=False).requires_grad
    assert not p.numpy().flags.writeable


REFUSED = [
    (lambda: nn.Module()(1), ("Module", "forward()")),
    (lambda: setattr(nn.Linear.__new__(nn.Linear), "weight", 1), ("Linear", "super().__init__()")),
    (lambda: Net().get_submodule("fc9"), ("Net", "fc9", "fc1")),
    (lambda: nn.Linear(0, 3), ("Linear, argument in_features", "at least 1")),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_refused_in_words(call, words):
    with pytest.raises(cr.ChainruleError) as error:
        call()
    for word in words:
        assert word in str(error.value)


def test_a_shared_weight_stands_under_each_of_its_names() -> None:
    torch = pytest.importorskip("torch")

    def tied(kind: Any) -> Any:
        class Tied(kind.Module):  # type: ignore[misc,name-defined]
            def __init__(self) -> None:
                super().__init__()
                self.first = kind.Linear(3, 3)
                self.again = self.first
                self.last = kind.Linear(3, 3)
                self.last.weight = self.first.weight

        return Tied()

    ours, theirs = tied(nn), tied(torch.nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert len(list(ours.parameters())) == len(list(theirs.parameters()))
    assert ours.load_state_dict(theirs.state_dict()) == ([], [])
    assert (ours.last.weight.numpy() == theirs.first.weight.detach().numpy()).all()
