"""Weights in bytes: each output channel with a scale of its own, symmetric about 0."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.export.given import Array
from chainrule.ops.program import Program

MOST = 127


@dataclass(frozen=True)
class Bytes:
    """An array in bytes: about `scale` · `whole`.

    Attributes:
        whole: int8, from -127 to 127.
        scale: float32, one number for each place along `axis`.
        axis: of the output channels.
    """

    whole: Array
    scale: Array
    axis: int

    @property
    def array(self) -> Array:
        """The numbers that the bytes stand for."""
        shape = [1] * self.whole.ndim
        shape[self.axis] = -1
        made: Array = self.whole.astype(np.float32) * self.scale.reshape(shape)
        return made


def in_bytes(array: Array, axis: int) -> Bytes:
    """The nearest bytes; the largest number of each channel becomes 127.

    w ≈ s q, with s = max |w| / 127 of the channel and q = round(w / s)
    """
    others = tuple(a for a in range(array.ndim) if a != axis)
    top = np.abs(array).max(axis=others, keepdims=True)
    scale = np.where(top > 0, top / MOST, 1.0).astype(np.float32)
    whole = np.clip(np.round(array / scale), -MOST, MOST).astype(np.int8)
    return Bytes(whole, scale.reshape(-1), axis)


def weights_in_bytes(program: Program, arrays: dict[int, Array]) -> dict[int, Bytes]:
    """The matrices and filters of a network in bytes; what has one axis - biases, norms - stays as it is."""
    found = {}
    for slot in program.slots:
        array: Any = arrays[slot.value]
        if slot.role == "parameter" and array.ndim > 1 and array.dtype.kind == "f" and array.size > array.shape[0]:
            found[slot.value] = in_bytes(array, _channel_axis(program, slot.value))
    return found


def _channel_axis(program: Program, value: int) -> int:
    """The axis of the output channels: the first, but for transposed convolutions, whose weights are (C, O, …)."""
    readers = [entry.region for entry in program.entries if value in entry.args and entry.region is not None]
    return int(any(program.regions[region].name == "conv_transpose" for region in readers))
