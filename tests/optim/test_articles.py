"""What the articles say of updates and decay, held to."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim


def network():
    cr.manual_seed(1)
    first, second = nn.Linear(3, 4), nn.Linear(4, 2)
    return [first.weight, first.bias, second.weight, second.bias], lambda x: second(cr.tanh(first(x)))


@pytest.mark.article("S2-05", "S2-12")
def test_the_update_is_the_old_value_less_rate_times_gradient():
    params, forward = network()
    optimizer = optim.SGD(params, lr=0.1)
    x, y = cr.randn(5, 3), cr.randn(5, 2)
    ((forward(x) - y) ** 2).sum().backward()
    old = [p.numpy().copy() for p in params]
    optimizer.step()
    for p, before in zip(params, old, strict=True):
        assert p.numpy().tolist() == (before - np.float32(0.1) * p.grad.numpy()).tolist()


@pytest.mark.article("S2-12")
def test_the_gradient_of_a_bias_is_one_row_summed_over_the_batch():
    params, forward = network()
    x, y = cr.randn(5, 3), cr.randn(5, 2)
    off = forward(x) - y
    (off * off).sum().backward()
    assert params[3].grad.shape == params[3].shape == (2,)
    np.testing.assert_allclose(params[3].grad.numpy(), (2 * off.numpy()).sum(0), rtol=1e-6)


@pytest.mark.article("W-26")
def test_gradients_are_all_taken_before_anything_is_changed():
    """backward() changes no weight, so each gradient is that of the weights as they were; momentum is possible."""
    params, forward = network()
    x, y = cr.randn(5, 3), cr.randn(5, 2)
    before = [p.numpy().copy() for p in params]
    ((forward(x) - y) ** 2).sum().backward()
    assert all((p.numpy() == old).all() for p, old in zip(params, before, strict=True))
    once = [p.grad.numpy().copy() for p in params]
    optimizer = optim.SGD(params, lr=0.01, momentum=0.9)
    optimizer.step()
    assert all((p.grad.numpy() == g).all() for p, g in zip(params, once, strict=True))  # and step() no gradient
    optimizer.zero_grad()
    assert all(p.grad is None for p in params)
    ((forward(x) - y) ** 2).sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert all(p.grad.shape == p.shape and not p.grad.numpy().any() for p in params)


def trained(make, penalty, steps=300):
    """Weights after fitting 0 with gradients of very different sizes."""
    w = nn.Parameter(cr.tensor([1.0, 1.0], dtype="float64"))
    scale = cr.tensor([100.0, 0.01], dtype="float64")
    optimizer = make([w])
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (scale * (w - 1.0) ** 2).sum() + penalty / 2 * (w * w).sum()
        loss.backward()
        optimizer.step()
    return w.numpy()


@pytest.mark.article("W-12", "S1-21")
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "NAdam"])
def test_weight_decay_is_the_penalty_of_the_loss(name):
    more = {"lr": 0.001} if name == "SGD" else {}
    penalised = trained(lambda params: getattr(optim, name)(params, **more), penalty=0.01)
    decayed = trained(lambda params: getattr(optim, name)(params, weight_decay=0.01, **more), penalty=0.0)
    np.testing.assert_allclose(penalised, decayed, rtol=1e-9)


@pytest.mark.article("W-12", "S1-21")
def test_adam_rescales_the_penalty_and_not_the_decay():
    """Two weights without any other gradient: the penalty moves both by lr, whatever λ; the decay by the share lr λ."""
    for decay in (0.01, 1.0):
        moved = {}
        for key in ("weight_decay", "decoupled_weight_decay"):
            w = nn.Parameter(cr.tensor([1.0, 10.0], dtype="float64"))
            w.grad = cr.zeros(2, dtype="float64")
            optim.Adam([w], lr=0.1, **{key: decay}).step()
            moved[key] = w.numpy()
        np.testing.assert_allclose(moved["weight_decay"], [0.9, 9.9], rtol=1e-6)
        np.testing.assert_allclose(moved["decoupled_weight_decay"], [1 - 0.1 * decay, 10 * (1 - 0.1 * decay)])


@pytest.mark.article("W-12")
def test_for_plain_sgd_both_decays_are_one():
    results = [
        trained(lambda params, key=key: optim.SGD(params, lr=0.001, **{key: 0.3}), penalty=0.0)
        for key in ("weight_decay", "decoupled_weight_decay")
    ]
    np.testing.assert_allclose(results[0], results[1], rtol=1e-9)


@pytest.mark.article("W-12")
def test_groups_keep_biases_out_and_optimizers_decay_what_they_are_given():
    params, _ = network()
    matrices, rest = [p for p in params if p.ndim > 1], [p for p in params if p.ndim < 2]
    optimizer = optim.AdamW([{"params": matrices}, {"params": rest, "weight_decay": 0.0}], lr=0.1, weight_decay=0.5)
    before = [p.numpy().copy() for p in params]
    for p in params:
        p.grad = cr.zeros_like(p)
    optimizer.step()
    for p, old in zip(params, before, strict=True):
        np.testing.assert_allclose(p.numpy(), old * (0.95 if p.ndim > 1 else 1.0), rtol=1e-6)
