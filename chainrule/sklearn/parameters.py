"""What the parameters of an estimator may be: a table, looked at in `fit`, for constructors only store."""

from collections.abc import Callable, Mapping
from math import inf
from numbers import Real
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.sklearn.networks import activations

Rule = tuple[str, Callable[[Any], bool]]
"""What is expected, in signs that every language has, and whether it is so."""


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _whole(value: Any, least: int = 1) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= least)


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"


def _truth(name: str) -> Rule:
    return f"{name}=True, {name}=False", lambda value: isinstance(value, bool | np.bool_)


def _one_of(*names: str) -> Rule:
    return ", ".join(map(repr, names)), lambda value: isinstance(value, str) and value in names


def _sizes(value: Any) -> bool:
    if _whole(value):
        return True
    return isinstance(value, list | tuple | np.ndarray) and np.ndim(value) == 1 and all(_whole(size) for size in value)


def _quantiles(value: Any) -> bool:
    several = list(value) if isinstance(value, list | tuple | np.ndarray) else [value]
    return bool(several) and all(_number(q) and 0 < q < 1 for q in several) and several == sorted(set(several))


RULES: Mapping[str, Rule] = {
    "hidden_layer_sizes": ("n ≥ 1, (n1, n2, …)", _sizes),
    "solver": _one_of("adam", "sgd", "lbfgs"),
    "alpha": ("alpha ≥ 0", lambda value: _number(value) and value >= 0),
    "batch_size": ("'auto', batch_size ≥ 1", lambda value: _whole(value) or _is_auto(value)),
    "learning_rate": _one_of("constant", "invscaling", "adaptive"),
    "learning_rate_init": ("learning_rate_init > 0", lambda value: _number(value) and 0 < value < inf),
    "power_t": ("power_t ≥ 0", lambda value: _number(value) and value >= 0),
    "max_iter": ("1, 2, 3, …", _whole),
    "shuffle": _truth("shuffle"),
    "tol": ("tol ≥ 0", lambda value: _number(value) and value >= 0),
    "verbose": ("False, True, 0, 1, …", lambda value: isinstance(value, bool | np.bool_) or _whole(value, 0)),
    "warm_start": _truth("warm_start"),
    "momentum": ("0 ≤ momentum ≤ 1", lambda value: _number(value) and 0 <= value <= 1),
    "nesterovs_momentum": _truth("nesterovs_momentum"),
    "early_stopping": _truth("early_stopping"),
    "validation_fraction": ("0 ≤ validation_fraction < 1", lambda value: _number(value) and 0 <= value < 1),
    "beta_1": ("0 ≤ beta_1 < 1", lambda value: _number(value) and 0 <= value < 1),
    "beta_2": ("0 ≤ beta_2 < 1", lambda value: _number(value) and 0 <= value < 1),
    "epsilon": ("epsilon > 0", lambda value: _number(value) and value > 0),
    "n_iter_no_change": ("1, 2, 3, …, inf", lambda value: _whole(value) or value == inf),
    "max_fun": ("1, 2, 3, …", _whole),
    "dropout": ("0 ≤ dropout < 1", lambda value: _number(value) and 0 <= value < 1),
    "batch_norm": _truth("batch_norm"),
    "layer_norm": _truth("layer_norm"),
    "residual": _truth("residual"),
    "weight_decay": ("weight_decay ≥ 0", lambda value: _number(value) and value >= 0),
    "clip_norm": ("None, clip_norm > 0", lambda value: value is None or (_number(value) and value > 0)),
    "schedule": ("None, f(step) → rate", lambda value: value is None or callable(value)),
    "label_smoothing": ("0 ≤ label_smoothing < 1", lambda value: _number(value) and 0 <= value < 1),
    "quantile": ("0 < quantile < 1, (q1 < q2 < …)", _quantiles),
    "calibrate": _truth("calibrate"),
    "ensemble": ("1, 2, 3, …", _whole),
    "engine": _one_of("auto", "numba", "numpy"),
}

STEPS = {"schedule": None, "clip_norm": None, "weight_decay": 0.0}
"""What is done to the single step of an optimizer, and its values that do nothing: L-BFGS has no such steps."""


def check(model: Any) -> None:
    """Refuse parameters that cannot be, or not together.

    Args:
        model: the estimator.

    Raises:
        ArgumentError: naming the first of them.
    """
    given = model.get_params(deep=False)
    for name, (expected, holds) in RULES.items():
        if name in given and not holds(given[name]):
            raise ArgumentError("sklearn.parameter", _arg(model, name), got=repr(given[name]), expected=expected)
    if model.batch_norm and model.layer_norm:
        raise ArgumentError("sklearn.together", _arg(model, "layer_norm"), first="batch_norm", second="layer_norm")
    layers = np.size(model.hidden_layer_sizes)
    if len(activations(model.activation, layers)) != layers:
        expected = f"len(activation) = len(hidden_layer_sizes) = {layers}"
        raise ArgumentError("sklearn.parameter", _arg(model, "activation"), got=model.activation, expected=expected)
    if model.solver == "lbfgs":
        for name, nothing in STEPS.items():
            if given[name] != nothing:
                raise ArgumentError("sklearn.together", _arg(model, name), first="solver='lbfgs'", second=name)
    if model.schedule is not None and model.learning_rate != "constant":
        first = f"learning_rate={model.learning_rate!r}"
        raise ArgumentError("sklearn.together", _arg(model, "schedule"), first=first, second="schedule")


def _arg(model: Any, name: str) -> str:
    return f"{type(model).__name__}, argument {name}"
