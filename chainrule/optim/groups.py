"""From what a user hands to an optimizer to lists of parameters."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from chainrule.errors import ArgumentError, DtypeError, GradientError
from chainrule.tensors.tensor import Tensor

_OTHER_NAMES = {"learning_rate": "lr", "rate": "lr", "l2": "weight_decay", "beta": "betas"}


def as_groups(params: Any, where: str) -> list[Mapping[str, Any]]:
    """A list of groups from parameters, named parameters, or groups."""
    if isinstance(params, Tensor):
        raise DtypeError("optim.bare_tensor", where)
    if hasattr(params, "parameters"):
        raise DtypeError("optim.module", where, got=type(params).__name__)
    if isinstance(params, Mapping):
        raise DtypeError("optim.mapping", where)
    try:
        found = list(params)
    except TypeError:
        raise DtypeError("optim.not_parameters", where, got=type(params).__name__) from None
    if not found:
        raise ArgumentError("optim.empty", where)
    if not any(isinstance(part, Mapping) for part in found):
        return [{"params": found}]
    for place, part in enumerate(found):
        if not isinstance(part, Mapping):
            raise DtypeError("optim.mixed", f"{where}[{place}]", got=type(part).__name__)
    return found


def as_parameters(params: Any, where: str) -> tuple[list[Tensor], list[str]]:
    """The leaves of one group in order, and their names where these were given."""
    if params is None:
        raise ArgumentError("optim.no_params", where)
    if isinstance(params, (set, frozenset)):
        raise DtypeError("optim.unordered", where)
    found: list[Any] = [params]
    if not isinstance(params, Tensor):
        found = [leaf for group in as_groups(params, where) for leaf in group["params"]]
    named = [part for part in found if isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], str)]
    if named and len(named) == len(found):
        found = [part[1] for part in named]
    for place, leaf in enumerate(found):
        at = f"{where}, params[{place}]"
        if not isinstance(leaf, Tensor):
            raise DtypeError("optim.not_parameter", at, got=type(leaf).__name__)
        if leaf.dtype.kind != "f":
            raise DtypeError("optim.not_float", at, dtype=leaf.dtype)
        if not leaf.is_leaf:
            raise GradientError("optim.not_leaf", at, made=leaf.grad_fn)
    return found, [part[0] for part in named]


def misspelt(key: str, known: Mapping[str, Any]) -> str | None:
    """The name that was probably meant, when `key` is none of the known ones but looks like one."""
    if key in known or key in ("params", "param_names"):
        return None
    meant = _OTHER_NAMES.get(key)
    if meant in known:
        return meant
    close = get_close_matches(key, list(known), n=1, cutoff=0.8)
    return close[0] if close else None
