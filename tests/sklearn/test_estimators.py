"""What scikit-learn's MLP was asked for and never had, and what its users rely on."""

import sys
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from chainrule import nn, optim
from chainrule.errors import ArgumentError, ChainruleError, ChainruleWarning, DataError, MissingExtraError, StateError
from chainrule.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(4)
X = RNG.normal(size=(120, 3))
CLASSES = np.digitize(X[:, 0], [-0.5, 0.5])
NUMBERS = X @ np.array([2.0, -1.0, 0.5]) + RNG.normal(size=120)
SMALL = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.03, "max_iter": 60, "random_state": 0}


def test_same_seed_same_bytes_and_rows_in_any_order():
    order = RNG.permutation(120)
    models = [
        MLPClassifier(**SMALL, batch_size=16).fit(X, CLASSES),
        MLPClassifier(**SMALL, batch_size=16).fit(X, CLASSES),
        MLPClassifier(**SMALL, batch_size=16).fit(X[order], CLASSES[order]),
        MLPClassifier(**SMALL | {"random_state": np.random.RandomState(0)}, batch_size=16).fit(X, CLASSES),
    ]
    assert len({model.coefs_[0].tobytes() for model in models}) == 1
    other = MLPClassifier(**SMALL | {"random_state": 1}).fit(X, CLASSES)
    assert other.coefs_[0].tobytes() != models[0].coefs_[0].tobytes()


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_a_weight_is_so_many_rows(solver):
    weights = RNG.integers(0, 4, 120)
    settings = SMALL | {"solver": solver, "batch_size": 16, "max_iter": 15}
    one = MLPRegressor(**settings).fit(X, NUMBERS, weights)
    order = RNG.permutation(weights.sum())
    two = MLPRegressor(**settings).fit(X.repeat(weights, 0)[order], NUMBERS.repeat(weights)[order])
    np.testing.assert_allclose(one.predict(X), two.predict(X), rtol=1e-5 if solver == "lbfgs" else 1e-12)


@pytest.mark.parametrize(
    ("loss", "statistic"),
    [("absolute_error", np.median), ("squared_error", np.mean), (nn.L1Loss(), np.median), (nn.L1Loss, np.median)],
    ids=["absolute", "squared", "module", "class"],
)
def test_losses_find_what_they_are_for(loss, statistic):
    y = RNG.exponential(size=400)
    model = MLPRegressor(loss, (), alpha=0, max_iter=400, tol=0, random_state=0, schedule=_falling)
    found = model.fit(np.zeros((400, 1)), y).predict([[0.0]])[0]
    assert found == pytest.approx(statistic(y), abs=0.03)


def _falling(step):
    return 0.02 * 0.99**step


@pytest.mark.parametrize("quantile", [0.1, 0.9])
def test_a_quantile(quantile):
    model = MLPRegressor("quantile", quantile=quantile, learning_rate_init=0.02, max_iter=300, random_state=0)
    model.fit(X, NUMBERS)
    assert (model.predict(X) >= NUMBERS).mean() == pytest.approx(quantile, abs=0.06)


def test_several_quantiles_in_order():
    model = MLPRegressor("quantile", quantile=(0.05, 0.5, 0.95), **SMALL).fit(X, np.stack([NUMBERS, -NUMBERS], 1))
    found = model.predict_quantiles(X)
    assert found.shape == (120, 3, 2)
    assert (np.diff(found, axis=1) >= 0).all()
    assert model.predict(X).shape == (120, 2)
    assert model.predict_interval(X, 0.9).shape == (120, 2, 2)
    with pytest.raises(ArgumentError, match=r"a coverage of 0\.5"):
        model.predict_interval(X, 0.5)


SURE = [{}, {"ensemble": 3}, {"loss": "quantile", "quantile": (0.1, 0.9)}, {"solver": "lbfgs", "alpha": 1.0}]


@pytest.mark.parametrize("more", SURE, ids=str)
def test_intervals_hold_what_they_say(more):
    rows = np.random.default_rng(5).normal(size=(1600, 1))
    y = np.sin(2 * rows[:, 0]) + 0.3 * np.random.default_rng(6).normal(size=1600)
    settings = SMALL | {"calibrate": True, "validation_fraction": 0.4, "max_iter": 30} | more
    model = MLPRegressor(**settings).fit(rows[:800], y[:800])
    for coverage in (0.5, 0.9):
        low, high = model.predict_interval(rows[800:], coverage).T
        assert ((low <= y[800:]) & (y[800:] <= high)).mean() == pytest.approx(coverage, abs=0.07)


