"""scikit-learn's own test program for its MLP passes with the import changed.

The file is read from the installed package and run as it stands, but for the words below; nothing of it is copied here.
Its tests become tests of this module.
"""

import inspect
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("sklearn", minversion="1.6")

CHANGED = {
    "from sklearn.neural_network import": "from chainrule.sklearn import",
    # The rate in force is an attribute of the estimator here, and of a private optimizer there.
    "._optimizer.learning_rate": ".learning_rate_",
}

LEFT_OUT = {
    "test_gradient": "calls the private _loss_grad_lbfgs; tests/sklearn/test_steps.py compares the steps themselves",
    "test_lbfgs_classification_maxfun": "wants a warning after 10 evaluations, within which our L-BFGS reaches `tol`;"
    " test_lbfgs_ends_by_max_fun allows it 4",
}


def _load():
    import sklearn.neural_network

    path = Path(inspect.getfile(sklearn.neural_network)).parent / "tests" / "test_mlp.py"
    text = path.read_text(encoding="utf-8")
    for old, new in CHANGED.items():
        text = text.replace(old, new)
    made = ModuleType("their_program")
    exec(compile(text, str(path), "exec"), vars(made))  # noqa: S102 - the very point
    return made


THEIRS = _load()
TESTS = {name: test for name, test in vars(THEIRS).items() if name.startswith("test_")}

# They say themselves which warnings they look for.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]

globals().update({name: test for name, test in TESTS.items() if name not in LEFT_OUT})


@pytest.fixture
def global_random_seed():
    return 0


def test_it_is_ours_that_is_tested():
    assert THEIRS.MLPClassifier.__module__ == "chainrule.sklearn.classifier"
    assert THEIRS.MLPRegressor.__module__ == "chainrule.sklearn.regressor"


def test_what_is_left_out_is_there():
    assert set(LEFT_OUT) <= set(TESTS)
    assert len(TESTS) - len(LEFT_OUT) >= 40
