"""Clipping: the norm afterwards, the direction, and what is left alone."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import chainrule as cr
from chainrule import nn, optim
from chainrule.program.capture import record
from chainrule.program.replay import Replay
from chainrule.tape.mode import mode
from chainrule.tape.tracked import wrap
from tests.optim.table import arrays, dense, parameters


def with_gradients(scale=1.0, dtype=np.float64):
    params = parameters(dtype=dtype)
    for p, g in zip(params, arrays(5, dtype), strict=True):
        p.grad = wrap(np.asarray(g * dtype(scale)))
    return params


def flat(params):
    return np.concatenate([dense(p.grad.numpy()).ravel() for p in params])


@pytest.mark.article("S1-20")
@given(scale=st.floats(1e-6, 1e6), limit=st.floats(1e-3, 1e3))
def test_the_norm_afterwards_and_the_direction(scale, limit):
    params = with_gradients(scale)
    before = flat(params)
    norm = np.linalg.norm(before)
    told = nn.utils.clip_grad_norm_(params, max_norm=limit)
    after = flat(params)
    assert told.item() == pytest.approx(norm, rel=1e-12)
    assert np.linalg.norm(after) == pytest.approx(min(norm, limit), rel=1e-12)
    np.testing.assert_allclose(after / np.linalg.norm(after), before / norm, rtol=1e-12, atol=1e-14)
    if norm < limit * (1 - 1e-12):
        assert after.tobytes() == before.tobytes()


@pytest.mark.article("S1-20")
def test_exploding_gradients_are_cut_to_the_articles_limit():
    """A deep network whose weights are too large; clipping at 1.0 makes the step as long as the rate."""
    cr.manual_seed(0)
    layers = [nn.Linear(16, 16) for _ in range(20)]
    params = [p for layer in layers for p in layer.parameters()]
    with cr.no_grad():
        for layer in layers:
            layer.weight.mul_(4.0)
    x = cr.randn(8, 16)
    for layer in layers:
        x = cr.relu(layer(x))
    (x * x).mean().backward()
    before = [p.numpy().copy() for p in params]
    told = nn.utils.clip_grad_norm_(params, max_norm=1.0)
    assert told.item() > 1e3
    optim.SGD(params, lr=0.01).step()
    step = np.sqrt(sum(((p.numpy() - old) ** 2).sum() for p, old in zip(params, before, strict=True)))
    assert step == pytest.approx(0.01, rel=1e-4)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.5, float("inf")])
@pytest.mark.parametrize("limit", [0.7, 1e4])
def test_norms_equal_pytorch(norm_type, limit):
    torch = pytest.importorskip("torch")
    params = with_gradients(3.0)
    judged = [torch.nn.Parameter(torch.tensor(dense(p.numpy()))) for p in params]
    for p, other in zip(params, judged, strict=True):
        other.grad = torch.tensor(dense(p.grad.numpy()))
    told = nn.utils.clip_grad_norm_(params, limit, norm_type=norm_type)
    known = torch.nn.utils.clip_grad_norm_(judged, limit, norm_type=norm_type)
    assert told.item() == pytest.approx(known.item(), rel=1e-12)
    for p, other in zip(params, judged, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), other.grad.numpy(), rtol=3e-6)  # PyTorch adds 1e-6 to the norm


def test_values_equal_pytorch():
    torch = pytest.importorskip("torch")
    params = with_gradients(3.0)
    judged = [torch.nn.Parameter(torch.tensor(dense(p.numpy()))) for p in params]
    for p, other in zip(params, judged, strict=True):
        other.grad = torch.tensor(dense(p.grad.numpy()))
    nn.utils.clip_grad_value_(params, 0.8)
    torch.nn.utils.clip_grad_value_(judged, 0.8)
    for p, other in zip(params, judged, strict=True):
        assert p.grad.numpy().tolist() == other.grad.numpy().tolist()


def test_without_gradients_there_is_nothing_to_do():
    params = parameters()
    assert nn.utils.clip_grad_norm_(params, 1.0).item() == 0
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0
    params[1].grad = cr.tensor([3.0, 0.0, 4.0, 0.0], dtype="float64")
    assert nn.utils.clip_grad_norm_(iter(params), 1.0).item() == 5
    assert nn.utils.clip_grad_norm_(params[1], 1.0).item() == pytest.approx(1.0)
    assert [p.grad is None for p in params] == [True, False, True, True, True]
    zero = nn.Parameter(cr.ones(2))
    zero.grad = cr.zeros(2)
    nn.utils.clip_grad_norm_([zero], 1.0)
    assert zero.grad.tolist() == [0, 0]


def test_infinity_measures_and_changes_nothing():
    params = with_gradients(1e3)
    before = [p.grad for p in params]
    nn.utils.clip_grad_norm_(params, float("inf"))
    assert all(p.grad is g for p, g in zip(params, before, strict=True))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_gradients_that_are_not_finite(value):
    w = nn.Parameter(cr.ones(2))
    w.grad = cr.tensor([1.0, value])
    with pytest.raises(cr.GradientError, match=r"norm is (nan|inf)"):
        nn.utils.clip_grad_norm_([w], 1.0, error_if_nonfinite=True)
    assert w.grad.tolist()[0] == 1.0
    with np.errstate(invalid="ignore"):
        told = nn.utils.clip_grad_norm_([w], 1.0)
    assert not np.isfinite(told.item())


def test_gradients_that_share_an_array_are_cut_once():
    a, b = nn.Parameter(cr.ones(2)), nn.Parameter(cr.ones(2))
    shared = np.array([30.0, 40.0], np.float32)
    a.grad, b.grad = wrap(shared), wrap(shared)
    nn.utils.clip_grad_norm_([a, b], 1.0)
    np.testing.assert_allclose(np.hypot(*a.grad.tolist()), np.sqrt(0.5), rtol=1e-6)
    assert shared.tolist() == [30.0, 40.0]


def test_dtype_and_layout_stay():
    for dtype in (np.float32, np.float64):
        params = with_gradients(100.0, dtype)
        before = [(p.grad.dtype, p.grad.shape, p.grad._array.strides) for p in params]
        nn.utils.clip_grad_norm_(params, 1.0)
        nn.utils.clip_grad_value_(params, 0.1)
        for p, (kind, shape, strides) in zip(params, before, strict=True):
            assert (p.grad.dtype, p.grad.shape) == (kind, shape)
            assert np.asarray(p.grad._array).strides == strides or p.numel() == 1


def test_a_recorded_step_clips_with_limits_that_may_change():
    def make():
        params = parameters(dtype=np.float32)
        optimizer = optim.SGD(params, lr=0.1)
        x = cr.tensor(np.full(1, 50.0), dtype="float32")

        def step(x, limits=(1.0, 0.2)):
            optimizer.zero_grad()
            sum(((p * p).sum() for p in params), start=x.sum() * 0).backward(x.sum())
            told = nn.utils.clip_grad_norm_(params, limits[0])
            nn.utils.clip_grad_norm_(params[:2], limits[1])
            nn.utils.clip_grad_value_(params, 0.05)
            optimizer.step()
            return told

        return params, step, x

    params, step, x = make()
    twins, twin_step, _ = make()
    _, recording = record(step, x)
    twin_step(x)
    assert recording.controls == {"max_norm[0]": 1.0, "max_norm[1]": 0.2, "clip_value[0]": 0.05, "lr[0]": 0.1}
    replay = Replay(recording)
    for _ in range(3):
        told = replay(x, **{"max_norm[0]": 0.3, "max_norm[1]": 0.1})
        known = twin_step(x, (0.3, 0.1))
        assert told.numpy().tobytes() == known.numpy().tobytes()
        assert [p.numpy().tobytes() for p in params] == [p.numpy().tobytes() for p in twins]


def test_parts_equal_the_compiled_text():
    found = []
    for parts in (False, True):
        params = with_gradients(10.0)
        mode.parts = parts
        try:
            nn.utils.clip_grad_norm_(params, 1.0)
            nn.utils.clip_grad_norm_(params, 0.9, norm_type=3)
            nn.utils.clip_grad_value_(params, 0.1)
        finally:
            mode.parts = False
        found.append(flat(params).tobytes())
    assert found[0] == found[1]


def test_parameters_become_a_vector_and_come_back():
    torch = pytest.importorskip("torch")
    params = parameters()
    vector = nn.utils.parameters_to_vector(params)
    known = torch.nn.utils.parameters_to_vector([torch.tensor(dense(p.numpy())) for p in params])
    assert vector.tolist() == known.tolist()
    (vector * vector).sum().backward()
    np.testing.assert_allclose(params[0].grad.numpy(), 2 * params[0].numpy())
    arrays_before = [p._array for p in params]
    nn.utils.vector_to_parameters(vector * 3, params)
    assert nn.utils.parameters_to_vector(params).tolist() == (vector * 3).tolist()
    assert all(p._array is array for p, array in zip(params, arrays_before, strict=True))
    with pytest.raises(cr.ShapeError):
        nn.utils.vector_to_parameters(vector[:-1], params)