def test_one_network_alone_gives_no_interval():
    with pytest.raises(StateError, match="nothing says how sure"):
        MLPRegressor(**SMALL).fit(X, NUMBERS).predict_interval(X)


def test_poisson_wants_counts():
    with pytest.raises(DataError, match="below 0"):
        MLPRegressor("poisson").fit(X, NUMBERS)


@pytest.mark.parametrize("labels", ["two", "three", "several"])
def test_calibration_cures_a_network_that_is_too_sure(labels):
    from sklearn.metrics import log_loss

    rng = np.random.default_rng(7)
    rows = rng.normal(size=(900, 8))
    noisy = rows[:, :2] + 1.5 * rng.normal(size=(900, 2)) > 0
    y = {"two": noisy[:, 0].astype(int), "three": noisy.sum(axis=1), "several": noisy.astype(int)}[labels]

    def surprise(**more):
        model = MLPClassifier((64,), learning_rate_init=0.02, max_iter=60, alpha=0, random_state=0, tol=0, **more)
        p = model.fit(rows[:300], y[:300], **held).predict_proba(rows[600:])
        if labels == "several":
            return sum(log_loss(y[600:, place], p[:, place]) for place in (0, 1)), model.temperature_
        return log_loss(y[600:], p), model.temperature_

    held = {}
    sure, nothing = surprise()
    held = {"validation_data": (rows[300:600], y[300:600])}
    cured, temperature = surprise(calibrate=True)
    assert nothing == 1
    assert temperature > 1.5
    assert cured < 0.8 * sure


def test_class_weights_move_the_border():
    y = (X[:, 0] + RNG.normal(size=120) > 1).astype(int)
    share = [
        MLPClassifier(**SMALL | {"max_iter": 30}, class_weight=weight).fit(X, y).predict(X).mean()
        for weight in ({0: 20.0}, None, {1: 20.0})
    ]
    assert share[0] < share[1] < share[2]
    by_hand = {0: 0.5 / (1 - y.mean()), 1: 0.5 / y.mean()}
    one, two = (MLPClassifier(**SMALL, class_weight=weight).fit(X, y) for weight in ("balanced", by_hand))
    np.testing.assert_allclose(one.predict_proba(X), two.predict_proba(X), rtol=1e-6)
    for wrong in ("fair", {"x": 1.0}, {0: -1.0}):
        with pytest.raises(ArgumentError, match="balanced"):
            MLPClassifier(class_weight=wrong).fit(X, y)


def test_label_smoothing_takes_certainty():
    sure, smooth = (
        MLPClassifier(**SMALL | {"max_iter": 300}, label_smoothing=share).fit(X, CLASSES).predict_proba(X).max()
        for share in (0.0, 0.3)
    )
    assert smooth < 0.9 < sure


def test_the_network_is_what_was_asked_for():
    model = MLPClassifier(
        (6, 6), ["gelu", nn.Tanh()], dropout=0.1, layer_norm=True, residual=True, max_iter=2, random_state=0
    ).fit(X, CLASSES)
    kinds = [type(layer).__name__ for layer in model.network_]
    assert kinds == ["Linear", "LayerNorm", "GELU", "Dropout", "Linear", "LayerNorm", "Tanh", "Dropout", "Linear"]
    assert model.network_.residual
    assert not model.network_.training


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_steps_that_were_refused_there(solver):
    settings = SMALL | {"solver": solver, "max_iter": 5, "tol": 0}
    plain = MLPRegressor(**settings).fit(X, NUMBERS)
    for more in ({"weight_decay": 5.0}, {"clip_norm": 1e-3}, {"schedule": optim.schedules.cosine(0.001, 5)}):
        other = MLPRegressor(**settings, **more).fit(X, NUMBERS)
        assert other.coefs_[0].tobytes() != plain.coefs_[0].tobytes()
    small = MLPRegressor(**settings | {"max_iter": 60}, weight_decay=8.0).fit(X, NUMBERS)
    assert np.abs(small.coefs_[0]).sum() < np.abs(plain.coefs_[0]).sum()


