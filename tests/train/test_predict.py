"""What a Trainer answers: the network's outputs, probabilities, classes; each row by itself."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

rng = np.random.default_rng(0)


def networks():
    xor = cr.data.xor()[0]
    wide = rng.normal(size=(60, 13))
    return {
        **{
            f"xor {sizes} {activation}": (nn.MLP(sizes, activation=activation), xor)
            for sizes in ([2, 2, 1], [2, 4, 1], [2, 3, 3, 1])
            for activation in ("tanh", "relu", "sigmoid")
        },
        "norm and dropout": (nn.MLP([13, 37, 20, 5], norm="batch", dropout=0.3), wide),
        "layer norm": (nn.MLP([13, 64, 3], norm="layer"), wide),
    }


@pytest.mark.article("S0-06", "W-10", "W-23")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", networks())
def test_a_row_gets_the_same_bits_alone_and_among_others(name, dtype):
    cr.manual_seed(0)
    model, X = networks()[name]
    trainer = cr.Trainer(model, nn.MSELoss(), seed=0, dtype=dtype)
    whole = trainer.predict(X)
    for i, row in enumerate(X):
        assert trainer.predict(row.reshape(1, -1)).tobytes() == whole[i].tobytes()
    back = trainer.predict(X[::-1])[::-1]
    assert back.tobytes() == whole.tobytes()
    many = np.concatenate([X] * (300 // len(X) + 1))
    np.testing.assert_allclose(trainer.predict(many)[: len(X)], whole, rtol=1e-5, atol=1e-6)
    assert trainer.predict(many, batch_size=8)[: len(X)].tobytes() == whole.tobytes()


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 255, 256, 257, 600])
@pytest.mark.parametrize("batch_size", [None, 1, 10, 1000])
def test_any_number_of_rows(rows, batch_size):
    model = nn.MLP([3, 4, 2], activation="tanh")
    X = rng.normal(size=(rows, 3))
    found = cr.Trainer(model, nn.MSELoss(), seed=0).predict(X, batch_size=batch_size)
    with cr.no_grad():
        np.testing.assert_allclose(found, model(cr.tensor(X)).numpy(), rtol=1e-5, atol=1e-6)


def test_outputs_without_an_activation_leave_the_unit_interval():
    found = cr.Trainer(nn.Linear(1, 1), nn.MSELoss(), seed=0).predict([[1e4]])
    assert abs(found).max() > 1


def test_it_is_in_evaluation_mode_and_records_nothing():
    trainer = cr.Trainer(nn.Sequential(nn.Dropout(0.9), nn.Linear(2, 1)), nn.MSELoss(), seed=0)
    X = np.ones((50, 2))
    assert len(np.unique(trainer.predict(X))) == 1
    assert trainer.model.training


ODD = {"two": lambda x: (x, x), "none": lambda x: x.sum(), "one row": lambda x: x[:1]}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_outputs_that_are_not_one_a_row(answer):
    class Odd(nn.Module):
        def forward(self, x):
            return answer(x)

    trainer = cr.Trainer(Odd(), nn.MSELoss(), cr.optim.SGD([nn.Parameter(cr.zeros(1))], lr=1), seed=0)
    with pytest.raises(cr.ShapeError, match="row for each row"):
        trainer.predict(np.ones((3, 2)))


def classifiers():
    logits = rng.normal(size=(9, 1)) * 3
    several = rng.normal(size=(9, 4)) * 3
    p = 1 / (1 + np.exp(-logits))
    soft = np.exp(several) / np.exp(several).sum(1, keepdims=True)
    both = lambda p: np.concatenate([1 - p, p], axis=1)
    return {
        "logits": (nn.BCEWithLogitsLoss(), logits, both(p), p > 0.7),
        "probabilities": (nn.BCELoss(), p, both(p), p > 0.7),
        "labels": (nn.BCEWithLogitsLoss(), several, 1 / (1 + np.exp(-several)), 1 / (1 + np.exp(-several)) > 0.7),
        "classes": (nn.CrossEntropyLoss(), several, soft, several.argmax(1)),
        "log-probabilities": (nn.NLLLoss(), np.log(soft), soft, several.argmax(1)),
        "squares of probabilities": (nn.MSELoss(), p, both(p), p > 0.7),
        "margins": (nn.HingeLoss(), logits, None, logits > 0.2),
    }


@pytest.mark.article("S3-13")
@pytest.mark.parametrize("name", classifiers())
def test_probabilities_and_classes_by_what_the_loss_means(name):
    loss, outputs, probabilities, classes = classifiers()[name]
    trainer = cr.Trainer(nn.Sequential(nn.Identity()), loss, cr.optim.SGD([nn.Parameter(cr.zeros(1))], lr=1), seed=0)
    if probabilities is None:
        with pytest.raises(cr.StateError, match="HingeLoss"):
            trainer.predict_proba(outputs)
    else:
        np.testing.assert_allclose(trainer.predict_proba(outputs), probabilities, rtol=1e-5, atol=1e-6)
    found = trainer.predict_classes(outputs, threshold=0.7)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, classes)


def test_probabilities_of_logits_far_out():
    trainer = cr.Trainer(nn.Identity(), nn.BCEWithLogitsLoss(), cr.optim.SGD([nn.Parameter(cr.zeros(1))], lr=1), seed=0)
    np.testing.assert_array_equal(trainer.predict_proba([[1e4], [-1e4], [0.0]])[:, 1], [1, 0, 0.5])


def test_a_threshold_that_is_none():
    trainer = cr.Trainer(nn.Linear(1, 1), nn.BCEWithLogitsLoss(), seed=0)
    with pytest.raises(cr.ArgumentError, match="threshold"):
        trainer.predict_classes([[1.0]], threshold=2)


def test_classes_agree_with_the_metric():
    X, y = cr.data.moons(100, noise=0.3, seed=0)
    cr.manual_seed(0)
    trainer = cr.Trainer(nn.MLP([2, 8, 1]), nn.BCEWithLogitsLoss(), metrics=["accuracy"], seed=0)
    trainer.fit((X, y), epochs=5, progress=False)
    assert trainer.evaluate((X, y))["accuracy"] == (trainer.predict_classes(X) == y).mean()


def test_metrics_of_several_labels_and_of_probabilities():
    X = rng.normal(size=(30, 3))
    labels = (X > 0).astype(float)
    trainer = cr.Trainer(nn.MLP([3, 3]), nn.BCEWithLogitsLoss(), metrics=["accuracy"], seed=0)
    expected = (trainer.predict_classes(X) == labels).all(axis=1).mean()
    assert trainer.evaluate((X, labels))["accuracy"] == expected
    trainer = cr.Trainer(nn.MLP([3, 1], output_activation="sigmoid"), nn.MSELoss(), metrics=["accuracy", "mse"], seed=0)
    found = trainer.evaluate((X, labels[:, :1]))
    assert found["accuracy"] == (trainer.predict_classes(X) == labels[:, :1]).mean()
    assert found["mse"] == pytest.approx(found["loss"], rel=1e-6)
    trainer = cr.Trainer(nn.MLP([3, 3], output_activation="softmax"), nn.MSELoss(), metrics=["accuracy"], seed=0)
    hot = np.eye(3)[rng.integers(0, 3, 30)]
    assert trainer.evaluate((X, hot))["accuracy"] == (trainer.predict_classes(X) == hot.argmax(1)).mean()
