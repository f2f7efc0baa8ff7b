"""What every export begins with: its arguments checked, and what weights in bytes cost measured."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DtypeError, ShapeError
from chainrule.export.exported import Deviation, Exported
from chainrule.export.files import written
from chainrule.export.given import Array, Given, inputs_of
from chainrule.export.quantising import Bytes, weights_in_bytes
from chainrule.export.recording import Net, Network, Step
from chainrule.nn.module import Module
from chainrule.ops.program import Program
from chainrule.ops.text import compile_program

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Request:
    """An export as it was asked for.

    Args:
        network: what is to be exported.
        path: of the file.
        in_bytes: whether weights are rounded to bytes.
        data: rows on which that is measured.
    """

    network: Network
    path: Path
    in_bytes: bool
    data: Any

    @property
    def where(self) -> str:
        """For errors."""
        return self.network.where

    def weights(self, net: Net) -> dict[int, Bytes]:
        """The weights that are held in bytes."""
        return weights_in_bytes(net.program, net.arrays) if self.in_bytes else {}

    def finished(self, files: dict[Path, bytes]) -> Exported:
        """Write the files; measure first, so that a refusal writes none."""
        deviation = self._measured() if self.in_bytes else None
        return Exported(written(files, self.where), sum(map(len, files.values())), deviation)

    def _measured(self) -> Deviation:
        where = f"{self.where}, argument data"
        given = self.network.given
        measured = inputs_of(self.network.model, None, self.data, given.axis, where)
        shapes = [_row(array, given.axis) for array in given.examples]
        if [_row(array, given.axis) for array in measured.examples] != shapes:
            got = [array.shape for array in measured.examples]
            raise ShapeError("export.data_shape", where, got=", ".join(map(str, got)), want=", ".join(map(str, shapes)))
        rows = 1 if given.axis is None else measured.examples[0].shape[given.axis]
        arrays = tuple(np.asarray(a, b.dtype) for a, b in zip(measured.examples, given.examples, strict=True))
        network = Network(
            self.network.model, Given(arrays, given.names, given.axis), where, self.network.before, self.network.after
        )
        net = network.record(rows)
        run = compile_program(net.program)
        before = _answers(run, net, arrays, net.arrays)
        rounded = {value: held.array.astype(net.arrays[value].dtype) for value, held in self.weights(net).items()}
        return _compared(before, _answers(run, net, arrays, {**net.arrays, **rounded}), rows)


def requested(
    name: str, model: Module, path: PathLike, input_shape: Any, example: Any, batch_axis: int | None, weights: str,
    data: Any, before: Step | None, after: Step | None,
) -> Request:
    """The arguments of an export, checked.

    Raises:
        ChainruleError: for what cannot be exported that way.
    """
    where = f"export.{name}"
    if not isinstance(model, Module):
        raise DtypeError("export.model", f"{where}, argument model", got=type(model).__name__)
    if weights not in ("float", "int8"):
        raise ArgumentError("export.weights", f"{where}, argument weights", got=repr(weights))
    if (data is not None) != (weights == "int8"):
        raise ArgumentError("export.data", f"{where}, argument data", weights=repr(weights))
    if not isinstance(path, str | os.PathLike) or not Path(path).name:
        raise ArgumentError("export.path", f"{where}, argument path", got=repr(path))
    given = inputs_of(model, input_shape, example, batch_axis, where)
    return Request(Network(model, given, where, before, after), Path(path), weights == "int8", data)


def _row(array: Array, axis: int | None) -> tuple[int, ...]:
    return array.shape if axis is None else (*array.shape[:axis], *array.shape[axis + 1 :])


def _answers(
    run: Callable[..., tuple[Any, ...]], net: Net, inputs: tuple[Array, ...], arrays: dict[int, Array]
) -> list[Array]:
    program: Program = net.program
    given: dict[int, Any] = {**dict(zip(program.inputs, inputs, strict=True)), **net.numbers, **arrays}
    with np.errstate(all="ignore"):
        return [np.asarray(array, np.float64) for array in run(*(given[value] for value in program.free))]


def _compared(before: list[Array], after: list[Array], rows: int) -> Deviation:
    off = np.concatenate([np.abs(a - b).reshape(-1) for a, b in zip(before, after, strict=True)])
    first = before[0]
    same = None
    if first.ndim > 1 and first.shape[-1] > 1:
        same = float((first.argmax(-1) == after[0].argmax(-1)).mean())
    return Deviation(rows, float(off.max(initial=0.0)), float(off.mean()) if off.size else 0.0, same)
