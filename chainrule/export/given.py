"""What the inputs of a network look like: a shape, or an example."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.module import Module
from chainrule.tensors.creation import as_tensor

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Given:
    """Inputs of any number of rows.

    Attributes:
        examples: one array for each input; where there is an axis of rows, of at least one row.
        names: of the inputs.
        axis: along which rows stand; None where the shapes are fixed.
    """

    examples: tuple[Array, ...]
    names: tuple[str, ...]
    axis: int | None

    def arrays(self, rows: int) -> list[Array]:
        """The inputs with so many rows: those of the example, then such as are like them."""
        if self.axis is None:
            return list(self.examples)
        return [self._with_rows(example, self.axis, rows) for example in self.examples]

    @staticmethod
    def _with_rows(example: Array, axis: int, rows: int) -> Array:
        count = example.shape[axis]
        parts = []
        for again in range(-(-rows // count)):  # never the same row twice: rows that mix must show it
            shifted = np.roll(example, again, axis=(axis + 1) % example.ndim) if example.ndim > 1 else example
            grown = example * (1 + again / 4) if example.dtype.kind == "f" else shifted
            parts.append(grown.astype(example.dtype))
        return np.ascontiguousarray(np.concatenate(parts, axis).take(range(rows), axis))


def inputs_of(model: Module, input_shape: Any, example: Any, batch_axis: int | None, where: str) -> Given:
    """The inputs that the arguments of an export describe.

    Args:
        model: whose dtype numbers made up here will have.
        input_shape: of one row, without the axis of rows; a list of shapes for several inputs; None with an example.
        example: an array, or a tuple of one for each input; None with a shape.
        batch_axis: along which rows stand; None for inputs of this very shape.
        where: for errors.

    Raises:
        ArgumentError: for neither or both, or what is no shape.
        ShapeError: for an example without rows, or without that axis.
    """
    if (input_shape is None) == (example is None):
        raise ArgumentError("export.one_of", f"{where}, arguments input_shape and example")
    if batch_axis is not None and (not isinstance(batch_axis, int) or isinstance(batch_axis, bool) or batch_axis < 0):
        raise ArgumentError("export.axis", f"{where}, argument batch_axis", got=repr(batch_axis))
    if example is not None:
        several = example if isinstance(example, tuple | list) and not _is_rows(example) else (example,)
        arrays = tuple(np.array(as_tensor(part)._array) for part in several)
        for array in arrays:
            if array.size == 0 or (batch_axis is not None and batch_axis >= array.ndim):
                raise ShapeError("export.example", f"{where}, argument example", shape=array.shape, axis=batch_axis)
    else:
        shapes = enumerate(_shapes(input_shape, where))
        arrays = tuple(_drawn(model, shape, batch_axis, where, number) for number, shape in shapes)
    names = ("x",) if len(arrays) == 1 else tuple(f"x{place}" for place in range(len(arrays)))
    return Given(arrays, names, batch_axis)


def _is_rows(example: Sequence[Any]) -> bool:
    """Whether a list holds the numbers of one input."""
    arrays = any(isinstance(part, np.ndarray) or hasattr(part, "_array") for part in example)
    return isinstance(example, list) and not arrays


def _shapes(input_shape: Any, where: str) -> list[tuple[int, ...]]:
    single = isinstance(input_shape, int | np.integer)
    shape = (input_shape,) if single else input_shape
    if not isinstance(shape, tuple | list):
        raise ArgumentError("export.shape", f"{where}, argument input_shape", got=repr(input_shape))
    several = shape if shape and all(isinstance(part, tuple | list) for part in shape) else [shape]
    found = []
    for part in several:
        whole = [size for size in part if isinstance(size, int | np.integer) and not isinstance(size, bool)]
        sizes = [size for size in whole if size > 0]
        if len(sizes) != len(part):
            raise ArgumentError("export.shape", f"{where}, argument input_shape", got=repr(input_shape))
        found.append(tuple(int(size) for size in sizes))
    return found


def _drawn(model: Module, shape: tuple[int, ...], axis: int | None, where: str, number: int) -> Array:
    """Numbers such as networks get, of five rows."""
    if axis is not None and axis > len(shape):
        raise ArgumentError("export.axis", f"{where}, argument batch_axis", got=axis)
    whole = shape if axis is None else (*shape[:axis], 5, *shape[axis:])
    dtype = next((p._array.dtype for p in model.parameters() if p._array.dtype.kind == "f"), np.dtype(np.float32))
    return np.random.Generator(np.random.Philox(key=number)).normal(size=whole).astype(dtype)
