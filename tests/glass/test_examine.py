"""A learner's own backward pass: the right finding for every known mistake, and no blame for what is right."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import language, nn, optim
from chainrule.errors import ArgumentError, DtypeError
from chainrule.language import catalogue
from tests.glass.backwards import Backward, Task, sigmoid
from tests.glass.mutations import CLASSES, DEEP, LEAKY, PROBABLE, ROWS, SIGMOIDS, SOFT, SQUARE, SUMMED, XOR
from tests.glass.networks import data, trainer

TASKS = (XOR, DEEP, SIGMOIDS, CLASSES, PROBABLE, LEAKY, SQUARE, SUMMED, SOFT, Task((2, 1), "tanh", "none", "bce"),
         Task((3, 6, 6, 6, 2), "relu", "none", "mse"), Task((4, 5, 3), "sigmoid", "none", "ce", "sum"))
CASES = [(finding, where, task, make) for finding, where, tasks, make in ROWS for task in tasks]


def examined(backward, task, rows=8, dtype="float64", seed=0, **options):
    return cr.examine(backward, trainer(task, dtype, seed), data(task, rows, seed, np.dtype(dtype)), **options)


def test_the_battery_is_large():
    assert len({finding for finding, *_ in CASES}) >= 20
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("finding", "where", "task", "make"), CASES, ids=[f"{c[0]}-{c[2].loss}{c[2].sizes}" for c in CASES]
)
@pytest.mark.parametrize("rows", [5, 8])
def test_mistake_is_named(finding, where, task, make, rows):
    report = examined(make(task), task, rows)
    assert not report.correct
    assert (report.finding, report.where) == (finding, where) or (report.finding == finding and report.where in where)
    for lang in language.LANGUAGES:
        language.choose(lang)
        assert "{" not in str(report)


@pytest.fixture(autouse=True)
def _english():
    before = list(language._chosen)
    language.choose("en")
    yield
    language._chosen[:] = before


def test_right_finding_on_other_weights_batches_and_in_float32():
    """Over other draws, where two mistakes may happen to give the same numbers: at least 95 of 100."""
    hits, wrong = 0, []
    for seed, rows, dtype in ((1, 7, "float64"), (2, 16, "float64"), (3, 9, "float32")):
        for finding, _, task, make in CASES:
            report = examined(make(task), task, rows, dtype, seed)
            hits += report.finding == finding and not report.correct
            if report.finding != finding:
                wrong.append((finding, report.finding, task.sizes, task.loss, rows, dtype))
    assert hits >= 0.95 * 3 * len(CASES), wrong


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("task", TASKS, ids=str)
def test_right_function_is_not_blamed(task, dtype):
    for seed, rows in ((0, 4), (1, 1), (2, 33)):
        report = examined(Backward(task), task, rows, dtype, seed)
        assert report.correct, (seed, rows, str(report))
        assert report.layout == "articles"
        assert report.finding in ("correct", "float32_noise")
        assert all(report[name].correct for name in report.verdicts)


def as_pytorch(task, names="W"):
    """The same backward pass with weights as (outputs, inputs)."""
    right = Backward(task)

    def backward(parameters, X, y):
        turned = {n: p.T if n.startswith("W") else p for n, p in parameters.items()}
        assert all(turned[f"b{k}"].shape == (task.sizes[k],) for k in range(1, right.count + 1))
        made = right(turned, X, y)
        found = {n: g.T if n.startswith("W") else g for n, g in made.items()}
        return found if names == "W" else {f"{'d' if names == 'dW' else 'grad_'}{n}": g for n, g in found.items()}

    return backward


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("task", [XOR, DEEP, SQUARE, CLASSES], ids=str)
def test_layout_of_pytorch_is_accepted_and_named(task, dtype):
    for names in ("W", "dW", "grad_W"):
        report = examined(as_pytorch(task, names), task, 8, dtype)
        assert report.correct, str(report)
        assert report.layout == "pytorch"
    assert "PyTorch" in str(report)


def test_names_of_pytorch_are_accepted():
    def backward(parameters, X, y):
        dz1 = 2 * (X @ parameters["0.weight"].T + parameters["0.bias"] - y) / y.size
        return {"0.weight": dz1.T @ X, "0.bias": dz1.sum(0)}

    task = Task((3, 2), "tanh", "none", "mse")
    report = examined(backward, task)
    assert report.correct
    assert report.layout == "pytorch"


def test_a_mistake_in_the_layout_of_pytorch():
    def backward(parameters, X, y):
        a1 = np.tanh(X @ parameters["W1"].T + parameters["b1"])
        dz2 = (sigmoid(a1 @ parameters["W2"].T + parameters["b2"]) - y) / len(X)
        dz1 = dz2 @ parameters["W2"]
        return {"W2": dz2.T @ a1, "b2": dz2.sum(0), "W1": dz1.T @ X, "b1": dz1.sum(0)}

    report = examined(backward, XOR)
    assert (report.finding, report.where, report.layout) == ("activation_derivative_missing", "layer 1", "pytorch")


def test_sum_is_right_where_the_loss_sums_and_told_with_its_rate_where_it_does_not():
    summed = XOR._replace(reduction="sum")
    assert examined(Backward(summed), summed).correct
    report = examined(Backward(summed), XOR, rows=4)
    assert report.finding == "sum_instead_of_mean"
    assert "0.025" in str(report)  # 0.1 / 4
    assert examined(Backward(XOR), summed).finding == "mean_instead_of_sum"


def test_two_mistakes_are_both_named():
    class Twice(Backward):
        def slope(self, k, z, a):
            return np.ones_like(z) if k == 1 else super().slope(k, z, a)

        def bias(self, k, dz, b):
            return dz.mean(0) if k == 2 else super().bias(k, dz, b)

        def upstream(self, k, dz, W, da, parameters):
            return da @ W.T if k == 3 else super().upstream(k, dz, W, da, parameters)

    task = Task((3, 4, 4, 4, 2), "tanh", "none", "mse")
    found = [(finding.name, finding.where) for finding in examined(Twice(task), task).findings]
    assert ("bias_averaged", "layer 2") in found
    assert ("activation_derivative_missing", "layer 1") in found
    assert not any(name == "unexplained" for name, _ in found)


def test_a_mistake_and_a_factor():
    class Both(Backward):
        def divisor(self, m, outputs):
            return 1

        def slope(self, k, z, a):
            return 1 - a if k == 1 else super().slope(k, z, a)

    names = [finding.name for finding in examined(Both(XOR), XOR).findings]
    assert sorted(names) == ["activation_derivative", "sum_instead_of_mean"]


def test_what_nobody_knows_is_called_unexplained_at_its_layer():
    class Odd(Backward):
        def slope(self, k, z, a):
            return np.sin(17 * z) + 3 if k == 1 else super().slope(k, z, a)

    report = examined(Odd(DEEP), DEEP)
    assert (report.finding, report.where) == ("unexplained", "layer 1")
    assert report["W2"].correct
    assert not report["W1"].correct


def test_parameters_changed_inside():
    def backward(parameters, X, y):
        found = Backward(XOR)(parameters, X, y)
        for name, gradient in found.items():
            parameters[name] -= 0.1 * gradient.reshape(parameters[name].shape)
        return found

    where = trainer(XOR)
    before = where.model.state_dict()["0.weight"].numpy().copy()
    report = cr.examine(backward, where, data(XOR, 8))
    assert report.correct
    assert report.finding == "updates_inside_backward"
    assert np.array_equal(where.model.state_dict()["0.weight"].numpy(), before)


def test_gradients_that_add_up_between_calls():
    kept = {}

    def backward(parameters, X, y):
        for name, gradient in Backward(XOR)(parameters, X, y).items():
            kept[name] = kept.get(name, 0) + gradient
        return dict(kept)

    report = examined(backward, XOR)
    assert report.finding == "accumulated_between_calls"
    assert not report.correct


def test_draws_that_differ_between_calls():
    draw = np.random.default_rng(0)

    def backward(parameters, X, y):
        return {n: g * (1 + 0.3 * draw.random()) for n, g in Backward(XOR)(parameters, X, y).items()}

    assert examined(backward, XOR).finding == "changes_between_calls"


def test_a_clip_that_kills_the_gradient_of_a_confidently_wrong_unit():
    where = trainer(Task((2, 1), "tanh", "none", "bce"))
    where.model.load_state_dict({"0.weight": np.array([[30.0, 0.0]]), "0.bias": np.array([0.0])})

    def backward(parameters, X, y):
        p = np.clip(sigmoid(X @ parameters["W1"] + parameters["b1"]), 1e-8, 1 - 1e-8)
        q = sigmoid(X @ parameters["W1"] + parameters["b1"])
        dz1 = (p - y) / (p * (1 - p)) * q * (1 - q) / len(X)
        return {"W1": X.T @ dz1, "b1": dz1.sum(0)}

    batch = np.array([[0.01, 1.0], [-1.5, 0.2], [0.02, -1.0]]), np.array([[1.0], [1.0], [0.0]])
    assert cr.examine(backward, where, batch).finding == "clip_kills_gradient"


def test_float32_noise_is_no_mistake():
    def backward(parameters, X, y):
        small = {name: array.astype(np.float32) for name, array in parameters.items()}
        return Backward(XOR)(small, X.astype(np.float32), y.astype(np.float32))

    report = examined(backward, XOR)
    assert report.correct
    assert report.finding == "float32_noise"


def test_dropout_hands_over_its_mask():
    cr.manual_seed(0)
    model = nn.MLP([3, 8, 1], activation="tanh", dropout=0.5)
    where = cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.1), dtype="float64", seed=0)
    batch = data(Task((3, 8, 1), "tanh", "none", "bce"), 8)

    def backward(parameters, X, y, mask=True, scale=0.5):
        a1 = np.tanh(X @ parameters["W1"] + parameters["b1"])
        r1 = a1 * parameters["mask1"] / 0.5
        dz2 = (sigmoid(r1 @ parameters["W2"] + parameters["b2"]) - y) / len(X)
        da1 = dz2 @ parameters["W2"].T * (parameters["mask1"] if mask else 1) / scale
        dz1 = da1 * (1 - a1**2)
        return {"W2": r1.T @ dz2, "b2": dz2.sum(0), "W1": X.T @ dz1, "b1": dz1.sum(0)}

    assert cr.examine(backward, where, batch).correct
    for found, options in (("dropout_mask_missing", {"mask": False}), ("dropout_scale_missing", {"scale": 1.0})):
        report = cr.examine(lambda p, X, y, options=options: backward(p, X, y, **options), where, batch)
        assert report.finding == found


def test_a_network_with_a_norm_and_weighted_rows():
    cr.manual_seed(0)
    model = nn.MLP([3, 5, 2], activation="tanh", norm="layer")
    where = cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), dtype="float64", seed=0)
    X, y = data(Task((3, 5, 2), "tanh", "none", "mse"), 6)
    batch = X, y, np.array([1.0, 2.0, 0.5, 1.0, 3.0, 1.0])

    def backward(parameters, X, y, missing=False):
        z1 = X @ parameters["W1"] + parameters["b1"]
        deviation = np.sqrt(z1.var(1, keepdims=True) + 1e-5)
        xhat = (z1 - z1.mean(1, keepdims=True)) / deviation
        a1 = np.tanh(xhat * parameters["scale1"] + parameters["shift1"])
        w = parameters["weights"][:, None] if not missing else np.ones((len(X), 1))
        dz2 = 2 * w * (a1 @ parameters["W2"] + parameters["b2"] - y) / (w.sum() * 2)
        dn1 = dz2 @ parameters["W2"].T * (1 - a1**2)
        g = dn1 * parameters["scale1"]
        dz1 = (g - g.mean(1, keepdims=True) - xhat * (g * xhat).mean(1, keepdims=True)) / deviation
        return {
            "W2": a1.T @ dz2, "b2": dz2.sum(0), "scale1": (dn1 * xhat).sum(0), "shift1": dn1.sum(0),
            "W1": X.T @ dz1, "b1": dz1.sum(0),
        }

    report = cr.examine(backward, where, batch)
    assert report.correct, str(report)
    wrong = cr.examine(lambda p, X, y: {**backward(p, X, y), "scale1": -backward(p, X, y)["scale1"]}, where, batch)
    assert wrong.finding == "sign"
    assert [name for name in wrong.verdicts if not wrong[name].correct] == ["scale1"]
    assert not cr.examine(lambda p, X, y: backward(p, X, y, missing=True), where, batch).correct


def test_every_finding_has_words_and_advice():
    rows = catalogue("examine")
    told = {name for name, entry in rows.items() if "what" in entry}
    assert {finding for finding, *_ in CASES} <= told
    assert len(told) >= 20
    assert all("instead" in rows[name] for name in told)


def test_what_cannot_be_examined_is_refused():
    where, batch = trainer(XOR), data(XOR, 4)
    with pytest.raises(DtypeError):
        cr.examine("backward", where, batch)
    with pytest.raises(DtypeError):
        cr.examine(Backward(XOR), where.model, batch)
    with pytest.raises(DtypeError):
        cr.examine(lambda parameters, X, y: [1, 2], where, batch)
    with pytest.raises(ArgumentError):
        cr.examine(lambda parameters, X, y: {"V": X}, where, batch)
    with pytest.raises(ArgumentError):
        cr.examine(Backward(XOR), where, batch, layout="rows")
    with pytest.raises(ArgumentError, match="ZeroDivisionError: division by zero") as caught:
        cr.examine(lambda parameters, X, y: 1 / 0, where, batch)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(ArgumentError):
        cr.examine(Backward(XOR), where, batch)["W9"]
