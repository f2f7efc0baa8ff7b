"""scikit-learn's fitted networks give their own answers here; PyTorch reads our files, and we read theirs."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

neural = pytest.importorskip("sklearn.neural_network")

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
TARGETS = {
    "two classes": (X[:, 0] > 0).astype(int), "three classes": np.digitize(X[:, 0], [-0.5, 0.5]),
    "labels": (X[:, :2] > 0).astype(int), "words": np.where(X[:, 0] > 0, "yes", "no"),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("name", TARGETS)
def test_a_classifier_gives_its_probabilities(name, activation):
    fitted = neural.MLPClassifier((5, 4), activation=activation, max_iter=20, random_state=0).fit(X, TARGETS[name])
    z = cr.from_sklearn(fitted)(cr.tensor(X, dtype="float64")).detach()
    expected = fitted.predict_proba(X)
    if fitted.out_activation_ == "softmax":
        found = cr.softmax(z, dim=1).numpy()
    else:
        p = cr.sigmoid(z).numpy()
        found = np.concatenate([1 - p, p], axis=1) if p.shape[1] == 1 else p
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_regressor_gives_its_numbers(kind, columns):
    y = X[:, :columns] if columns > 1 else X[:, 0]
    fitted = neural.MLPRegressor(hidden_layer_sizes=(6,), max_iter=20, random_state=0).fit(X.astype(kind), y)
    net = cr.from_sklearn(fitted)
    assert {parameter.dtype for parameter in net.parameters()} == {np.dtype(kind)}
    found = net(cr.tensor(X, dtype=np.dtype(kind).name)).detach().numpy()
    expected = fitted.predict(X.astype(kind)).reshape(40, -1)
    np.testing.assert_allclose(found.reshape(40, -1), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_it_is_a_copy_that_learns_on_and_is_saved(tmp_path):
    fitted = neural.MLPRegressor(hidden_layer_sizes=(6,), max_iter=5, random_state=0).fit(X, X.sum(axis=1))
    before = [weight.copy() for weight in fitted.coefs_]
    net = cr.from_sklearn(fitted)
    trainer = cr.Trainer(net, nn.MSELoss(), seed=0)
    history = trainer.fit((X, X.sum(axis=1, keepdims=True)), epochs=20, progress=False)
    assert history["loss"][-1] < history["loss"][0]
    for weight, old in zip(fitted.coefs_, before, strict=True):
        np.testing.assert_array_equal(weight, old)
    cr.save(net, tmp_path / "net.safetensors")
    assert repr(cr.load(tmp_path / "net.safetensors")) == repr(net)


def test_what_is_not_fitted_or_no_network_is_refused():
    for thing in (neural.MLPRegressor(), neural.MLPClassifier, nn.Linear(1, 1), None, 3):
        with pytest.raises(cr.DtypeError):
            cr.from_sklearn(thing)


def test_pytorch_reads_and_writes_the_same_names(tmp_path):
    torch = pytest.importorskip("torch")
    files = pytest.importorskip("safetensors.torch")
    layers = lambda kit: kit.Sequential(
        kit.Conv2d(2, 4, 3), kit.BatchNorm2d(4), kit.ReLU(), kit.Flatten(), kit.Linear(16, 5), kit.LayerNorm(5)
    )
    ours, theirs = layers(nn), layers(torch.nn)
    files.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    cr.load_into(ours, tmp_path / "theirs.safetensors")
    for name, tensor in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[name].numpy(), tensor.numpy())
    with cr.no_grad():
        for parameter in ours.parameters():
            parameter.mul_(2)
    cr.save(ours, tmp_path / "ours.safetensors")
    theirs.load_state_dict(files.load_file(tmp_path / "ours.safetensors"))
    for name, tensor in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[name].numpy(), tensor.numpy())


def test_a_file_of_torch_save_is_refused_with_the_way_out(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(1, 1).state_dict(), tmp_path / "net.pt")
    with pytest.raises(cr.FileError, match=r"save_file"):
        cr.load_into(nn.Linear(1, 1), tmp_path / "net.pt")