def test_weights_can_be_written():
    model = MLPRegressor(**SMALL | {"max_iter": 2}).fit(X, NUMBERS)
    model.coefs_[-1][:] = 0
    model.intercepts_[-1][:] = 3.0
    np.testing.assert_array_equal(model.predict(X), np.full(120, 3.0))
    model.intercepts_ = [model.intercepts_[0], np.array([5.0])]
    np.testing.assert_array_equal(model.predict(X), np.full(120, 5.0))
    model.coefs_[0] = np.zeros((2, 2))
    with pytest.raises(DataError, match="layers"):
        model.predict(X)


def test_categories():
    pd = pytest.importorskip("pandas")
    kind = RNG.choice(["u", "v", "w"], 200)
    frame = pd.DataFrame({"kind": kind, "size": RNG.normal(size=200)})
    y = np.where((kind == "u") ^ (frame["size"] > 0), "yes", "no")
    frame.loc[0, "kind"] = None
    for asked in (["kind"], [0], [True, False], "from_dtype"):
        model = MLPClassifier(categorical_features=asked, **SMALL | {"hidden_layer_sizes": (50,)}).fit(frame, y)
        assert model.score(frame, y) > 0.95
        assert model.n_features_in_ == 2
    assert model.predict_proba(frame.assign(kind="never seen")).shape == (200, 2)
    with pytest.raises(ArgumentError, match="'colour'"):
        MLPClassifier(categorical_features=["colour"]).fit(frame, y)
    alone = MLPRegressor(categorical_features=[0], **SMALL).fit(frame[["kind"]].to_numpy(), y == "yes")
    assert len(np.unique(alone.predict(frame[["kind"]].to_numpy()))) == 4


WRONG = {
    "alpha": -1, "solver": "newton", "activation": "step", "hidden_layer_sizes": (3, 0), "batch_size": 0, "tol": -1.0,
    "learning_rate": "fast", "learning_rate_init": 0.0, "max_iter": 0, "momentum": 2, "beta_1": 1.0, "epsilon": 0.0,
    "n_iter_no_change": 0, "dropout": 1.0, "ensemble": 0, "engine": "gpu", "schedule": 0.1, "shuffle": 1,
    "loss": "hinge", "validation_fraction": 1.0, "clip_norm": 0, "weight_decay": -1, "early_stopping": "yes",
    "verbose": -1,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_parameters_out_of_range(kind, name):
    with pytest.raises(ChainruleError, match=name) as caught:
        kind(**{name: WRONG[name]}).fit(X, CLASSES)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "more",
    [
        {"batch_norm": True, "layer_norm": True}, {"solver": "lbfgs", "clip_norm": 1.0}, {"activation": ["relu"] * 3},
        {"solver": "sgd", "learning_rate": "adaptive", "schedule": _falling},
    ],
    ids=lambda more: " ".join(map(str, more)),
)
def test_parameters_that_do_not_go_together(more):
    with pytest.raises(ArgumentError):
        MLPClassifier(**more).fit(X, CLASSES)


def test_other_refusals():
    with pytest.raises(DataError, match="below 0"):
        MLPRegressor().fit(X, NUMBERS, -np.ones(120))
    with pytest.raises(ArgumentError, match="validation_data"):
        MLPRegressor(solver="lbfgs").fit(X, NUMBERS, validation_data=(X, NUMBERS))
    with pytest.raises(ArgumentError, match="validation_data"):
        MLPRegressor().fit(X, NUMBERS, validation_data=X)
    with pytest.raises(DataError, match="n_samples=1"):
        MLPRegressor(batch_norm=True).fit(X[:1], NUMBERS[:1])
    model = MLPRegressor(**SMALL | {"max_iter": 2}, warm_start=True).fit(X, NUMBERS)
    with pytest.raises(ArgumentError, match=r"\(9,\)"):
        model.set_params(hidden_layer_sizes=(9,)).fit(X, NUMBERS)
    with pytest.warns(ChainruleWarning, match="clipped"):
        MLPRegressor(**SMALL | {"max_iter": 2}, batch_size=500).fit(X, NUMBERS)


