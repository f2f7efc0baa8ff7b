"""Dropout: the mean stays, prediction changes nothing, the masks are what anyone can draw again."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F
from chainrule.program.capture import module_names, record
from chainrule.program.replay import Replay
from chainrule.tensors.random import default_generator


@pytest.mark.article("S0-19", "S1-17", "W-09")
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_mean_stays_within_three_standard_errors(p):
    cr.manual_seed(1)
    x = cr.tensor(np.random.default_rng(0).normal(1.0, 0.5, 200_000), dtype=np.float64)
    y = nn.Dropout(p)(x).numpy()
    error = np.sqrt((y - x.numpy()).var() / y.size)
    assert abs(y.mean() - x.numpy().mean()) < 3 * error
    kept = y != 0
    np.testing.assert_allclose(y[kept], x.numpy()[kept] / (1 - p), rtol=1e-15)
    assert abs(kept.mean() - (1 - p)) < 3 * np.sqrt(p * (1 - p) / y.size)


@pytest.mark.article("S0-19", "S1-17", "W-09")
def test_prediction_and_p_of_zero_change_nothing():
    x = cr.randn(5, 3)
    state = default_generator.get_state()
    assert (nn.Dropout(0.5).eval()(x) == x).all()
    assert (nn.Dropout(0.0)(x) == x).all()
    assert (F.dropout(x, 0.7, training=False) == x).all()
    assert default_generator.get_state() == state, "no draw was taken"


@pytest.mark.article("S0-19", "W-09")
@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout1d, nn.Dropout2d])
@pytest.mark.parametrize("p", [1, 1.0, 1.5, -0.1, float("nan")])
def test_p_of_one_is_refused_with_the_reason(kind, p):
    with pytest.raises(cr.ArgumentError) as error:
        kind(p)
    for word in (f"{kind.__name__}, argument p", str(p), "0 ≤ p < 1", "1 - p"):
        assert word in str(error.value)
    with pytest.raises(cr.ArgumentError, match="argument p"):
        F.dropout(cr.ones(3), p)


@pytest.mark.article("S1-17")
def test_the_articles_network_with_dropout_trains_and_predicts():
    cr.manual_seed(0)
    net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Dropout(0.5), nn.Linear(20, 10))
    x = cr.randn(64, 10)
    y = cr.tanh(x @ cr.randn(10, 10) * 0.3)
    first = (net.eval()(x) - y).square().mean().item()
    net.train()
    for _ in range(100):
        net.zero_grad()
        (net(x) - y).square().mean().backward()
        with cr.no_grad():
            for p in net.parameters():
                p.sub_(0.1 * p.grad)
    assert (net(x) != net(x)).any()
    assert (net.eval()(x) == net(x)).all()
    assert (net(x) - y).square().mean().item() < 0.8 * first


def test_the_mask_is_a_draw_that_numpy_can_repeat():
    cr.manual_seed(7)
    x = cr.ones(3, 4)
    y = nn.Dropout(0.25)(x).numpy()
    philox = np.random.Philox(key=np.array([7, 0], np.uint64), counter=np.array([0, 0, 0, 0], np.uint64))
    keep = np.random.Generator(philox).random((3, 4), dtype=np.float32) >= 0.25
    np.testing.assert_array_equal(y, keep / np.float32(0.75))
    # float64 networks have the same masks
    cr.manual_seed(7)
    np.testing.assert_array_equal(nn.Dropout(0.25)(cr.ones(3, 4, dtype=np.float64)).numpy() != 0, keep)


def test_a_generator_of_its_own():
    x, one = cr.ones(50), nn.Dropout(0.5, generator=cr.Generator(3))
    cr.manual_seed(0)
    first = one(x)
    assert (one(x) != first).any()
    assert (cr.rand(3) == cr.rand(3, generator=cr.Generator(0))).all(), "the default stream was not touched"
    assert (nn.Dropout(0.5, generator=cr.Generator(3))(x) == first).all()


@pytest.mark.parametrize(
    ("kind", "shape"), [(nn.Dropout1d, (6, 5, 4)), (nn.Dropout2d, (6, 5, 4, 3)), (nn.Dropout1d, (5, 4))]
)
def test_whole_channels_are_left_out(kind, shape):
    cr.manual_seed(2)
    y = kind(0.5)(cr.ones(*shape)).numpy()
    channels = y.reshape(-1, 4) if kind is nn.Dropout1d else y.reshape(-1, 12)
    assert all(len(set(row)) == 1 for row in channels.tolist())
    assert set(channels[:, 0].tolist()) == {0.0, 2.0}


def test_the_gradient_goes_where_the_number_went():
    x = cr.ones(100, requires_grad=True)
    y = nn.Dropout(0.3)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_in_a_recording_p_is_a_control_of_its_own_for_every_layer():
    net = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.25), nn.Dropout(0.25))
    _, recording = record(net, cr.ones(50), names=module_names(net))
    assert recording.controls == {"0.p": 0.5, "1.p": 0.25, "2.p": 0.25}
    replay = Replay(recording)
    assert replay(cr.ones(50), **{"0.p": 0.0, "1.p": 0.0, "2.p": 0.0}).tolist() == [1.0] * 50
    assert replay(cr.ones(50), **{"0.p": 0.0, "2.p": 0.75}).tolist().count(0.0) > 25
    # Two in one place are told apart by a count.
    _, recording = record(lambda x: F.dropout(F.dropout(F.dropout(x, 0.5), 0.2), 0.5), cr.ones(5))
    assert recording.controls == {"p": 0.5, "p#2": 0.2}
