"""The state of an optimizer as plain data, in PyTorch's form, and back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.errors import ShapeError, StateError
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor

if TYPE_CHECKING:
    from chainrule.optim.optimizer import Optimizer

# How PyTorch computes a step, not what it computes.
_FOREIGN = {"foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay"}


def moment(parameter: Tensor, fill: float | np.ndarray[Any, Any]) -> Tensor:
    """What is kept for each element of a parameter, laid out in memory as the parameter is."""
    made = wrap(np.full_like(parameter._array, fill))
    made._role = "moment"
    return made


def counter(number: float) -> Tensor:
    """A number that every step moves on; in float64, which counts and multiplies as Python does."""
    made = wrap(np.array(float(number)))
    made._role = "counter"
    return made


def loaded_moment(value: Any, parameter: Tensor, where: str) -> Tensor:
    """A moment with the numbers of a tensor or array of any library."""
    array = np.asarray(value)
    if array.shape != parameter.shape:
        raise ShapeError("optim.state_shape", where, got=array.shape, expected=parameter.shape)
    return moment(parameter, array)


def copied(value: Any) -> Any:
    """A kept value that shares nothing with the one given: arrays of any library become tensors."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(copied(part) for part in value)
    return wrap(np.asarray(value).copy())


def packed(optimizer: "Optimizer") -> dict[str, Any]:
    """State and groups, with numbers in place of parameters."""
    place: dict[int, int] = {}
    groups = []
    for group in optimizer.param_groups:
        numbers = [place.setdefault(id(parameter), len(place)) for parameter in group["params"]]
        groups.append({**{key: value for key, value in group.items() if key != "params"}, "params": numbers})
    state = {place[id(leaf)]: dict(kept) for leaf, kept in optimizer.state.items() if id(leaf) in place}
    return {"state": dict(sorted(state.items())), "param_groups": groups}


class Fitting(NamedTuple):
    """A state that fits an optimizer: new numbers for each group, and for each parameter what was kept for it."""

    numbers: list[dict[str, Any]]
    kept: list[tuple[Tensor, dict[str, Any], Mapping[str, Any], str]]  # parameter, its group, its state, where


def fitting(optimizer: "Optimizer", state_dict: Mapping[str, Any]) -> Fitting:
    """The parts of a state, or a refusal when its groups are not the optimizer's."""
    where = f"{type(optimizer).__name__}.load_state_dict"
    if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= state_dict.keys():
        got = ", ".join(map(str, state_dict)) if isinstance(state_dict, Mapping) else type(state_dict).__name__
        raise StateError("optim.state_keys", where, got=got or "{}")
    own, saved = optimizer.param_groups, state_dict["param_groups"]
    sizes = [[len(group["params"]) for group in groups] for groups in (saved, own)]
    if sizes[0] != sizes[1]:
        raise StateError("optim.state_groups", where, got=sizes[0], expected=sizes[1])
    state = {int(number): found for number, found in state_dict["state"].items()}  # JSON makes words of the numbers
    numbers, kept = [], []
    for group, given in zip(own, saved, strict=True):
        wanted = {key: given[key] for key in given if key != "params" and (key in group or key not in _FOREIGN)}
        numbers.append({key: tuple(v) if isinstance(group.get(key), tuple) else v for key, v in wanted.items()})
        for number, parameter in zip(given["params"], group["params"], strict=True):
            kept.append((parameter, group, state.get(number, {}), f"{where}, parameter {number}"))
    return Fitting(numbers, kept)
