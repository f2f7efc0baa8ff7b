"""The estimators among scikit-learn's own tools."""

import copy
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, StackingRegressor, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from chainrule import train
from chainrule.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(3)
X = RNG.normal(size=(80, 4))
CLASSES = np.array(["low", "high"])[(X[:, 0] - X[:, 1] > 0).astype(int)]
NUMBERS = X @ np.array([1.0, -2.0, 0.5, 0.0])
SMALL = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.03, "max_iter": 40, "random_state": 0}


def classifier(**more):
    return MLPClassifier(**(SMALL | more))


def regressor(**more):
    return MLPRegressor(**(SMALL | more))


SCORED = {
    "pipeline": lambda: make_pipeline(StandardScaler(), classifier()),
    "grid search over new arguments": lambda: GridSearchCV(classifier(), {"dropout": [0.0, 0.2]}, cv=2),
    "calibrated": lambda: CalibratedClassifierCV(classifier(), cv=2),
    "stacked": lambda: StackingClassifier([("net", classifier())], LogisticRegression(), cv=2),
    "voting": lambda: VotingClassifier([("net", classifier()), ("line", LogisticRegression())], voting="soft"),
    "bagged": lambda: BaggingClassifier(classifier(), n_estimators=2, random_state=0),
    "column transformer": lambda: make_pipeline(
        make_column_transformer((StandardScaler(), [0, 1]), remainder="passthrough"), classifier()
    ),
}


@pytest.mark.parametrize("name", SCORED)
def test_classifiers(name):
    assert SCORED[name]().fit(X, CLASSES).score(X, CLASSES) > 0.85


@pytest.mark.parametrize(
    "model",
    [
        lambda: make_pipeline(StandardScaler(), regressor()),
        lambda: TransformedTargetRegressor(regressor(), transformer=StandardScaler()),
        lambda: StackingRegressor([("net", regressor())], Ridge(), cv=2),
    ],
    ids=["pipeline", "target", "stacked"],
)
def test_regressors(model):
    assert model().fit(X, NUMBERS).score(X, NUMBERS) > 0.0


@pytest.mark.slow
def test_grid_search_in_other_processes():
    grid = {"hidden_layer_sizes": [(4,), (8,)], "activation": [["tanh"]]}
    search = GridSearchCV(classifier(), grid, cv=2, n_jobs=2).fit(X, CLASSES)
    alone = GridSearchCV(classifier(), grid, cv=2).fit(X, CLASSES)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])


def test_cross_validation():
    assert cross_val_score(classifier(), X, CLASSES, cv=3).mean() > 0.8
    assert cross_val_predict(classifier(), X, CLASSES, cv=2, method="predict_proba").shape == (80, 2)
    assert "train_score" in cross_validate(regressor(), X, NUMBERS, cv=2, return_train_score=True)


def test_several_outputs_and_importance():
    many = MultiOutputClassifier(classifier()).fit(X, np.stack([CLASSES, CLASSES], axis=1))
    assert many.predict(X).shape == (80, 2)
    found = permutation_importance(regressor(max_iter=200).fit(X, NUMBERS), X, NUMBERS, n_repeats=2, random_state=0)
    assert found.importances_mean[1] == found.importances_mean.max()


def test_frames():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd")).assign(kind=np.where(X[:, 2] > 0, "u", "v"))
    chosen = make_column_transformer((OneHotEncoder(sparse_output=False), ["kind"]), remainder="passthrough")
    model = make_pipeline(chosen, FunctionTransformer(), classifier()).set_output(transform="pandas")
    model.fit(frame, pd.Series(CLASSES))
    assert model[-1].feature_names_in_[0] == "onehotencoder__kind_u"
    assert model.score(frame, CLASSES) > 0.85


def pickled(model):
    return pickle.loads(pickle.dumps(model))  # noqa: S301


MORE = [{}, {"ensemble": 2, "calibrate": True}, {"solver": "lbfgs"}, {"batch_norm": True}]


@pytest.mark.parametrize("make", [classifier, regressor])
@pytest.mark.parametrize("more", MORE, ids=str)
@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_copies(make, more, copied):
    y = CLASSES if make is classifier else NUMBERS
    model = make(**more).fit(X, y)
    twin = copied(model)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    twin.coefs_[-1][:] = 0
    twin.intercepts_[-1][:] = 0
    if "ensemble" not in more:  # the other members have weights of their own
        assert len(set(twin.predict(X).tolist())) == 1
    assert not np.array_equal(model.coefs_[-1], twin.coefs_[-1])
    assert not hasattr(clone(model), "coefs_")


def test_a_copy_goes_on_where_the_original_would():
    model = regressor(batch_size=16)
    for _ in range(3):
        model.partial_fit(X, NUMBERS)
    twin = pickled(model)
    for one in (model, twin):
        one.partial_fit(X, NUMBERS)
    np.testing.assert_array_equal(twin.coefs_[0], model.coefs_[0])


def test_callbacks_of_the_library():
    stop = train.EarlyStopping(monitor="val_loss", patience=2)
    model = regressor(callbacks=[stop], max_iter=300, tol=0.0)
    model.fit(X[:60], NUMBERS[:60], validation_data=(X[60:], NUMBERS[60:]))
    assert len(model.history_["val_loss"]) == model.n_iter_ == len(model.validation_scores_)
    assert isinstance(model.history_, train.History)
