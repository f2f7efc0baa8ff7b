"""Weights of rows and classes: in training, validation, metrics and evaluation alike."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 3))
TARGETS = {
    "numbers": X[:, :1] * 2 + rng.normal(size=(30, 1)),
    "binary": (X[:, :1] + 0.5 * rng.normal(size=(30, 1)) > 0).astype(float),
    "classes": rng.integers(0, 3, 30),
}
LOSSES = {
    "numbers": (nn.MSELoss, 1, ["mae", "r2"]),
    "binary": (nn.BCEWithLogitsLoss, 1, ["accuracy", "f1", "roc_auc"]),
    "classes": (nn.CrossEntropyLoss, 3, ["accuracy", "f1_macro"]),
}

pytestmark = pytest.mark.filterwarnings("ignore:Trainer.fit, validation")  # of the very rows that are learnt from


def trainer(task, **options):
    loss, outputs, metrics = LOSSES[task]
    cr.manual_seed(0)
    model = nn.MLP([3, 6, outputs], activation="tanh")
    adam = optim.Adam(model.parameters(), lr=0.02)
    return cr.Trainer(model, loss(), adam, metrics, seed=0, dtype="float64", **options)


def result(used, data, **options):
    history = used.fit(data, epochs=6, batch_size=1000, progress=False, **options)
    return np.concatenate([p.numpy().ravel() for p in used.model.parameters()]), history


@pytest.mark.parametrize("task", TARGETS)
def test_weight_k_is_the_row_k_times(task):
    y, w = TARGETS[task], rng.integers(0, 4, 30)
    again = np.repeat(np.arange(30), w)
    weighted, first = result(trainer(task), (X, y), sample_weight=w, validation=(X, y, w))
    repeated, second = result(trainer(task), (X[again], y[again]), validation=(X[again], y[again]))
    np.testing.assert_allclose(weighted, repeated, atol=1e-9)
    assert set(first) == set(second)
    for name in first:
        np.testing.assert_allclose(first[name], second[name], atol=1e-9, err_msg=name)
    np.testing.assert_allclose([first.floor, first.best_constant], [second.floor, second.best_constant], atol=1e-9)
    score = trainer(task).evaluate((X, y), sample_weight=w)
    for name, value in trainer(task).evaluate((X[again], y[again])).items():
        assert score[name] == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("task", ["binary", "classes"])
def test_the_weight_of_a_class_is_that_of_its_rows(task):
    y = TARGETS[task]
    of_class = {0: 3.0, 1: 0.5, 2: 1.0}
    w = np.array([of_class[int(label)] for label in y.reshape(-1)])
    by_row, first = result(trainer(task), (X, y), sample_weight=w, validation=(X, y, w))
    for given in (of_class, list(of_class.values())):
        by_class, second = result(trainer(task, class_weight=given), (X, y), validation=(X, y))
        np.testing.assert_allclose(by_class, by_row, atol=1e-12)
        assert {name: pytest.approx(values) for name, values in first.history.items()} == second.history
    loader = cr.data.DataLoader((X, y), batch_size=30)
    from_loader, _ = result(trainer(task, class_weight=of_class), loader)
    np.testing.assert_allclose(from_loader, by_row, atol=1e-6)  # the loader gives float32


def test_both_multiply():
    y, w = TARGETS["classes"], rng.uniform(0.5, 2, 30)
    both, _ = result(trainer("classes", class_weight={1: 4.0}), (X, y), sample_weight=w)
    one, _ = result(trainer("classes"), (X, y), sample_weight=w * np.where(y == 1, 4.0, 1.0))
    np.testing.assert_allclose(both, one, atol=1e-12)


def test_balanced_weights_are_scikit_learns():
    compute = pytest.importorskip("sklearn.utils.class_weight").compute_class_weight
    y = np.array([0] * 20 + [1] * 8 + [2] * 2)
    used = trainer("classes", class_weight="balanced")
    result(used, (X, y))
    expected = compute("balanced", classes=np.arange(3), y=y)
    assert used.class_weights.known == pytest.approx(dict(enumerate(expected)))


def test_balanced_weights_are_those_of_the_rows_learnt_from():
    y = np.array([0] * 20 + [1] * 10)
    used = cr.Trainer(nn.MLP([3, 4, 2]), nn.CrossEntropyLoss(), seed=0, class_weight="balanced")
    used.fit((X, y), validation=(X[:5], y[:5]), progress=False)
    before = dict(used.class_weights.known)
    used.evaluate((X[25:], y[25:]))
    assert used.class_weights.known == before == {0.0: 0.75, 1.0: 1.5}
    used.fit((X[10:], y[10:]), progress=False)
    assert used.class_weights.known == {0.0: 1.0, 1.0: 1.0}


def test_a_class_without_weight_is_not_there():
    y = TARGETS["classes"]
    seen = []
    used = trainer("classes", class_weight={2: 0.0})
    used.callbacks.append(cr.train.LambdaCallback(on_batch_end=lambda t: seen.append(t.batch.targets.numpy().max())))
    result(used, (X, y))
    assert max(seen) == 1


@pytest.mark.parametrize(
    ("given", "y", "kind"),
    [
        ({0: -1.0}, TARGETS["classes"], cr.ArgumentError),
        ({0: 0, 1: 0, 2: 0}, TARGETS["classes"], cr.DataError),
        ({0: 2.0}, rng.uniform(size=(30, 3)) / 3, cr.DataError),
    ],
)
def test_weights_that_cannot_be(given, y, kind):
    with pytest.raises(kind) as caught:
        trainer("classes", class_weight=given).fit((X, y), progress=False)
    assert str(caught.value).count("\n") == 3


def test_balanced_weights_need_all_targets():
    with pytest.raises(cr.ArgumentError, match="balanced"):
        trainer("classes", class_weight="balanced").fit(cr.data.DataLoader((X, TARGETS["classes"]), batch_size=5))


def test_a_loss_of_ones_own_takes_weights_or_refuses_them():
    w = rng.uniform(0.5, 2, 30)
    y = TARGETS["numbers"]

    def third(outputs, targets, weights=None):
        squares = ((outputs - targets) ** 2).mean(1)
        return squares.mean() if weights is None else (squares * weights).sum() / weights.sum()

    own = trainer("numbers")
    mine = cr.Trainer(trainer("numbers").model, third, seed=0, dtype="float64")
    expected = own.evaluate((X, y), sample_weight=w)["loss"]
    assert mine.evaluate((X, y), sample_weight=w)["loss"] == pytest.approx(expected)
    two = cr.Trainer(trainer("numbers").model, lambda outputs, targets: ((outputs - targets) ** 2).mean(), seed=0)
    assert two.evaluate((X, y))["loss"] > 0
    with pytest.raises(cr.ArgumentError, match="third argument"):
        two.evaluate((X, y), sample_weight=w)


def test_functions_of_the_library_are_losses_too():
    from functools import partial

    from chainrule.nn import functional as F

    y, w = TARGETS["classes"], rng.uniform(0.5, 2, 30)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=1)
    module = cr.Trainer(trainer("classes").model, loss, seed=0)
    function = cr.Trainer(module.model, partial(F.cross_entropy, label_smoothing=0.1, ignore_index=1), seed=0)
    for options in ({}, {"sample_weight": w}):
        assert function.evaluate((X, y), batch_size=7, **options) == module.evaluate((X, y), batch_size=7, **options)
    assert function.predict_classes(X).shape == (30,)


def test_places_that_count_are_counted_in_every_batch():
    """Pictures of classes: a batch without an ignored place is no lighter than one that has some."""
    draw = np.random.default_rng(3)
    pictures = draw.normal(size=(6, 2, 3, 3))
    classes = draw.integers(0, 2, (6, 3, 3))
    classes[0, 0] = -100
    model = nn.Conv2d(2, 2, 1)
    used = cr.Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=1e-12), seed=0, dtype="float64")
    history = used.fit((pictures, classes), epochs=1, batch_size=2, progress=False, shuffle=False)
    assert history["loss"][0] == pytest.approx(used.evaluate((pictures, classes), batch_size=6)["loss"], rel=1e-9)
