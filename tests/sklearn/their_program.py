"""scikit-learn's own test program for its MLP, with the import changed.

The file is read from the installed package and run as it stands, but for the names below. Nothing of it is copied here.
"""

import inspect
import types
from pathlib import Path

CHANGED = {
    "from sklearn.neural_network import": "from chainrule.sklearn import",
    # The rate in force is an attribute of the estimator here, and of a private optimizer there.
    "._optimizer.learning_rate": ".learning_rate_",
}

LEFT_OUT = {
    "test_gradient": "calls _loss_grad_lbfgs; the derivatives here are tested by check_gradients",
}


def load() -> types.ModuleType:
    """Their program as a module."""
    import sklearn.neural_network

    path = Path(inspect.getfile(sklearn.neural_network)).parent / "tests" / "test_mlp.py"
    text = path.read_text(encoding="utf-8")
    for old, new in CHANGED.items():
        assert old in text, f"{path} does not say {old!r} any more"
        text = text.replace(old, new)
    made = types.ModuleType("their_program")
    made.__file__ = str(path)
    exec(compile(text, str(path), "exec"), vars(made))  # noqa: S102
    return made
