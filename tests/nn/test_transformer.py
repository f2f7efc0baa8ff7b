"""The transformer's encoder: PyTorch with masks, states both ways, copies, activations, refusals."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ArgumentError

DRAW = np.random.default_rng(11)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_layers_and_gradients_are_pytorchs(norm_first, batch_first):
    torch = pytest.importorskip("torch")
    kwargs = {"dropout": 0.0, "norm_first": norm_first, "batch_first": batch_first}
    ours = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, **kwargs), 2, nn.LayerNorm(8)).double()
    inner = torch.nn.TransformerEncoderLayer(8, 2, 16, **kwargs)
    theirs = torch.nn.TransformerEncoder(inner, 2, torch.nn.LayerNorm(8), enable_nested_tensor=False).double()
    with cr.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(parameter + cr.from_numpy(DRAW.normal(size=parameter.shape) * 0.2))
    theirs.load_state_dict({name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    array = DRAW.normal(size=(3, 5, 8))
    rows, steps = (3, 5) if batch_first else (5, 3)
    mask = np.triu(np.ones((steps, steps), bool), 1)
    padding = np.zeros((rows, steps), bool)
    padding[0, -1] = True
    x, judged = cr.from_numpy(array).requires_grad_(), torch.tensor(array, requires_grad=True)
    y = ours(x, cr.from_numpy(mask), cr.from_numpy(padding))
    told = theirs(judged, torch.tensor(mask), torch.tensor(padding))
    np.testing.assert_allclose(y.numpy(), told.detach().numpy(), atol=1e-12)
    d = DRAW.normal(size=y.shape)
    y.backward(cr.from_numpy(d))
    told.backward(torch.from_numpy(d))
    np.testing.assert_allclose(x.grad.numpy(), judged.grad.numpy(), atol=1e-10)
    for (name, one), two in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(one.grad.numpy(), two.grad.numpy(), atol=1e-10, err_msg=name)
    causal = ours(cr.from_numpy(array), is_causal=True).numpy()
    np.testing.assert_allclose(causal, ours(cr.from_numpy(array), cr.from_numpy(mask)).numpy(), atol=1e-13)


def test_layers_are_copies_with_lives_of_their_own():
    layer = nn.TransformerEncoderLayer(4, 2, 8)
    net = nn.TransformerEncoder(layer, 3)
    first, *others = [list(inner.parameters()) for inner in net.layers]
    for other in others:
        for one, two in zip(first, other, strict=True):
            assert not np.shares_memory(one.numpy(), two.numpy())
            np.testing.assert_array_equal(one.numpy(), two.numpy())
            assert one.numpy().strides == two.numpy().strides
    assert len(list(net.parameters())) == 3 * len(first)


def test_a_function_may_be_the_activation():
    calls = []
    layer = nn.TransformerEncoderLayer(4, 2, 8, activation=lambda x: calls.append(x.shape) or cr.tanh(x))
    assert layer(cr.zeros(5, 3, 4)).shape == (5, 3, 4)
    assert calls == [(5, 3, 8)]


def test_dropout_draws_in_training_alone():
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.5)
    x = cr.rand(5, 3, 4)
    assert (layer(x) != layer(x)).any()
    layer.eval()
    assert (layer(x) == layer(x)).all()


def test_what_does_not_fit_is_refused_in_words():
    with pytest.raises(ArgumentError) as caught:
        nn.TransformerEncoderLayer(4, 2, activation="swish")
    assert "relu, gelu" in str(caught.value)
    with pytest.raises(ArgumentError):
        nn.TransformerEncoderLayer(4, 3)
    with pytest.raises(ArgumentError):
        nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 0)
