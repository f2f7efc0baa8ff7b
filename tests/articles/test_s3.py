"""The fourth article's rows that no other file holds: its functions beside ours."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim

X, Y = cr.data.clusters(200, noise=0.2, seed=42)
PLACES = (0, 1, 2, 3)


def forward(P, rows):
    Z1 = rows @ P["W1"] + P["b1"]
    A1 = np.maximum(0, Z1)
    Z2 = A1 @ P["W2"] + P["b2"]
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": 1 / (1 + np.exp(-Z2))}


def backward(P, cache, rows, targets):
    m = len(rows)
    dZ2 = cache["A2"] - targets
    dZ1 = dZ2 @ P["W2"].T * (cache["Z1"] > 0)
    return {
        "W1": rows.T @ dZ1 / m, "b1": dZ1.sum(0, keepdims=True) / m, "W2": cache["A1"].T @ dZ2 / m,
        "b2": dZ2.sum(0, keepdims=True) / m,
    }


def network(**options):
    cr.manual_seed(0)
    return nn.MLP.for_data(X, Y, [4], activation="relu", **options).double()


@pytest.mark.article("S3-04", "S3-05", "S3-07")
def test_sizes_weights_and_cache_of_the_articles_own_data():
    net = network(init=0.01, output_activation="sigmoid")
    assert net.sizes == (2, 4, 1)
    P = net.weights()
    assert [(name, array.shape) for name, array in P.items()] == [
        ("W1", (2, 4)), ("b1", (1, 4)), ("W2", (4, 1)), ("b2", (1, 1)),
    ]
    assert sum(array.size for array in P.values()) == 17
    assert np.abs(P["W1"]).max() < 0.05
    cache, wanted = net.trace(X), forward(P, X)
    assert list(cache) == list(wanted)
    for name, array in wanted.items():
        np.testing.assert_allclose(cache[name].numpy(), array, rtol=1e-12, atol=1e-15)


@pytest.mark.article("S3-09")
@pytest.mark.parametrize("init", [0.01, None])
def test_gradients_are_the_articles(init):
    net = network(init=init)
    P = net.weights()
    wanted = backward(P, forward(P, X), X, Y)
    nn.BCEWithLogitsLoss()(net(cr.tensor(X, dtype="float64")), cr.tensor(Y, dtype="float64")).backward()
    for name, parameter in zip(P, net.parameters(), strict=True):
        found = parameter.grad.numpy()
        found = found.T if name.startswith("W") else found.reshape(1, -1)
        np.testing.assert_allclose(found, wanted[name], rtol=1e-12, atol=1e-12 * np.abs(wanted[name]).max())


@pytest.mark.article("S3-10")
def test_an_update_that_leaves_the_old_parameters_as_they_were():
    net = network()
    before = {name: array.copy() for name, array in net.weights().items()}
    rows, targets = cr.tensor(X, dtype="float64"), cr.tensor(Y, dtype="float64")
    criterion = nn.BCEWithLogitsLoss()

    def loss(W1, b1, W2, b2):
        return criterion(cr.relu(rows @ W1 + b1) @ W2 + b2, targets)

    old = tuple(cr.tensor(array, dtype="float64") for array in before.values())
    parameters, losses = old, []
    for _ in range(50):
        value, slopes = cr.value_and_grad(loss, PLACES)(*parameters)
        parameters = tuple(p - 0.5 * slope for p, slope in zip(parameters, slopes, strict=True))
        losses.append(value.item())
    for tensor, array in zip(old, before.values(), strict=True):
        np.testing.assert_array_equal(tensor.numpy(), array)
        assert not tensor.requires_grad
        assert tensor.grad is None
    trainer = cr.Trainer(net, criterion, optim.SGD(net.parameters(), lr=0.5), seed=0)
    history = trainer.fit((X, Y), epochs=50, batch_size=200, progress=False)
    np.testing.assert_allclose(losses, history["loss"], rtol=1e-10)
    for tensor, array in zip(parameters, net.weights().values(), strict=True):
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-10)


@pytest.mark.article("S3-13")
def test_the_threshold_of_a_prediction_is_an_argument():
    net = network()
    trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.5), ["accuracy"], seed=0)
    probabilities = forward(net.weights(), X)["A2"]
    counts = []
    for threshold in (0.5, *(float(t) for t in np.quantile(probabilities, (0.2, 0.8)) + 1e-6)):
        predictions = trainer.predict_classes(X, threshold=threshold)
        assert predictions.shape == (200, 1)
        np.testing.assert_array_equal(predictions, (probabilities > threshold).astype(int))
        counts.append(predictions.sum())
    assert counts[1] == 160
    assert counts[2] == 40
    np.testing.assert_array_equal(trainer.predict_classes(X), trainer.predict_classes(X, threshold=0.5))
    assert trainer.evaluate((X, Y))["accuracy"] == (trainer.predict_classes(X) == Y).mean()
