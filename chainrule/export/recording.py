"""A network as plain data for another runtime: its forward pass in evaluation mode, and the numbers that it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import CaptureError, DtypeError
from chainrule.export.given import Array, Given
from chainrule.nn.module import Module
from chainrule.ops.program import WEAK, Program, Value
from chainrule.program.capture import Recording, module_names, record
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.modes import modes

Step = Callable[..., Any]

_ROWS = 5
PAIRS = ((3, 5), (7, 11), (13, 19))
"""Numbers of rows that are recorded and compared; another pair where a size of the network happens to be the same."""


@dataclass(frozen=True)
class Net:
    """A forward pass.

    Attributes:
        program: of so many rows.
        arrays: of each slot the array that it holds.
        numbers: of each control and Python number what it is.
        names: of each slot its dotted name.
        layers: dotted name of each module to how it shows itself, in one line.
        rows: how many rows were recorded; None where the shape is fixed.
    """

    program: Program
    arrays: dict[int, Array]
    numbers: dict[int, Any]
    names: dict[int, str]
    layers: dict[str, str]
    rows: int | None


@dataclass(frozen=True)
class Network:
    """What is to be exported, checked.

    Args:
        model: the network; its mode is left as it is.
        given: what its inputs look like.
        where: for errors, `"export.onnx"`.
        before: a function of tensors put in front of the network, or None.
        after: one put behind it, or None.
    """

    model: Module
    given: Given
    where: str
    before: Step | None = None
    after: Step | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.model, Module):
            raise DtypeError("export.model", f"{self.where}, argument model", got=type(self.model).__name__)

    def step(self, *inputs: Tensor) -> Any:
        """What is exported: the network between its steps."""
        for function, name in ((self.before, "before"), (self.after, "after")):
            if function is not None and not callable(function):
                raise DtypeError("export.step", f"{self.where}, argument {name}", got=type(function).__name__)
        if self.before is not None:
            made = self.before(*inputs)
            inputs = made if isinstance(made, tuple) else (made,)
        answer = self.model(*inputs)
        return answer if self.after is None else self.after(answer)

    def record(self, rows: int) -> Net:
        """The forward pass of so many rows.

        Raises:
            ChainruleError: the network cannot be recorded, or draws or writes in evaluation mode.
        """
        tensors = [wrap(array) for array in self.given.arrays(rows)]
        names = module_names(self.model)
        # Numbers made up for a shape may leave the range that the network is meant for: no warnings.
        with modes(self.model, training=False), no_grad(), np.errstate(all="ignore"):
            _, recording = record(self.step, *tensors, names=names, labels=self.given.names)
        program = recording.program
        for key, found in (("export.draws", program.draws), ("export.writes", program.writes)):
            if found:
                raise CaptureError(key, f"{self.where}, {type(self.model).__name__}")
        if not program.outputs:
            raise DtypeError("export.answer", f"{self.where}, {type(self.model).__name__}")
        layers = {name: " ".join(repr(module).split()) for name, module in self.model.named_modules()}
        return Net(
            program,
            {slot.value: np.asarray(t._array) for slot, t in zip(program.slots, recording.slots, strict=True)},
            _numbers(program, recording), {slot.value: slot.names[0] for slot in program.slots}, layers,
            None if self.given.axis is None else rows,
        )

    def answers(self, arrays: Sequence[Array]) -> list[Array]:
        """What the library itself answers to a batch."""
        with modes(self.model, training=False), no_grad(), np.errstate(all="ignore"):
            return [np.asarray(tensor._array) for tensor in flat(self.step(*map(wrap, arrays)))]

    def refuse_mixed_rows(self, axes: Sequence[int | None]) -> None:
        """Every row must be answered for itself, or a batch of another size would get other answers.

        Args:
            axes: of each answer the axis of its rows; None where it has none.

        Raises:
            CaptureError: an answer has no rows, or the answer to a row depends on the other rows.
        """
        if self.given.axis is None:
            return
        where = f"{self.where}, {type(self.model).__name__}"
        many = self.given.arrays(_ROWS)
        whole = self.answers(many)
        for axis, answer in zip(axes, whole, strict=True):
            if axis is None:
                raise CaptureError("export.no_rows", where, shape=answer.shape)
        for left_out in range(_ROWS):  # each in turn, so that whichever matters to the others is missed
            kept = [row for row in range(_ROWS) if row != left_out]
            parts = self.answers([np.take(array, kept, self.given.axis) for array in many])
            for axis, answer, part in zip(axes, whole, parts, strict=True):
                want = np.take(answer, kept, axis).astype(np.float64)
                room = 1e-4 * max(1.0, float(np.max(np.abs(want), initial=0.0, where=np.isfinite(want))))
                if not np.allclose(want, part.astype(np.float64), rtol=0, atol=room, equal_nan=True):
                    raise CaptureError("export.mixed_rows", where)


def flat(result: Any) -> list[Tensor]:
    """The tensors of an answer, in the order in which a recording lists them."""
    if isinstance(result, Tensor):
        return [result]
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, list | tuple) else ()
    return [tensor for part in parts for tensor in flat(part)]


def _numbers(program: Program, recording: Recording) -> dict[int, Any]:
    found: dict[int, Any] = {i: recording.controls[program.values[i].name] for i in program.controls}
    for i, value in enumerate(program.values):
        if value.origin == "constant" and value.dtype == WEAK:
            found[i] = number_of(value)
    return found


def number_of(value: Value) -> Any:
    """The Python number that a constant is."""
    text = value.name
    if text in ("True", "False"):
        return text == "True"
    try:
        return int(text)
    except ValueError:
        return float(text)
