"""backward(), grad, hooks, changes in place: what a PyTorch user expects, and nothing silently wrong."""

import copy
import gc
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import chainrule as cr


def leaf(*values: float) -> Any:
    return cr.tensor(list(values), requires_grad=True)


def test_gradients_add_up_in_grad() -> None:
    x = leaf(1.0, 2.0)
    (x * x).sum().backward()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0]


def test_one_tensor_used_many_times() -> None:
    x = leaf(3.0)
    y = x * x
    (y * x + y + x).sum().backward()
    assert x.grad.tolist() == [27.0 + 6.0 + 1.0]


def test_a_used_graph_is_refused_and_a_retained_one_is_not() -> None:
    x = leaf(1.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4.0]
    with pytest.raises(cr.GradientError, match="retain_graph"):
        y.backward()


def test_gradient_of_a_vector_needs_its_own_gradient() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(cr.GradientError, match="one number"):
        (x * x).backward()
    (x * x).backward(cr.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 40.0]
    with pytest.raises(cr.ShapeError, match=r"\(2,\)"):
        (x * x).backward(cr.tensor([1.0]))


def test_no_grad_detach_and_frozen_leaves() -> None:
    x, w = leaf(2.0), cr.tensor([3.0])
    with cr.no_grad():
        assert not (x * w).requires_grad
    with cr.no_grad(), cr.enable_grad():
        assert (x * w).requires_grad

    @cr.no_grad()
    def quiet() -> Any:
        return x * w

    assert not quiet().requires_grad
    (x * x.detach() * w).sum().backward()
    assert x.grad.tolist() == [6.0]
    assert w.grad is None
    assert (x > 1).requires_grad is False
    assert x.argmax().requires_grad is False


def test_hooks_see_and_change_gradients() -> None:
    x = leaf(1.0, 2.0)
    y = x * 2
    seen = []
    y.register_hook(lambda d: seen.append(d.tolist()))
    remove = x.register_hook(lambda d: d * 10)
    y.retain_grad()
    y.sum().backward()
    assert seen == [[1.0, 1.0]]
    assert y.grad.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [20.0, 20.0]
    remove()
    x.grad = None
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_gradients_of_gradients_of_gradients() -> None:
    slope = cr.grad(cr.grad(cr.grad(lambda x: x**4)))
    assert slope(cr.tensor(2.0)).item() == pytest.approx(48.0)


def test_grad_by_several_arguments_and_through_a_closure() -> None:
    w = leaf(3.0)
    dx, dy = cr.grad(lambda x, y: x * x * y, argnums=(0, 1))(cr.tensor(2.0), cr.tensor(5.0))
    assert (dx.item(), dy.item()) == (20.0, 4.0)
    force = cr.grad(lambda x: (w * x * x).sum())(cr.tensor([2.0]))  # 2 w x
    force.sum().backward()
    assert w.grad.tolist() == [4.0]
    value, slope = cr.value_and_grad(lambda x: x * x)(cr.tensor(3.0))
    assert (value.item(), slope.item()) == (9.0, 6.0)
    assert not slope.requires_grad
    assert cr.grad(lambda x: cr.tensor(1.0, requires_grad=True) * 1.0)(cr.tensor(2.0)).item() == 0.0


def test_autograd_grad_touches_no_leaf() -> None:
    x, z = leaf(2.0), leaf(1.0)
    y = x * x
    (d,) = cr.autograd.grad(y.sum(), x, create_graph=True)
    (dd,) = cr.autograd.grad(d.sum(), x)
    assert (d.item(), dd.item(), x.grad) == (4.0, 2.0, None)
    with pytest.raises(cr.GradientError, match="allow_unused"):
        cr.autograd.grad((x * 1.0).sum(), [x, z])
    assert cr.autograd.grad((x * 1.0).sum(), [x, z], allow_unused=True)[1] is None
    y = x * x
    (dy,) = cr.autograd.grad((y * 3).sum(), y)
    assert dy.tolist() == [3.0]


# --- changes in place -----------------------------------------------------------------------------------------------


def test_the_update_of_a_teaching_loop() -> None:
    w = leaf(1.0, 2.0)
    same = w
    (w * w).sum().backward()
    with cr.no_grad():
        w -= 0.1 * w.grad
    assert w is same
    assert w.requires_grad
    np.testing.assert_allclose(w.numpy(), [0.8, 1.6], rtol=1e-6)
    w.data -= 0.8
    w.data.add_(1.0)
    np.testing.assert_allclose(w.numpy(), [1.0, 1.8], rtol=1e-6)
    w.data = cr.tensor([5.0, 6.0])
    assert w.tolist() == [5.0, 6.0]