def test_validation_data_decides_when_to_stop():
    settings = SMALL | {"max_iter": 200, "early_stopping": True, "n_iter_no_change": 3}
    model = MLPClassifier(**settings).fit(X[:80], CLASSES[:80], validation_data=(X[80:], CLASSES[80:]))
    assert len(model.validation_scores_) == model.n_iter_ == len(model.history_["val_loss"]) < 200
    assert model.score(X[80:], CLASSES[80:]) == pytest.approx(model.best_validation_score_)
    watched = MLPClassifier(**SMALL).fit(X[:80], CLASSES[:80], validation_data=(X[80:], CLASSES[80:]))
    assert len(watched.validation_scores_) == watched.n_iter_
    assert watched.best_validation_score_ is None


def test_a_warm_start_may_change_its_mind():
    settings = SMALL | {"max_iter": 5, "n_iter_no_change": 50, "warm_start": True}
    model = MLPClassifier(**settings, solver="lbfgs").fit(X, CLASSES)
    assert not hasattr(model, "loss_curve_")
    before = model.coefs_[0].copy()
    model.set_params(solver="adam").fit(X, CLASSES)
    assert np.abs(model.coefs_[0] - before).max() < 0.5
    model.set_params(early_stopping=True).fit(X, CLASSES)
    assert model.best_loss_ is None
    assert len(model.validation_scores_) == 5
    model.set_params(early_stopping=False).fit(X, CLASSES)
    assert model.best_validation_score_ is None
    assert len(model.loss_curve_) == 15


def test_a_hundred_calls_are_a_hundred_epochs():
    settings = SMALL | {"batch_size": 16, "tol": 0.0}
    one = MLPRegressor(**settings | {"max_iter": 10}).fit(X, NUMBERS)
    two = MLPRegressor(**settings)
    for _ in range(10):
        two.partial_fit(X, NUMBERS)
    np.testing.assert_array_equal(two.coefs_[0], one.coefs_[0])
    assert (two.n_iter_, two.t_, len(two.loss_curve_)) == (1, 1200, 10)


def test_an_ensemble_is_the_mean_of_different_networks():
    model = MLPRegressor(**SMALL | {"max_iter": 10}, ensemble=3).fit(X, NUMBERS)
    each = [np.asarray(member._trainer.predict(X))[:, 0] for member in (model, *model._others)]
    assert len({one.tobytes() for one in each}) == 3
    np.testing.assert_allclose(model.predict(X), np.mean(each, axis=0))
    alone = MLPRegressor(**SMALL | {"max_iter": 10}).fit(X, NUMBERS)
    assert alone.predict(X).shape == (120,)
    both = MLPClassifier(**SMALL, ensemble=2).fit(X, CLASSES)
    np.testing.assert_array_equal(both.predict(X), both.classes_[both.predict_proba(X).argmax(axis=1)])


def test_classes_of_a_fit_that_failed_are_forgotten():
    model = MLPClassifier(**SMALL | {"max_iter": 2})
    with pytest.raises(DataError, match="non-finite"), np.errstate(all="ignore"):
        model.fit(np.full((120, 3), 1e308), CLASSES)
    assert model.fit(X, CLASSES + 5).classes_.tolist() == [5, 6, 7]


def test_held_rows_need_not_have_all_classes():
    model = MLPClassifier(**SMALL | {"max_iter": 2}, warm_start=True)
    few = X[CLASSES == 1], CLASSES[CLASSES == 1]
    for _ in range(2):
        model.fit(X, CLASSES, validation_data=few)
    with pytest.raises(DataError, match="classes not in"):
        model.fit(X, CLASSES, validation_data=(X[:2], [9, 1]))


def test_verbose_speaks(capsys):
    MLPClassifier(**SMALL | {"max_iter": 3}, verbose=True, early_stopping=True).fit(X, CLASSES)
    said = capsys.readouterr().out
    assert said.count("Iteration") == said.count("Validation score") == 3


def test_the_compiled_engine_runs_it():
    model = MLPClassifier(**SMALL).fit(X, CLASSES)
    assert model._trainer.report().engine == "numba"


def test_without_scikit_learn_the_message_says_how_to_get_it(monkeypatch):
    import chainrule.sklearn as door

    for name in [name for name in sys.modules if name.startswith("chainrule.sklearn.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(vars(door), "MLPClassifier", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    for name in [name for name in sys.modules if name.startswith("sklearn.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with warnings.catch_warnings(), pytest.raises(MissingExtraError, match="pip install"):
        door.MLPClassifier  # noqa: B018
