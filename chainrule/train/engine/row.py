"""One row, answered in a few microseconds: the way of a network in service."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import config
from chainrule.nn.module import changes
from chainrule.tape.mode import mode

if TYPE_CHECKING:
    from chainrule.train.engine.single import Single

Array = np.ndarray[Any, Any]


def alike(one: "Single", block: "Single") -> bool:
    """Whether a row alone gives the very bits that it gives in a block: tried with numbers that show every order."""
    draw = np.random.Generator(np.random.Philox(key=(0, 0)))
    numbers = {}
    for tensor, array in (*one.bound, *block.bound):
        if array.dtype.kind == "f" and id(tensor) not in numbers:
            wide = tensor._role is None  # a parameter; running statistics are above 0
            scale = (array.size / max(1, array.shape[0] if array.ndim else 1)) ** -0.5
            numbers[id(tensor)] = draw.normal(size=array.shape) * scale if wide else draw.random(array.shape) + 0.5
        numbers.setdefault(id(tensor), array)
    rows: list[Array] = [np.asarray(draw.normal(size=own.shape)) for own in block.inputs]
    together = block.elsewhere(numbers, rows)[0]
    for place in range(len(together)):
        alone = one.elsewhere(numbers, [part[place : place + 1] for part in rows])[0]
        if alone.tobytes() != together[place : place + 1].tobytes():
            return False
    return True


class Row:
    """A network of this library's layers alone, ready for rows of one shape.

    Args:
        single: what it answers, to a row alone or to a block.
        free: held while somebody uses the memory of `single`.
    """

    def __init__(self, single: "Single", free: Any) -> None:
        self._run = single.schedule.run
        self._free = free
        self._input = single.inputs[0]
        self._first = self._input[:1]
        self.shape = self._first.shape
        self.dtype = self._input.dtype
        self._output = single.outputs[0][:1]
        self._flag = single.outputs[1] if len(single.outputs) > 1 else np.zeros(())
        self._slots = single.bound
        self._seen = changes[0]
        self._settings = (config._values["dtype"], config._values["engine"])

    def __call__(self, row: Array) -> Array | None:
        """The answer; None where something has changed, or the row is not finite: the long way says what."""
        if (
            row.shape != self.shape or row.dtype != self.dtype or changes[0] != self._seen or mode.recorder is not None
            or (config._values["dtype"], config._values["engine"]) != self._settings
        ):
            return None
        for tensor, array in self._slots:
            if tensor._array is not array:
                return None
        with self._free:
            self._first[:] = row
            self._run()
            return self._output.copy() if self._flag == 0 else None