@pytest.mark.parametrize("change", [
    lambda x: x.add_(1.0), lambda x: x.mul_(2.0), lambda x: x.zero_(), lambda x: x.__setitem__(0, 9.0),
    lambda x: x.copy_(cr.zeros(2)), lambda x: x.clamp_(0.0, 1.0), lambda x: x[0].fill_(3.0),
    lambda x: x.view(2, 1).add_(1.0),
    lambda x: x.detach().add_(1.0), lambda x: x.data.add_(1.0),
])
def test_a_changed_array_that_a_gradient_needs_is_noticed(change: Any) -> None:
    x, w = cr.tensor([1.0, 2.0]), leaf(3.0, 4.0)
    y = (x * w).sum()
    change(x)
    with pytest.raises(cr.GradientError, match="changed in place"):
        y.backward()


def test_a_changed_result_that_a_gradient_needs_is_noticed() -> None:
    x = leaf(1.0)
    y = x.exp()
    y.detach().mul_(2.0)
    with pytest.raises(cr.GradientError, match="changed in place"):
        y.sum().backward()


def test_a_changed_array_that_no_gradient_needs_is_let_be() -> None:
    x, w = cr.tensor([1.0]), leaf(3.0)
    y = (x + w).sum()
    x.add_(1.0)
    y.backward()
    assert w.grad.tolist() == [1.0]


def test_a_parameter_may_change_between_steps() -> None:
    w = leaf(3.0)
    for _ in range(3):
        w.grad = None
        (w * w).sum().backward()
        with cr.no_grad():
            w.sub_(w.grad, alpha=0.5)
    assert w.tolist() == [0.0]


def test_recorded_tensors_change_as_in_pytorch() -> None:
    x = leaf(1.0, 2.0)
    h = x * 2
    h += 1
    h = h * h
    h.add_(x)
    h[0] = x[1] * 5
    h.sum().backward()
    assert x.grad.tolist() == [0.0, 4 * 5 + 1 + 5]
    with pytest.raises(cr.GradientError, match="no_grad"):
        x.add_(1.0)


def test_setting_parts() -> None:
    x = cr.zeros(2, 3)
    x[0] = cr.tensor([1.0, 2.0, 3.0])
    x[:, 2] = 7.0
    x[x == 0] = -1.0
    assert x.tolist() == [[1.0, 2.0, 7.0], [-1.0, -1.0, 7.0]]
    with pytest.raises(cr.ShapeError, match=r"\(2,\)"):
        x[0] = cr.zeros(2)


# --- life -----------------------------------------------------------------------------------------------------------


def test_no_cycles_so_no_garbage() -> None:
    x = leaf(1.0, 2.0)
    for _ in range(3):
        (x.exp() * x).sum().backward()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(100):
            x.grad = None
            (x.exp() * x).sum().backward()
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()


def test_threads_do_not_see_each_other() -> None:
    results: dict[int, bool] = {}

    def work(number: int) -> None:
        with cr.set_grad_enabled(number % 2 == 0):
            results[number] = (leaf(1.0) * 2).requires_grad

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {i: i % 2 == 0 for i in range(8)}


def test_copies_and_pickles() -> None:
    x = leaf(1.0, 2.0)
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):  # noqa: S301 - our own bytes
        assert twin.requires_grad
        assert twin.tolist() == x.tolist()
        twin.data.add_(1.0)
        assert x.tolist() == [1.0, 2.0]


def test_random_draws_are_counted() -> None:
    cr.manual_seed(5)
    a, b = cr.rand(3), cr.rand(3)
    key, counter = np.array([5, 0], np.uint64), np.array([0, 1, 0, 0], np.uint64)
    philox = np.random.Generator(np.random.Philox(key=key, counter=counter))
    np.testing.assert_array_equal(b.numpy(), philox.random(3, dtype=np.float32))
    cr.manual_seed(5)
    assert cr.rand(3).tolist() == a.tolist()
    normal = cr.randn(20_000, dtype=np.float64).numpy()
    assert abs(normal.mean()) < 0.03
    assert abs(normal.std() - 1) < 0.02
    assert sorted(cr.randperm(10).tolist()) == list(range(10))
    assert set(cr.randint(2, 5, (200,)).tolist()) == {2, 3, 4}


def test_every_leaf_has_a_gradient_of_its_own():
    """`a + b` passes one array on to both; changing one gradient in place must not change the other, nor the seed."""
    a, b, c = (cr.ones(3, requires_grad=True) for _ in range(3))
    total = a + b + c.reshape(3)
    seed = cr.tensor([1.0, 2.0, 3.0])
    total.backward(seed)
    a.grad.mul_(10.0)
    for other in (b.grad, c.grad, seed):
        assert other.tolist() == [1.0, 2.0, 3.0]
    assert a.grad.tolist() == [10.0, 20.0, 30.0]
