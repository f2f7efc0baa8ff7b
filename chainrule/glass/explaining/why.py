"""Why is this gradient zero? The way upstream to the factor that made it so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError
from chainrule.glass.explaining.gathering import layer_of
from chainrule.glass.explaining.numbers import number
from chainrule.glass.stages import Stage
from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.glass.explaining.step import Step

Cause = Literal[
    "dead_unit", "saturated", "zero_input", "zero_weight", "no_error", "dropped", "clipped", "cancelled", "alternating",
    "flat", "layer", "not_zero", "frozen", "unneeded", "not_used", "normalized",
]
Array = npt.NDArray[Any]
FADED = 1e-5
"""A slope below this leaves nothing that trains; a gradient below this share of the largest counts as zero."""
MOST = 6
"""So many reasons are written; all of them are kept."""
_RECTIFIERS = ("relu", "leaky_relu", "prelu", "hardtanh", "hardsigmoid", "elu", "maximum")
_SQUASHING = ("tanh", "sigmoid", "softsign", "softmax")


@dataclass(frozen=True)
class Reason:
    """One factor that made a gradient zero.

    Attributes:
        cause: `"dead_unit"`, `"saturated"`, `"zero_input"`, `"zero_weight"`, `"no_error"`, `"dropped"`, `"clipped"`,
            `"cancelled"`, `"alternating"`, `"flat"`, `"normalized"`, `"not_used"`, `"frozen"`, `"unneeded"`,
            `"layer"` or `"not_zero"`.
        of: the numbers that are zero, `"dW1[:, 2]"`.
        factor: the factor, `"z1[:, 2]"`.
        words: what the sentence names beside these.
    """

    cause: Cause
    of: str
    factor: str
    words: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return say(f"explain.why.{self.cause}", None, of=self.of, factor=self.factor, **dict(self.words))


@dataclass(frozen=True)
class Why:
    """The reasons why numbers of a gradient are zero.

    Attributes:
        name: of the gradient.
        reasons: what was found, each with its place and its factor.
    """

    name: str
    reasons: tuple[Reason, ...]

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes found, each once."""
        return tuple(dict.fromkeys(reason.cause for reason in self.reasons))

    def __str__(self) -> str:
        lines = [f"  {reason}" for reason in self.reasons[:MOST]]
        if len(self.reasons) > MOST:
            lines.append("  " + say("explain.why.more", None, count=len(self.reasons) - MOST))
        return "\n".join([say("explain.why.title", None, name=self.name), *lines])

    __repr__ = __str__


def why_zero(step: "Step", name: str, row: int | None, column: int | None) -> Why:
    """The reasons behind zeros of a gradient; arguments as in `Step.why_zero`."""
    names = step._gathering.names
    if name not in names.of and name.startswith("d") and name[1:] in names.value and name[1:] not in names.slope:
        target = name[1:]
        owned = names.value[target] in step._gathering.recorded.parameters.values()
        return Why(name, (Reason("frozen" if owned else "unneeded", name, target),))
    if name not in step or name not in names.of:
        known = ", ".join(quantity.name for quantity in step.part("backward"))
        raise ArgumentError("explain.no_gradient", "Step.why_zero, argument name", got=repr(name), known=known)
    value = np.atleast_2d(step[name].value)
    if step[name].value.ndim == 1 and column is None:
        row, column = None, row
    for argument, place, size in (("row", row, value.shape[0]), ("column", column, value.shape[-1])):
        if place is not None and not 0 <= place < size:
            raise ArgumentError("explain.outside", f"Step.why_zero, argument {argument}", got=place, most=size - 1)
    return Why(name, tuple(_Search(step).of(name, row, column)))


