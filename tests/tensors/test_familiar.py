"""What programs for PyTorch take for granted: devices, rules of one's own, hooks with handles, draws in place."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


def test_there_is_the_cpu() -> None:
    device = cr.device("cuda" if cr.cuda.is_available() else "cpu")
    assert (device, device.type, device.index, str(device), repr(device)) == (
        "cpu", "cpu", None, "cpu", "device(type='cpu')",
    )
    x = cr.zeros(2, device=device).to(device, non_blocking=True).to(device, cr.float64).to(device=device)
    assert x.dtype == np.float64
    assert x.device == device
    assert not x.is_cuda
    assert nn.Linear(2, 2).to(device).to(x).weight.dtype == np.float64
    own = x.to("cpu", copy=True)
    own += 1
    assert x.tolist() == [0, 0]
    for name in ("tensor", "zeros", "rand", "arange", "eye"):
        assert getattr(cr, name)(2, device="cpu:0").device == "cpu"


@pytest.mark.parametrize(
    "call",
    [
        lambda: cr.device("cuda"), lambda: cr.zeros(2, device="cuda"), lambda: cr.randn(2, device="mps"),
        lambda: cr.zeros(2).to("cuda:0"), lambda: cr.zeros(2).cuda(), lambda: nn.Linear(1, 1).cuda(),
        lambda: nn.Linear(1, 1).to("cuda"), lambda: cr.zeros(2).to(device="cuda"),
    ],
)
def test_another_device_is_refused(call: Any) -> None:
    with pytest.raises(cr.ArgumentError, match="is_available"):
        call()


class Cube(cr.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, scale: float) -> Any:
        ctx.save_for_backward(x)
        ctx.scale = scale
        return x**3 * scale, x + 0

    @staticmethod
    def backward(ctx: Any, d: Any, e: Any) -> Any:
        (x,) = ctx.saved_tensors
        return d * 3 * x**2 * ctx.scale + e, None


def test_a_rule_of_ones_own() -> None:
    x = cr.tensor([1.0, -2.0], requires_grad=True)
    cube, same = Cube.apply(x, 2.0)
    assert cube.grad_fn == "Cube"
    (cube + same).sum().backward()
    assert x.grad.tolist() == [7, 25]
    (slope,) = cr.autograd.grad(Cube.apply(x, 1.0)[0].sum(), x, create_graph=True)
    assert cr.autograd.grad(slope.sum(), x)[0].tolist() == [6, -12]
    with cr.no_grad():
        assert not Cube.apply(x, 1.0)[0].requires_grad
    first = Cube.apply(x * 1, 1.0)[0]
    cr.testing.check_gradients(lambda z: Cube.apply(z, 0.5)[0], np.array([0.3, 1.2]))
    assert first.requires_grad


def test_a_wrong_rule_is_refused() -> None:
    class Short(Cube):
        @staticmethod
        def backward(ctx: Any, d: Any, e: Any) -> Any:
            return d

    class Wide(Cube):
        @staticmethod
        def backward(ctx: Any, d: Any, e: Any) -> Any:
            return d.sum(), None

    x = cr.tensor([1.0, 2.0], requires_grad=True)
    for kind, words in ((Short, "2: one for each"), (Wide, "shape")):
        with pytest.raises(cr.GradientError, match=words):
            kind.apply(x, 1.0)[0].sum().backward()
    y = x * 1
    z = Cube.apply(y, 1.0)[0]
    with cr.no_grad():
        y.mul_(2)
    with pytest.raises(cr.GradientError, match="Cube"):
        z.sum().backward()
    with pytest.raises(cr.StateError, match="staticmethod"):
        cr.autograd.Function.apply(x)


def test_handles_take_hooks_away() -> None:
    seen: list[Any] = []
    layer = nn.Linear(1, 1)
    handles = [layer.register_forward_hook(lambda *a: seen.append("after")),
               layer.register_forward_pre_hook(lambda *a: seen.append("before"))]
    layer(cr.zeros(1, 1))
    for handle in handles:
        handle.remove()
        handle.remove()
    layer(cr.zeros(1, 1))
    assert seen == ["before", "after"]
    assert layer.get_parameter("bias") is layer.bias
    with pytest.raises(cr.StateError):
        layer.get_parameter("nothing")


def test_draws() -> None:
    w = cr.empty(200, 50).normal_(1.0, 0.1)
    assert abs(w.mean().item() - 1) < 0.01
    assert abs(w.std().item() - 0.1) < 0.01
    u = cr.empty(500).uniform_(-2, -1)
    assert u.min().item() >= -2
    assert u.max().item() < -1
    assert cr.randint(3, (50,)).max().item() == 2
    drawn = cr.multinomial(cr.tensor([[1.0, 0.0, 3.0]]), 4_000, replacement=True)
    assert drawn.shape == (1, 4_000)
    assert abs((drawn == 2).float().mean().item() - 0.75) < 0.03
    assert sorted(cr.tensor([0.0, 2.0, 1.0]).multinomial(2).tolist()) == [1, 2]
    for weights, count in (([-1.0, 1.0], 1), ([0.0, 0.0], 1), ([1.0, 0.0], 2)):
        with pytest.raises(cr.ArgumentError, match="multinomial"):
            cr.tensor(weights).multinomial(count)


def test_words_of_refusals() -> None:
    x = cr.zeros(2, 2)
    for call, word in (
        (lambda: x.mm(x[0]), "mm"), (lambda: x.bmm(x), "bmm"), (lambda: x[None].diag(), "diag"),
        (lambda: x.quantile(1.5), "quantile"), (lambda: cr.tensor([-1]).bincount(), "bincount"),
        (lambda: x.scatter(1, cr.tensor([[5]]), 1.0), "scatter"), (lambda: cr.meshgrid(x, indexing="a"), "meshgrid"),
    ):
        with pytest.raises(cr.ChainruleError, match=word):
            call()
