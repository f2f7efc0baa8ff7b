"""From a recorded step to its quantities: values, formulas, factors, checks."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.glass.evaluating import evaluated
from chainrule.glass.explaining.differences import loss_function, numeric_gradient
from chainrule.glass.explaining.quantity import Part, Quantity
from chainrule.glass.explaining.teaching import ACTIVATIONS, NORMS, TOTALS, fitting, loss_forms, slope_forms
from chainrule.glass.formula import names_in, tidy, unguarded
from chainrule.glass.naming import Names, expression, region_entries
from chainrule.glass.recording import Recorded
from chainrule.glass.stages import Stage

Array = npt.NDArray[Any]
READABLE = 100
"""A longer line of arithmetic inside a layer of another kind is shown as a call of that layer."""
FEW = 4
"""Of a layer with more parameters the call names only what goes in."""
_KEYS = {
    "W": "explain.mean.weights", "b": "explain.mean.bias", "X": "explain.mean.rows", "y": "explain.mean.targets",
    "p": "explain.mean.probabilities", "Y": "explain.mean.one_hot", "losses": "explain.mean.losses",
    "loss": "explain.mean.loss", "weights": "explain.mean.row_weights", "var": "explain.mean.variance",
    "xhat": "explain.mean.normalized", "q": "explain.mean.smoothed", "w": "explain.mean.class_weight",
    "class_weights": "explain.mean.class_weights", "pos_weight": "explain.mean.pos_weight",
    "output_weights": "explain.mean.output_weights",
}


class Gathering:
    """The quantities of a step.

    Args:
        recorded: the step.
        given: its free values, inputs included.
        names: what its values are called.
    """

    def __init__(self, recorded: Recorded, given: Mapping[int, Any], names: Names) -> None:
        self.recorded, self.given, self.names = recorded, given, names
        for value in recorded.program.controls:
            if recorded.program.values[value].name.endswith(".p"):  # of dropout
                names.words[value] = f"{given[value]:g}"
        with np.errstate(all="ignore"):
            self.numbers = evaluated(recorded.program, given)
        self.held = {name: self.shown(name) for name in names.value}
        self._loss = loss_function(recorded)
        gradients = (self.numbers[value] for value in recorded.gradients.values())
        self._most = max((float(np.abs(array).max(initial=0.0)) for array in gradients), default=0.0)

    def shown(self, name: str) -> Array:
        """The numbers of a name as people see them, in memory of their own."""
        array = np.array(self.numbers[self.names.value[name]])
        array = array.astype(np.int64) if array.dtype == np.bool_ else array  # masks and one-hot rows, as 0 and 1
        array = np.ascontiguousarray(array.T) if name in self.names.turned else array
        array.flags.writeable = False
        return array

    def quantities(self) -> dict[str, Quantity]:
        """All of them, in the order in which they are computed."""
        return {name: self._quantity(name) for name in self.order()}

    def order(self) -> list[str]:
        """Names in the order of the step: what is given, forward, backward."""
        gradients = [name for name in self.names.value if name in self.names.of]
        return [name for name in self.names.value if name not in self.names.of] + gradients

    def _quantity(self, name: str) -> Quantity:
        recorded, names = self.recorded, self.names
        part = self._part(name)
        value = self.held[name]
        text = "" if part == "given" else self.expression(name)
        stage = names.stage.get(name)
        numeric, error, checked = None, None, 0
        target = names.of.get(name)
        if target is not None and names.value[target] in recorded.parameters.values():
            found = numeric_gradient(recorded, self.given, names.value[target], self._loss)
            numeric = np.ascontiguousarray(found.T) if name in names.turned else found
            seen = np.isfinite(numeric)
            checked = int(seen.sum())
            kept = np.where(seen, value, 0.0).astype(value.dtype)
            error = deviation(kept, np.where(seen, numeric, 0.0), checked, self._most)
        factors = tuple(factor for factor in names_in(text) if factor in names.value) if text else ()
        return Quantity(
            name, part, text, value, factors, *self._key(name), numeric, error, checked, layer_of(stage)
        )

    def _part(self, name: str) -> Part:
        value = self.names.value[name]
        if name in self.names.of:
            return "backward"
        origin = self.recorded.program.values[value].origin
        return "forward" if origin == "entry" and not name.startswith("mask") else "given"

    def expression(self, name: str) -> str:
        """What a named value is computed from, as a teacher would write it where that is the same."""
        recorded, names = self.recorded, self.names
        found = fitting(*self._forms(name), self.held, self.held[name])
        if found is not None:
            return tidy(found)
        answer = names.name_of(recorded.answer)
        if name == "p" and names.found[-1].function == "cross_entropy":
            return f"softmax({answer})"
        if name == "Y" and self.held["y"].dtype.kind in "iu":
            return "one_hot(y)" if (self.held["y"] >= 0).all() else "one_hot(where(y < 0, 0, y))"  # rows left out
        if name == "w":
            return "class_weights[y]"
        text = expression(recorded, names, name)
        text = fitting((unguarded(text),), {}, self.held, self.held[name]) or text if "== 0" in text else text
        stage = self._behind(name)
        if stage is None or stage.kind not in ("other", "norm", "loss", "activation"):
            return text
        short = len(text) <= READABLE or stage.kind == "activation"
        hidden = r"\bv\d+|windows|fold" + ("" if stage.function in ("permute", "reshape") else "|transpose")
        if short and not re.search(hidden, text):
            return text
        summed = self._summed(name)
        return self._call(name, stage) if summed is None else summed

    def _summed(self, name: str) -> str | None:
        """The gradient of a bias, where it is nothing but a sum of what arrives."""
        stage = self.names.stage.get(name)
        above = self.names.slope.get(self.names.name_of(stage.output) or "") if stage is not None else None
        if above is None or self.held[name].ndim != 1:
            return None
        return fitting(("{above}.sum((0, 2, 3))", "{above}.sum((0, 2))", "{above}.sum((0, 1))"), {"above": above},
                       self.held, self.held[name])

    def _behind(self, name: str) -> Stage | None:
        """The stage that computes a value; for a gradient the one that hands it on."""
        names = self.names
        target = names.of.get(name)
        if target is None or names.value[target] in self.recorded.parameters.values():
            return names.stage.get(name)
        return next((stage for stage in names.found if names.value[target] in stage.inputs), None)

    def _call(self, name: str, stage: Stage) -> str:
        """A layer whose arithmetic would fill pages, as a function of what goes in."""
        names = self.names
        words = [names.name_of(value) or "" for value in stage.inputs]
        if len(stage.parameters) <= FEW and name not in names.of:
            words += [names.dotted[dotted] for dotted in stage.parameters]
        if name in names.of:
            above = "loss" if stage.kind == "loss" else names.slope.get(names.name_of(stage.output) or "", "")
            return f"{stage.function}_backward({', '.join(filter(None, [above, *words]))})"
        return f"{stage.function}({', '.join(filter(None, words))})"

    def _forms(self, name: str) -> tuple[tuple[str, ...], dict[str, Any]]:
        """How a teacher would write this value, and the words to put in."""
        recorded, names = self.recorded, self.names
        loss = names.found[-1]
        answer = names.name_of(recorded.answer)
        if answer is not None and loss.kind == "loss":
            shape = self.held[answer].shape
            rows, size = shape[0] if shape else 1, int(np.prod(shape))
            words = {"answer": answer, "rows": rows, "size": size, "outputs": size // max(1, rows)}
            words |= {word: f"{_setting(recorded, word):g}" for word in ("delta", "beta")}
            if name in ("losses", "loss"):
                return loss_forms(loss.function) if name == "losses" else TOTALS, words
            if names.of.get(name) == answer:
                return slope_forms(loss.function), words
            if name == "q":
                return _smoothed(recorded, shape), words
        stage = self._behind(name)
        if stage is not None and stage.kind == "activation" and stage.inputs:
            z = names.name_of(stage.inputs[0])
            forms = ACTIVATIONS.get(stage.function, ("", ""))
            words = {"z": z, "da": names.slope.get(names.name_of(stage.output) or "")}
            return (forms[names.of.get(name) == z],) if forms[0] else (), words
        if stage is None or stage.kind != "norm" or not stage.inputs:
            return (), {}
        number, x = stage.number, names.name_of(stage.inputs[0])
        words = {
            "x": x, "var": f"var{number}", "xhat": f"xhat{number}", "scale": f"scale{number}",
            "d": names.slope.get(f"n{number}"), "eps": epsilon(recorded, stage),
        }
        role = "slope" if names.of.get(name) == x else name.rstrip("0123456789")
        return NORMS.get(role, ()), words

    def _key(self, name: str) -> tuple[str, dict[str, Any]]:
        names = self.names
        stage = names.stage.get(name)
        target = names.of.get(name)
        if target is not None:
            return "explain.mean.gradient", {"name": target}
        bare = name.rstrip("0123456789")
        words = {"number": stage.number if stage else 0, "layer": layer_of(stage), "function": ""}
        if stage is not None:
            own = stage.path in self.recorded.leaves or stage.kind == "loss"
            words["function"] = stage.owner if own and stage.owner else stage.function
        if bare in _KEYS and (stage is None or bare not in ("W", "b") or stage.kind == "linear"):
            return _KEYS[bare], words
        if stage is None:
            return "explain.mean.input", words
        if names.value[name] in self.recorded.parameters.values():
            return "explain.mean.parameter", words
        if bare == "mask":
            return "explain.mean.mask", words
        if stage.kind == "activation" and not stage.number:
            return "explain.mean.activation_first", words
        return _OUTPUTS[stage.kind], words


_OUTPUTS = {
    "linear": "explain.mean.linear", "activation": "explain.mean.activation", "norm": "explain.mean.norm",
    "dropout": "explain.mean.dropout", "add": "explain.mean.added", "other": "explain.mean.output",
    "loss": "explain.mean.loss",
}


def layer_of(stage: Stage | None) -> str:
    """A layer as tables call it: path and class."""
    if stage is None:
        return ""
    return f"{stage.path} {stage.owner or stage.function}".strip()


def _setting(recorded: Recorded, name: str) -> float:
    """A number that a loss or an activation was made with."""
    found = (dict(region.static).get(name) for region in recorded.program.regions)
    return next((float(number) for number in found if isinstance(number, int | float)), 0.0)


def _smoothed(recorded: Recorded, shape: tuple[int, ...]) -> tuple[str, ...]:
    """What label smoothing makes of the right class."""
    smoothing = _setting(recorded, "label_smoothing")
    return (f"{1 - smoothing:g} * Y + {smoothing:g} / {shape[-1] if shape else 1}",)


def epsilon(recorded: Recorded, stage: Stage) -> str:
    """The small number that a norm adds to the variance."""
    program = recorded.program
    entries = region_entries(recorded, stage)
    roots = {entry.args[0] for entry in entries if entry.primitive == "sqrt"}
    under = (entry for entry in entries if entry.primitive == "add" and entry.outs[0] in roots)
    return next((program.values[entry.args[1]].name for entry in under), "0")


def deviation(value: Array, numeric: Array, checked: int, most: float) -> float | None:
    """The largest difference, relative to the largest magnitude.

    A gradient that is nothing but rounding beside the others, as that of a bias in front of a norm, is measured by
    theirs.

    Args:
        value: the gradient, zero where it was not checked.
        numeric: the same by differences.
        checked: how many numbers were checked.
        most: the largest magnitude of all gradients of the step.
    """
    if not checked:
        return None
    gap = float(np.abs(value - numeric).max())
    own = max(float(np.abs(numeric).max()), float(np.abs(value).max()))
    noise = most * (1e-5 if value.dtype == np.float32 else 1e-9)
    scale = own if own > noise else most
    return gap / scale if scale else gap