class _Search:
    """Walks from a gradient towards the loss."""

    def __init__(self, step: "Step") -> None:
        self.step = step
        self.names = step._gathering.names
        gradients = [quantity.value for quantity in step.part("backward") if quantity.value.size]
        self.least = FADED * max((float(np.abs(value).max()) for value in gradients), default=0.0)

    def zero(self, numbers: Array) -> bool:
        """Whether nothing that trains is left."""
        return not numbers.size or float(np.abs(numbers).max()) <= self.least

    def of(self, name: str, row: int | None, column: int | None) -> list[Reason]:
        """The reasons for a named gradient, or for some of its numbers."""
        target = self.names.of[name]
        stage = self.names.stage[target]
        value = self.step[name].value
        if value.ndim == 2 and target in self.names.turned and stage.kind == "linear":
            return self._weights(name, value, stage, row, column)
        if target in self.names.dotted.values() and not (stage.kind == "linear" and target.startswith("b")):
            return self._of_layer(name, target, stage, row, column)
        bias = stage.kind == "linear" and target.startswith("b")
        units = np.moveaxis(np.atleast_2d(value), 1 if value.ndim > 2 else -1, -1)
        places = range(units.shape[-1]) if column is None else [column]
        zero = [j for j in places if self.zero(units[..., j])]
        if not zero:
            return [self._not_zero(name, value, (), ())]
        if not bias:
            return self._units(target, zero, f"{name}[:, {{}}]")
        arriving = self.step[f"dz{stage.number}"].value
        dead = [j for j in zero if self.zero(arriving[..., j])]
        found = self._units(f"z{stage.number}", dead, f"{name}[{{}}]")
        return found + [self._summed_away(stage, j, f"{name}[{j}]") for j in zero if j not in dead]

    def _summed_away(self, stage: Stage, unit: int, of: str) -> Reason:
        """A bias whose errors add up to nothing: always so in front of a norm."""
        z = f"z{stage.number}"
        taker = next((other for other in self.names.found if self.names.value[z] in other.inputs), None)
        if taker is not None and taker.kind == "norm":
            return Reason("normalized", of, f"{z}[:, {unit}]", (("function", taker.owner or taker.function),))
        both = (("one", f"d{z}[:, {unit}]"), ("other", "1"))
        return Reason("cancelled", of, both[0][1], both)

    def _of_layer(self, name: str, target: str, stage: Stage, row: int | None, column: int | None) -> list[Reason]:
        """The parameters of layers that are not dense: zero row by row, for each output of the layer."""
        value = self.step[name].value
        row, column = (column, None) if value.ndim == 1 else (row, column)
        rows = range(len(value)) if row is None and value.ndim else [row or 0]
        parts = value if column is None or value.ndim < 2 else value[:, [column]]
        zero = [i for i in rows if self.zero(parts[i])] if value.ndim else []
        if not zero:
            return [self._not_zero(name, value, (), ())]
        after = self.names.name_of(stage.output) or ""
        slope = self.names.slope.get(after)
        arriving = self.step[slope].value if slope is not None else None
        source = self.names.name_of(stage.inputs[0]) if stage.inputs else None
        given = self.step[source].value if source is not None and source in self.step else None
        where = (("layer", layer_of(stage)),)
        if len(zero) == len(value) and arriving is not None and self.zero(arriving):
            units = range(arriving.shape[1 if stage.function == "conv" else -1])
            return list(dict.fromkeys(reason for unit in units for reason in self._unit(after, unit, name)))
        reasons: list[Reason] = []
        for i in zero:
            of = f"{name}[{i}]"
            if stage.function in ("take", "embedding") and given is not None and given.dtype.kind in "iu":
                used = (given == i).any()
                reasons += [Reason("layer", of, after, where)] if used else [
                    Reason("not_used", of, source or "", (("number", i),))
                ]
            elif given is not None and not given.any():
                reasons.append(Reason("zero_input", of, source or ""))
            elif stage.function == "conv" and arriving is not None and self.zero(self._column(arriving, i)):
                reasons += self._unit(after, i, of)
            else:
                reasons.append(Reason("layer", of, after, where))
        return list(dict.fromkeys(reasons))

    def _weights(self, name: str, value: Array, stage: Stage, row: int | None, column: int | None) -> list[Reason]:
        source = self.names.name_of(stage.inputs[0]) or "X"
        a = self.step[source].value.reshape(-1, value.shape[0])
        dz = self.step[f"dz{stage.number}"].value.reshape(-1, value.shape[1])
        rows = range(value.shape[0]) if row is None else [row]
        columns = range(value.shape[1]) if column is None else [column]
        zero = [(i, j) for i in rows for j in columns if self.zero(value[i, j])]
        if not zero:
            return [self._not_zero(name, value, list(rows), list(columns))]
        dead = [j for j in columns if self.zero(dz[:, j])]
        silent = [i for i in rows if not a[:, i].any()]
        reasons = self._units(f"z{stage.number}", dead, f"{name}[:, {{}}]") if dead else []
        for i in silent:
            reasons += self._silent(source, (i,), f"{name}[{i}, :]")
        for i, j in [(i, j) for i, j in zero if j not in dead and i not in silent][:5]:
            products = a[:, i] * dz[:, j]
            both = (("one", f"{source}[:, {i}]"), ("other", f"dz{stage.number}[:, {j}]"))
            cause: Cause = "alternating" if self.zero(products) else "cancelled"
            reasons.append(Reason(cause, f"{name}[{i}, {j}]", both[0][1], both))
        return reasons

    def _not_zero(self, name: str, value: Array, rows: Sequence[int], columns: Sequence[int]) -> Reason:
        """Nothing to explain, unless clipping has taken away what the backward pass found."""
        chosen = np.ix_(rows, columns) if rows and columns else ...
        place = f"{name}[{rows[0]}, {columns[0]}]" if len(rows) == len(columns) == 1 else name
        update = self.step.updates.get(self.names.of[name])
        cut = [term for term in update.terms if term.name.startswith("clipped_")] if update is not None else []
        if cut and self.zero(cut[0].after[chosen]):
            return Reason("clipped", place, cut[0].expression)
        return Reason("not_zero", place, name, (("most", number(np.abs(value[chosen]).max()).strip()),))

    def _silent(self, source: str, place: tuple[int, ...], of: str) -> list[Reason]:
        """What comes in is zero in every row: a column of the data, or a unit that says nothing."""
        shown = f"[:, {', '.join(map(str, place))}]"
        stage = self.names.stage.get(source)
        before = self._input(stage) if stage is not None and stage.inputs else source
        chosen: Any = (slice(None), *place)
        if stage is None or before not in self.step:
            return [Reason("zero_input", of, f"{source}{shown}")]
        if stage.kind == "dropout":
            return [Reason("dropped", of, f"{source}{shown}", (("mask", f"mask{stage.number}"),))]
        held = self.step[before].value
        inner = held.shape[1:]
        if stage.function in ("reshape", "flatten") and len(place) == 1 and int(np.prod(inner)) > place[0]:
            return self._silent(before, tuple(int(i) for i in np.unravel_index(place[0], inner)), of)
        if stage.kind == "activation" and held.shape == self.step[source].value.shape:
            z = held[chosen]
            function = stage.owner or stage.function
            if stage.function in _RECTIFIERS and float(z.max()) <= 0:
                words = (("function", function), ("most", number(z.max()).strip()))
                return [Reason("dead_unit", of, f"{before}{shown}", words)]
            if stage.function in _SQUASHING and float(np.abs(z).min()) > 1:
                return [Reason("saturated", of, f"{before}{shown}", (
                    ("function", function), ("least", number(np.abs(z).min()).strip()), ("answer", "0.0000"),
                ))]
        return [Reason("zero_input", of, f"{source}{shown}")]

    def _units(self, name: str, units: list[int], of: str) -> list[Reason]:
        """Why nothing arrives at some units of a value."""
        return [reason for unit in units for reason in self._unit(name, unit, of.format(unit))]

    def _unit(self, name: str, unit: int, of: str) -> list[Reason]:
        value = self.names.value[name]
        taker = next((stage for stage in self.names.found if value in stage.inputs), None)
        if taker is None:
            return [Reason("layer", of, name, (("layer", name),))]
        if taker.kind == "loss":
            whole = self.zero(self.step[self.names.slope[name]].value)
            place = name if whole else f"{name}[:, {unit}]"
            return [Reason("no_error", of, place, (("loss", taker.owner or taker.function),))]
        after = self.names.name_of(taker.output) or ""
        slope = self.names.slope.get(after)
        if taker.kind == "linear":
            return self._through_weights(taker, unit, of)
        if slope is not None and taker.kind == "other" and self.zero(self.step[slope].value):
            return self._unit(after, 0, of)
        if slope is None or taker.kind == "other":
            return [Reason("layer", of, after, (("layer", f"{taker.path} {taker.owner or taker.function}".strip()),))]
        arriving = self._column(self.step[slope].value, unit)
        if self.zero(arriving):
            return self._unit(after, unit, of)
        return [self._stopped(taker, name, after, unit, of)]

    def _stopped(self, taker: Stage, name: str, after: str, unit: int, of: str) -> Reason:
        """Something arrives behind a layer, and nothing in front of it."""
        z, a = self._column(self.step[name].value, unit), self._column(self.step[after].value, unit)
        place = f"{name}[:, {unit}]"
        function = taker.owner or taker.function
        if taker.kind == "dropout":
            return Reason("dropped", of, place, (("mask", f"mask{taker.number}"),))
        scale = f"scale{taker.number}"
        if taker.kind == "norm" and scale in self.step and not self._column(self.step[scale].value, unit).any():
            return Reason("zero_weight", of, f"{scale}[{unit}]")
        if taker.function in _RECTIFIERS and float(z.max()) <= 0:
            return Reason("dead_unit", of, place, (("function", function), ("most", number(z.max()).strip())))
        if taker.function in _SQUASHING:
            words = (("function", function), ("least", number(np.abs(z).min()).strip()),
                     ("answer", number(a.reshape(-1)[0]).strip()))
            return Reason("saturated", of, place, words)
        return Reason("flat", of, place, (("function", function),))

    def _through_weights(self, taker: Stage, unit: int, of: str) -> list[Reason]:
        weights = self.step[f"W{taker.number}"].value if f"W{taker.number}" in self.step else np.zeros((0, 0))
        if weights.size and not weights[unit].any():
            return [Reason("zero_weight", of, f"W{taker.number}[{unit}, :]")]
        dz = self.step[f"dz{taker.number}"].value
        arriving = dz.reshape(-1, dz.shape[-1])
        if not self.zero(arriving):
            if self.zero(arriving * weights[unit]):
                return [Reason("zero_weight", of, f"W{taker.number}[{unit}, :]")]
            both = (("one", f"W{taker.number}[{unit}, :]"), ("other", f"dz{taker.number}"))
            return [Reason("cancelled", of, both[0][1], both)]
        found = [reason for k in range(arriving.shape[1]) for reason in self._unit(f"z{taker.number}", k, of)]
        return list(dict.fromkeys(found))[:5]

    def _input(self, stage: Stage) -> str:
        return self.names.name_of(stage.inputs[0]) or "X"

    @staticmethod
    def _column(value: Array, unit: int) -> Array:
        """One unit of (rows, units), or one channel of images."""
        return value[:, unit] if value.ndim > 1 and unit < value.shape[1] else value[..., unit]
