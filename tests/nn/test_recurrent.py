"""RNN, GRU, LSTM: PyTorch with and without given states, the scan against steps by hand, layouts, refusals."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ArgumentError, ShapeError

DRAW = np.random.default_rng(12)
KINDS = ("RNN", "GRU", "LSTM")


def pair(torch, kind, *args, **kwargs):
    ours, theirs = getattr(nn, kind)(*args, **kwargs).double(), getattr(torch.nn, kind)(*args, **kwargs).double()
    theirs.load_state_dict({name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()})
    return ours, theirs


def flat(result):
    return [x for part in result for x in (part if isinstance(part, tuple) else (part,))]


@pytest.mark.article("S1-25")
@pytest.mark.parametrize("kind", KINDS)
def test_given_states_and_last_states_are_pytorchs(kind):
    torch = pytest.importorskip("torch")
    for layers, both, batch_first, batch in itertools.product([1, 2], [False, True], [False, True], [None, 3]):
        ours, theirs = pair(torch, kind, 4, 3, num_layers=layers, bidirectional=both, batch_first=batch_first)
        shape = (5, 4) if batch is None else (batch, 5, 4) if batch_first else (5, batch, 4)
        start = (layers * (1 + both), 3) if batch is None else (layers * (1 + both), batch, 3)
        arrays = [DRAW.normal(size=shape), *(DRAW.normal(size=start) for _ in range(2 if kind == "LSTM" else 1))]
        x, *states = (cr.from_numpy(a).requires_grad_() for a in arrays)
        tx, *tstates = (torch.tensor(a, requires_grad=True) for a in arrays)
        results = flat(ours(x, tuple(states) if kind == "LSTM" else states[0]))
        told = flat(theirs(tx, tuple(tstates) if kind == "LSTM" else tstates[0]))
        for one, two in zip(results, told, strict=True):
            assert one.shape == tuple(two.shape)
            np.testing.assert_allclose(one.numpy(), two.detach().numpy(), atol=1e-13)
        sum((r * r).sum() for r in results).backward()
        sum((r * r).sum() for r in told).backward()
        for one, two in zip((x, *states, *ours.parameters()), (tx, *tstates, *theirs.parameters()), strict=True):
            np.testing.assert_allclose(one.grad.numpy(), two.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_cell_step_by_step(kind):
    layer, cell = getattr(nn, kind)(4, 3).double(), getattr(nn, f"{kind}Cell")(4, 3).double()
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x, copy = (cr.from_numpy(a).requires_grad_() for a in [DRAW.normal(size=(6, 2, 4))] * 2)
    output, last = layer(x)
    state, rows = None, []
    for step in copy:
        state = cell(step, state)
        rows.append(state[0] if kind == "LSTM" else state)
    written = cr.stack(rows)
    np.testing.assert_allclose(output.numpy(), written.numpy(), atol=1e-14)
    for one, two in zip(flat([last]), flat([state]), strict=True):
        np.testing.assert_allclose(one.numpy()[0], two.numpy(), atol=1e-14)
    d = cr.from_numpy(DRAW.normal(size=output.shape))
    output.backward(d)
    written.backward(d)
    np.testing.assert_allclose(x.grad.numpy(), copy.grad.numpy(), atol=1e-13)
    for one, two in zip(layer.parameters(), cell.parameters(), strict=True):
        np.testing.assert_allclose(one.grad.numpy(), two.grad.numpy(), atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_no_step_sees_a_later_one_and_the_way_back_sees_all(kind):
    x = DRAW.normal(size=(6, 2, 4))
    later = x.copy()
    later[4:] += 1.0
    layer = getattr(nn, kind)(4, 3, bidirectional=True).double()
    one, two = (layer(cr.from_numpy(a))[0].numpy() for a in (x, later))
    np.testing.assert_array_equal(one[:4, :, :3], two[:4, :, :3])
    assert (one[:, :, 3:] != two[:, :, 3:]).all()


def test_one_step_and_long_sequences():
    layer = nn.GRU(2, 3).double()
    output, h = layer(cr.from_numpy(DRAW.normal(size=(1, 4, 2))))
    np.testing.assert_array_equal(output.numpy(), h.numpy())
    x = cr.from_numpy(DRAW.normal(size=(500, 1, 2))).requires_grad_()
    layer(x)[0].sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


@pytest.mark.parametrize("kind", KINDS)
def test_initial_weights_are_pytorchs_distribution_in_our_layout(kind):
    layer = getattr(nn, kind)(50, 64)
    for parameter in layer.parameters():
        array = parameter.numpy()
        assert np.abs(array).max() <= 1 / 8
        assert abs(array.std() - 1 / 8 / np.sqrt(3)) < 0.01
        assert array.T.flags.c_contiguous


@pytest.mark.parametrize("kind", KINDS)
def test_the_wider_dtype_wins(kind):
    start = cr.zeros(1, 3, 2)
    given = (start, start) if kind == "LSTM" else start
    single, double, x = getattr(nn, kind)(4, 2), getattr(nn, kind)(4, 2).double(), cr.zeros(5, 3, 4)
    for layer, wide in ((single, x.double()), (double, x)):
        for results in (layer(wide), layer(wide, given)):
            assert {r.dtype for r in flat(results)} == {np.dtype(np.float64)}
    cell = getattr(nn, f"{kind}Cell")(4, 2).double()
    state = cell(cr.zeros(3, 4))
    assert {r.dtype for r in flat([state])} == {np.dtype(np.float64)}


def test_dropout_works_between_layers_in_training_alone():
    layer = nn.LSTM(4, 50, 2, dropout=0.5)
    x = cr.rand(5, 3, 4)
    one, two = layer(x)[0], layer(x)[0]
    assert (one != two).any()
    layer.eval()
    assert (layer(x)[0] == layer(x)[0]).all()
    plain = nn.LSTM(4, 50, 2)
    plain.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(plain(x)[0].numpy(), layer(x)[0].numpy())
    # The first layer is whole: its last state is that of a layer without dropout.
    layer.train()
    np.testing.assert_array_equal(layer(x)[1][0].numpy()[0], plain(x)[1][0].numpy()[0])


def test_dropout_with_one_layer_is_told():
    with pytest.warns(UserWarning, match="LSTM, argument dropout: dropout=0.2 does nothing with one layer"):
        nn.LSTM(4, 3, dropout=0.2)


@pytest.mark.parametrize(("error", "words", "make"), [
    (ShapeError, "input of shape (5, 3, 6)", lambda: nn.GRU(4, 3)(cr.zeros(5, 3, 6))),
    (ShapeError, "(N, L, features)", lambda: nn.GRU(4, 3, batch_first=True)(cr.zeros(5))),
    (ShapeError, "1 of shape (1, 3, 2)", lambda: nn.GRU(4, 2)(cr.zeros(5, 3, 4), cr.zeros(3, 2))),
    (ShapeError, "2 of shape (2, 3, 2)", lambda: nn.LSTM(4, 2, 2)(cr.zeros(5, 3, 4), (cr.zeros(1, 3, 2),) * 2)),
    (ShapeError, "1 of shape (1, 2)", lambda: nn.RNN(4, 2)(cr.zeros(5, 4), cr.zeros(1, 1, 2))),
    (ShapeError, "at least one step", lambda: nn.RNN(4, 2)(cr.zeros(0, 3, 4))),
    (ShapeError, "input of shape (3, 5)", lambda: nn.LSTMCell(4, 2)(cr.zeros(3, 5))),
    (ShapeError, "2 of shape (3, 2)", lambda: nn.LSTMCell(4, 2)(cr.zeros(3, 4), (cr.zeros(3, 2),))),
    (ArgumentError, "tanh", lambda: nn.RNN(4, 2, nonlinearity="sigmoid")),
    (ArgumentError, "tanh", lambda: nn.RNNCell(4, 2, nonlinearity="sigmoid")),
    (ArgumentError, "at least 1", lambda: nn.GRU(4, 2, num_layers=0)),
    (ArgumentError, "at least 1", lambda: nn.LSTMCell(4, 2.5)),
])
def test_what_does_not_fit_is_refused_in_words(error, words, make):
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)
