"""The right backward pass of a step, and what comes of it when one of its terms is another."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.glass.evaluating import evaluated, in_float64, needed, widened
from chainrule.glass.naming import Names
from chainrule.glass.recording import Recorded
from chainrule.glass.stages import Stage

Array = npt.NDArray[np.float64]
Instead = Mapping[str, Any]


class Derivation:
    """A recorded step in float64, which can be asked: what if this term were that?

    Args:
        recorded: the step.
        given: its free values.
        names: what its values are called.

    Attributes:
        rows: how many rows the batch has.
        truth: the right gradients, by the parameter's name, weights as (inputs, outputs).
        dense: the dense layers, by number.
        activation: the activation behind a dense layer, by the layer's number.
    """

    def __init__(self, recorded: Recorded, given: Mapping[int, Any], names: Names) -> None:
        self.recorded, self.names = recorded, names
        self._given = widened(given)
        self._fixed: dict[int, Any] = {}
        ends = (*recorded.gradients.values(), recorded.loss)
        wanted = (names.value[name] for name in names.value if recorded.program.values[names.value[name]].dtype)
        self._program = needed(in_float64(recorded.program), tuple(dict.fromkeys((*ends, *wanted))))
        self._numbers = self._run({})
        self.parameters = [name for dotted, name in names.dotted.items() if dotted in recorded.gradients]
        self.truth = self.gradients({})
        self.dense = {stage.number: stage for stage in names.found if stage.kind == "linear"}
        self.activation = {stage.number: stage for stage in names.found if stage.kind == "activation" and stage.number}
        answer = names.name_of(recorded.answer)
        self.answer = answer or ""
        self.loss = names.found[-1]
        self.rows = int(self["y"].shape[0]) if "y" in names.value else 1

    def mistaken(self, instead: Instead) -> "Derivation":
        """The same backward pass with some values being others from now on: what the mistakes found so far leave."""
        made = copy.copy(self)
        made._fixed = {**self._fixed, **self._by_value(instead)}
        made._numbers = made._run({})
        made.truth = made.gradients({})
        return made

    def _run(self, instead: Mapping[int, Any]) -> dict[int, Any]:
        with np.errstate(all="ignore"):
            return evaluated(self._program, self._given, {**self._fixed, **instead})

    def __getitem__(self, name: str) -> Array:
        """A value of the right step, weights and their gradients as (inputs, outputs)."""
        array = np.asarray(self._numbers[self.names.value[name]])
        array = array.T if name in self.names.turned else array
        return array.astype(np.float64) if array.dtype.kind in "bf" else array

    def __contains__(self, name: str) -> bool:
        return name in self.names.value

    def gradients(self, instead: Instead) -> dict[str, Array]:
        """The gradients of all parameters, where some named values are others than they should be."""
        numbers = self._run(self._by_value(instead)) if instead else self._numbers
        return {name: self._gradient(name, numbers) for name in self.parameters}

    def values(self, wanted: list[str], instead: Instead) -> dict[str, Array]:
        """Some named values, where others are put in."""
        numbers = self._run(self._by_value(instead)) if instead else self._numbers
        return {
            name: np.asarray(
                numbers[self.names.value[name]].T if name in self.names.turned else numbers[self.names.value[name]]
            ) for name in wanted if name in self.names.value
        }

    def _by_value(self, instead: Instead) -> dict[int, Any]:
        return {
            self.names.value[name]: array.T if name in self.names.turned else array
            for name, array in instead.items()
        }

    def _gradient(self, name: str, numbers: Mapping[int, Any]) -> Array:
        slope = self.names.slope[name]
        array = np.asarray(numbers[self.names.value[slope]], dtype=np.float64)
        return np.ascontiguousarray(array.T) if name in self.names.turned else array

    def slope_at(self, number: int, at: Array) -> Array | None:
        """f'(at) of the activation behind a dense layer, from the Program's own derivative; None where it is none."""
        stage = self.activation.get(number)
        z, a = f"z{number}", self.output(stage)
        dz, da = self.names.slope.get(self.input(stage) or ""), self.names.slope.get(a or "")
        if stage is None or dz is None or da is None or z not in self or stage.function in ("softmax", "log_softmax"):
            return None
        into = self.input(stage) or z
        found = self._run(self._by_value({into: at, da: np.ones_like(self[da])}))
        return np.asarray(found[self.names.value[dz]], dtype=np.float64)

    def slope_for_targets(self, start: str, y: Array) -> Array | None:
        """The slope of the loss for other targets; None where these cannot be put in."""
        place = self.names.value["y"]
        if self.recorded.program.values[place].shape != y.shape:
            return None
        with np.errstate(all="ignore"):
            found = evaluated(self._program, {**self._given, place: y}, self._fixed)
        return np.asarray(found[self.names.value[start]], dtype=np.float64)

    @property
    def divided_by(self) -> float | None:
        """What the loss divides its sum by; None where it does not."""
        maker = next((entry for entry in self._program.entries if self.recorded.loss in entry.outs), None)
        if maker is None or maker.primitive != "divide":
            return None
        return float(np.asarray(self._numbers[maker.args[1]]))

    def setting(self, name: str) -> float:
        """A number that the loss was made with, such as its label smoothing; 0 for none."""
        found = (dict(region.static).get(name) for region in self.recorded.program.regions)
        return next((float(number) for number in found if isinstance(number, int | float)), 0.0)

    def input(self, stage: Stage | None) -> str | None:
        """The name of what a stage takes."""
        return self.names.name_of(stage.inputs[0]) if stage is not None and stage.inputs else None

    def output(self, stage: Stage | None) -> str | None:
        """The name of what a stage gives."""
        return self.names.name_of(stage.output) if stage is not None else None

    def natural_size(self, name: str) -> float:
        """How large the sum behind a gradient would be if nothing in it cancelled: what rounding is measured by."""
        stage = self.names.stage.get(name)
        if stage is not None and stage.kind == "linear" and f"dz{stage.number}" in self:
            dz = np.abs(self[f"dz{stage.number}"]).reshape(-1, self[f"dz{stage.number}"].shape[-1])
            source = self.input(stage)
            if name.startswith("W") and source is not None:
                a = np.abs(self[source]).reshape(dz.shape[0], -1)
                return float((a.T @ dz).max(initial=0.0))
            return float(dz.sum(0).max(initial=0.0))
        return float(np.abs(self.truth[name]).max(initial=0.0))
