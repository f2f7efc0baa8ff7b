"""Where a script keeps what lives between steps: weights, running statistics, moments, counters."""

import ast
from typing import Any

import numpy as np

from chainrule.ops.program import Slot
from chainrule.program.script.draft import Draft
from chainrule.program.script.naming import MOMENTS, Naming
from chainrule.program.script.training import Training

Array = np.ndarray[Any, Any]


class Stores:
    """The dicts of a script, and what stands in them at the beginning.

    Args:
        training: of which the script is.
        draft: of its step.
        naming: of its values.

    Attributes:
        place: slot to (dict, key); the dict is "" for what never changes and belongs to nobody.
        first: dict to key to the array at the beginning, as it is stored.
        saved: name in the state dict to an expression.
    """

    def __init__(self, training: Training, draft: Draft, naming: Naming) -> None:
        self.training, self.draft, self.naming = training, draft, naming
        self.place: dict[int, tuple[str, str]] = {}
        self.first: dict[str, dict[str, Array]] = {"weights": {}, "running": {}}
        self.saved: dict[str, str] = {}
        recording = training.full.recording
        self.program, self.tensors = recording.program, recording.slots
        owned: dict[Any, str] = {}
        for name, tensor in training.state.items():
            owned.setdefault(_memory(tensor._array), name)
        self._own = {
            number for number, slot in enumerate(self.program.slots)
            if slot.role in ("parameter", "buffer") and _memory(self.tensors[number]._array) in owned
        }
        names = {slot.names[0]: naming.names.get(slot.value, "") for slot in self.program.slots}
        for number, slot in enumerate(self.program.slots):
            if slot.role != "gradient" and number not in draft.idle:
                self._put(number, slot, names)
        for name, tensor in training.state.items():
            self._save(name, tensor)

    def _put(self, number: int, slot: Slot, names: dict[str, str]) -> None:
        array = self.tensors[number]._array
        view = self.draft.views.get(slot.value)
        order = range(array.ndim) if view is None else sorted(range(array.ndim), key=view[1].__getitem__)
        stored = np.ascontiguousarray(array.transpose(tuple(order))) if array.ndim else array
        path, _, leaf = slot.names[0].rpartition(".")
        written = number in self.draft.written
        name = self.naming.names.get(slot.value, "")
        if slot.role == "moment":
            store, key = MOMENTS.get(leaf, (leaf, leaf))[0], names.get(path, "") or path
        elif slot.role in ("counter", "draws"):
            store, key = ("clock" if written else ""), {"step": "t"}.get(leaf.partition("[")[0], leaf.partition("[")[0])
            if slot.role == "draws":
                key = "draws" if written else "noise_seed"
        elif number not in self._own and not written:
            store, key = "", name
        elif slot.role == "parameter" or not written:
            store, key = "weights", name
        else:
            store, key = "running", name
        there = self.first.setdefault(store, {})
        found, count = key, 2
        while found in there:
            found, count = f"{key}_{count}", count + 1
        there[found] = stored
        self.place[number] = store, found

    def _save(self, name: str, tensor: Any) -> None:
        """How a tensor of the state dict is found at the end."""
        array = tensor._array
        for number, (store, key) in self.place.items():
            slot = self.program.slots[number]
            if slot.role in ("parameter", "buffer") and _memory(self.tensors[number]._array) == _memory(array):
                text = f'{store}["{key}"]' if store else key
                node = self.draft.views.get(slot.value)
                if node is not None:
                    back = node[1]
                    text += ".T" if back == tuple(reversed(range(len(back)))) else f".transpose({back})"
                self.saved[name] = text
                return
        stored = np.ascontiguousarray(array)
        self.first.setdefault("unused", {})[name] = stored
        self.saved[name] = f'unused["{name}"]'

    def node(self, number: int) -> ast.expr:
        """A slot as an expression outside of loops over parameters."""
        store, key = self.place[number]
        if store in ("", "weights"):
            return ast.Name(key)
        return ast.Subscript(ast.Name(store), ast.Constant(key))


def _memory(array: Any) -> tuple[Any, ...]:
    interface = np.asarray(array).__array_interface__
    return interface["data"][0], np.asarray(array).shape, np.asarray(array).strides
