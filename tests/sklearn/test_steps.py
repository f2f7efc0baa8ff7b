"""The steps are scikit-learn's own: the same weights from the same random_state, and after every epoch again."""

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from chainrule.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 5))
TARGETS = {
    "two classes": (X[:, 0] > X[:, 1]).astype(int),
    "three classes": np.digitize(X[:, 0], [-0.5, 0.5]),
    "labels": (X[:, :3] > 0).astype(int),
    "one number": X @ RNG.normal(size=5),
    "three numbers": X @ RNG.normal(size=(5, 3)),
    "counts": RNG.poisson(2.0, 70).astype(float),
}
SETTINGS = [
    {"solver": "sgd", "learning_rate_init": 0.05, "alpha": 0.5},
    {"solver": "sgd", "learning_rate_init": 0.05, "batch_size": 16, "activation": "logistic"},
    {"solver": "sgd", "learning_rate_init": 0.05, "nesterovs_momentum": False, "activation": "tanh"},
    {"solver": "sgd", "learning_rate_init": 0.05, "momentum": 0.0, "activation": "identity"},
    # Adam's epsilon stands elsewhere: where it is nothing, that makes no difference.
    {"solver": "adam", "epsilon": 1e-300, "batch_size": 10, "hidden_layer_sizes": (7, 6)},
]


def _pair(name):
    if "number" in name or name == "counts":
        return TheirRegressor, MLPRegressor, {"loss": "poisson"} if name == "counts" else {}
    return TheirClassifier, MLPClassifier, {}


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: f"{settings['solver']}-{len(settings)}")
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("name", TARGETS)
def test_every_epoch_is_theirs(name, settings, weighted):
    their, ours, more = _pair(name)
    settings = {"hidden_layer_sizes": (8,), "shuffle": False, "max_iter": 6, "random_state": 3} | settings | more
    weights = np.linspace(0.1, 2.0, len(X)) if weighted else None
    one = their(**settings).fit(X, TARGETS[name], weights)
    two = ours(**settings).fit(X, TARGETS[name], weights)
    for theirs, mine in zip(one.coefs_ + one.intercepts_, two.coefs_ + two.intercepts_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)
    # Their loss of several targets is a mean, and its slope that of a sum; their mean over batches knows no weights.
    if name != "three numbers" and not (weighted and "batch_size" in settings):
        np.testing.assert_allclose(two.loss_curve_, one.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(two.predict(X), one.predict(X), rtol=1e-9, atol=1e-10)
    assert (two.n_iter_, two.t_, two.n_layers_, two.n_outputs_) == (one.n_iter_, one.t_, one.n_layers_, one.n_outputs_)
    assert two.out_activation_ == one.out_activation_


@pytest.mark.parametrize("name", ["two classes", "labels", "one number"])
def test_early_stopping_parts_the_same_rows(name):
    their, ours, _ = _pair(name)
    settings = {
        "solver": "sgd", "shuffle": False, "early_stopping": True, "random_state": 1, "max_iter": 30,
        "learning_rate_init": 0.02, "hidden_layer_sizes": (6,), "validation_fraction": 0.3,
    }
    one, two = (kind(**settings).fit(X, TARGETS[name]) for kind in (their, ours))
    np.testing.assert_allclose(two.validation_scores_, one.validation_scores_, rtol=1e-8)
    assert (two.n_iter_, two.best_loss_) == (one.n_iter_, None)
    np.testing.assert_allclose(two.best_validation_score_, one.best_validation_score_, rtol=1e-8)
    np.testing.assert_allclose(two.predict(X), one.predict(X), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("rate", ["invscaling", "adaptive"])
def test_rates_fall_alike(rate):
    settings = {
        "solver": "sgd", "momentum": 0.0, "learning_rate": rate, "learning_rate_init": 0.1, "shuffle": False,
        "random_state": 0, "max_iter": 200, "tol": 1e-2, "n_iter_no_change": 2, "hidden_layer_sizes": (4,),
    }
    one = TheirRegressor(**settings).fit(X, TARGETS["one number"])
    two = MLPRegressor(**settings).fit(X, TARGETS["one number"])
    assert two.n_iter_ == one.n_iter_
    assert two.learning_rate_ == pytest.approx(one._optimizer.learning_rate, rel=1e-12)
    np.testing.assert_allclose(two.coefs_[0], one.coefs_[0], rtol=1e-8)


def test_lbfgs_comes_as_low():
    for name in ("two classes", "one number"):
        their, ours, _ = _pair(name)
        settings = {"solver": "lbfgs", "alpha": 1.0, "hidden_layer_sizes": (6,), "random_state": 0, "max_iter": 2000}
        one, two = (kind(activation="identity", **settings).fit(X, TARGETS[name]) for kind in (their, ours))
        assert two.loss_ == pytest.approx(one.loss_, rel=1e-3)


def test_lbfgs_ends_by_max_fun():
    from sklearn.exceptions import ConvergenceWarning

    with pytest.warns(ConvergenceWarning, match="max_fun"):
        model = MLPRegressor(solver="lbfgs", max_fun=4, random_state=0).fit(X, TARGETS["one number"])
    assert model.n_iter_ <= 4
