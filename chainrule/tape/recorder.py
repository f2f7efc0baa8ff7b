"""Record operations as a Program: plain data, single assignment, slots for what lives between steps."""

import sys
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import CaptureError
from chainrule.ops.layout import array_order
from chainrule.ops.program import WEAK, Entry, Primitive, Program, Region, Role, Slot, Static, Value
from chainrule.ops.text import compile_primitive
from chainrule.tape.mode import mode
from chainrule.tape.tracked import Node, Storage, Tracked, wrap

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor

_PACKAGE = str(Path(__file__).parents[1])

Source = tuple[Any, Any, int | None]
"""Where a number lives: a dict, its key, and the place in a tuple that stands there."""


class Recorder:
    """What is being recorded: with numbers (a real step), or without (a trace of shapes alone).

    Args:
        concrete: arrays are computed as well as recorded.
        watched: Python may look at the numbers, because the recording will not be replayed.
        lenient: a step that cannot be replayed goes on to its end; `refused` says why it cannot.
        longest: how many entries are recorded; a longer step is refused.

    Attributes:
        keeps: every array that is computed stays in `arrays`.
    """

    def __init__(
        self, concrete: bool, watched: bool = False, lenient: bool = False, longest: int | None = None
    ) -> None:
        self.concrete = concrete
        self.watched = watched
        self.lenient = lenient
        self.longest = longest
        self.refused: CaptureError | None = None
        self.arrays: dict[int, Any] = {}  # of the entries' results, where they are kept
        self.keeps = False
        self.values: list[Value] = []
        self.entries: list[Entry] = []
        self.regions: list[Region] = []
        self.slots: list[Slot] = []
        self.inputs: list[int] = []
        self.controls: list[int] = []
        self.bound: dict[int, Any] = {}  # value → the tensor it is read from at every replay
        self.current: dict[Storage, tuple[int, int]] = {}  # storage of a slot → (slot, the value it holds now)
        self.written: dict[Storage, int] = {}  # … → how many entries there were when it was written
        self.renewed: dict[Storage | None, tuple[Any, int]] = {}  # shared memory → the tensor that was written to, when
        self.made_at: dict[int, int] = {}
        self.numbers: dict[int, float] = {}  # control → its number now
        self.sources: dict[int, Source] = {}  # control → where its number is read
        self.names: dict[int, str] = {}  # id of a parameter or module → its name
        self.module = ""
        self.owner: Any = None  # the module of that name
        self.before: dict[Storage, tuple[Any, Any]] = {}  # what was written to: the tensor, and what it held
        self.gradients: dict[Storage, tuple[Any, Any]] = {}  # of a gradient at the start → whose it is, its array
        self.gradient_slots: dict[int, Any] = {}  # slot → whose gradient it is
        self.of: dict[int, tuple[int, int]] = {}
        self.grad_of: dict[int, int] = {}
        self._numbers: dict[tuple[type, str], int] = {}
        self._region: int | None = None

    # --- values -------------------------------------------------------------------------------------------------

    def add_value(self, value: Value) -> int:
        """A new value; its number."""
        self.values.append(value)
        self.made_at[len(self.values) - 1] = len(self.entries)
        return len(self.values) - 1

    def tensor(self, index: int, array: Any = None) -> "Tensor":
        """The tensor that stands for a value."""
        made = wrap(array)
        made._id, made._recorder = index, self
        made._weak = self.values[index].dtype == WEAK
        return made

    def input(self, value: Value, array: Any = None) -> "Tensor":
        """A tensor that will be given anew at every replay."""
        index = self.add_value(value._replace(origin="input"))
        self.inputs.append(index)
        return self.tensor(index, array)

    def control(self, name: str, number: float, source: "Source | None" = None) -> "Tensor":
        """A Python number that may differ at every replay: a learning rate, a momentum, a step count."""
        for index in self.controls:
            if self.values[index].name == name:
                return self.tensor(index, number)
        index = self.add_value(Value((), WEAK, origin="control", name=name))
        self.controls.append(index)
        self.numbers[index] = number
        if source is not None:
            self.sources[index] = source
        return self.tensor(index, number)

    def read(self, arg: Any) -> int:
        """The value of a tensor or number in this recording; what comes from outside becomes a slot."""
        if not isinstance(arg, Tracked):
            return self._number(arg)
        if arg._storage is not None and arg._storage in self.current:
            slot, index = self.current[arg._storage]
            if self.bound.get(self.slots[slot].value) is arg or (arg._id == index and arg._recorder is self):
                return index
            if arg._recorder is self:
                if self.written.get(arg._storage, -1) > self.made_at[arg._id]:
                    self.give_up("tape.stale_view", "recording", name=self.slots[slot].names[0])
                return arg._id
            if arg._array is not None and same_memory(arg._array, self.bound[self.slots[slot].value]._array):
                return index
            self.give_up("tape.outside_view", "recording", name=self.slots[slot].names[0])
        if arg._recorder is self:
            tensor, when = self.renewed.get(arg._storage, (arg, 0))
            if tensor is not arg and arg._id < when:
                self.give_up("tape.shared_written", "recording")
            return arg._id
        if not self.concrete:
            raise CaptureError("tape.outside_tensor", "tracing", shape=arg.shape)  # type: ignore[attr-defined]
        if arg._node is not None:
            self.give_up("tape.outside_graph", "recording", shape=arg._array.shape)
        return self._add_slot(arg)

    def give_up(self, key: str, where: str, **values: Any) -> None:
        """The step cannot be replayed: end it here, or, where it may go on, remember the first reason with its line."""
        if self.refused is None:
            file, line = user_line(2)
            error = CaptureError(key, f"{where}, {file}:{line}", **values)
            if not self.lenient:
                raise error
            self.refused = error

    def _number(self, number: Any) -> int:
        if isinstance(number, np.generic):
            number = number.item()
        key = (type(number), repr(number))
        if key not in self._numbers:
            self._numbers[key] = self.add_value(Value((), WEAK, origin="constant", name=key[1]))
        return self._numbers[key]

    def _add_slot(self, tensor: Any) -> int:
        tensor._array = np.asarray(tensor._array)
        role: Role = tensor._role or ("parameter" if tensor.requires_grad else "buffer")
        named = tensor
        owner, held = self.gradients.get(tensor._storage, (None, None))
        if owner is not None and same_memory(tensor._array, held):
            role, named = "gradient", owner
            self.gradient_slots[len(self.slots)] = owner
        name = self.names.get(id(named), f"{role}{len(self.slots)}") + (".grad" if named is not tensor else "")
        array = tensor._array
        index = self.add_value(Value(array.shape, array.dtype.name, array_order(array), origin="slot", name=name))
        self.slots.append(Slot((name,), index, role))
        self.bound[index] = tensor
        self.current[tensor.shared_storage()] = (len(self.slots) - 1, index)
        return index

    def write(self, tensor: Any, new: "Tensor") -> None:
        """The tensor, which lives between steps, holds `new` from here on."""
        if tensor._storage is None or tensor._storage not in self.current:
            self.read(tensor)
        storage = tensor.shared_storage()
        slot, _ = self.current[storage]
        bound = self.bound[self.slots[slot].value]
        if self.concrete and storage not in self.before:
            self.before[storage] = (bound, np.array(bound._array, order="K"))
        if self.concrete and not same_memory(tensor._array, bound._array):
            self.give_up("tape.view_written", "recording", name=self.slots[slot].names[0])
        self.current[storage] = (slot, self.read(new))
        self.written[storage] = len(self.entries)

    def renew(self, tensor: Any, new: "Tensor") -> None:
        """A tensor made here whose memory others share holds `new` from here on: the others hold it no more."""
        tensor._id = self.read(new)
        self.renewed[tensor.shared_storage()] = (tensor, len(self.values))

    def owns(self, tensor: Any) -> bool:
        """Whether the tensor was made inside this recording."""
        return tensor._recorder is self and (tensor._storage is None or tensor._storage not in self.current)

    # --- entries ------------------------------------------------------------------------------------------------

    def apply(self, primitive: Primitive, args: tuple[Any, ...], static: Static = ()) -> "tuple[Tensor, ...]":
        """Record one primitive, and run it where there are numbers."""
        ids = tuple(self.read(arg) for arg in args)
        if len(self.entries) == self.longest:
            self.give_up("tape.too_long", "recording", most=self.longest)
        shapes = primitive.shape(*(self.values[i] for i in ids), **dict(static))
        outs = tuple(self.add_value(value._replace(origin="entry", name="", grad_of=None)) for value in shapes)
        body: Any = dict(static).get("body")
        plain = tuple(pair for pair in static if pair[0] != "body")
        self.entries.append(
            Entry(
                primitive.name, ids, outs, plain, region=self._region,
                body=getattr(body, "program", None), where=user_line(2) if self.concrete else ("", 0),
            )
        )
        arrays: Sequence[Any] = [None] * len(outs)
        if self.concrete:
            given = [arg._array if isinstance(arg, Tracked) else arg for arg in args]
            if body is not None:
                result = body.loop(given, dict(static)["steps"], dict(static)["reverse"])
            else:
                run = primitive.runs.get((static, len(args)))
                if run is None:
                    run = primitive.runs[static, len(args)] = compile_primitive(primitive, len(args), static)
                result = run(*given)
            arrays = result if type(result) is tuple else (result,)
            for value, array in zip(shapes, arrays, strict=True):
                if value.dtype != WEAK and (array.shape != value.shape or array.dtype.name != value.dtype):
                    made_words = f"NumPy made {array.shape} {array.dtype}"
                    raise AssertionError(f"{primitive.name}: shape rule says {value}, {made_words}")
        if self.keeps:
            self.arrays.update(zip(outs, arrays, strict=True))
        made = tuple(self.tensor(index, array) for index, array in zip(outs, arrays, strict=True))
        if primitive.views and isinstance(args[0], Tracked):
            if args[0]._storage in self.current:
                made[0]._storage = args[0]._storage
            elif self.concrete and getattr(arrays[0], "base", None) is not None:
                made[0]._storage = args[0].shared_storage()
        wanted = mode.grad and primitive.derivative is not None
        if wanted and any(isinstance(arg, Tracked) and arg.requires_grad for arg in args):
            node = Node(primitive, static, args, arrays, len(outs))
            node.ids, node.region = outs, self._region
            for place, (tensor, value) in enumerate(zip(made, shapes, strict=True)):
                if value.dtype.startswith("float"):
                    tensor._node, tensor._out, tensor.requires_grad = node, place, True
        return made

    def mark_slopes(self, node: Node, slopes: Sequence[Any]) -> None:
        """Remember which values are gradients, and of what."""
        for place, (arg, slope) in enumerate(zip(node.inputs or (), slopes, strict=True)):
            if isinstance(slope, Tracked) and isinstance(arg, Tracked) and slope._recorder is self and slope._id >= 0:
                self.grad_of.setdefault(slope._id, self.read(arg))
                if node.ids:
                    self.of.setdefault(slope._id, (node.ids[0], place))

    # --- regions ------------------------------------------------------------------------------------------------

    def open_region(
        self, name: str, static: tuple[tuple[str, Hashable], ...] = (), backward_of: int | None = None
    ) -> int | None:
        """Entries from here on belong to a new region; returns the one to go back to."""
        before = self._region
        module = self.regions[backward_of].module if backward_of is not None else self.module
        self.regions.append(Region(name, module, None if backward_of is not None else before, backward_of, static))
        self._region = len(self.regions) - 1
        return before

    def close_region(self, before: int | None) -> None:
        """Entries from here on belong to `before` again."""
        self._region = before

    @property
    def region(self) -> int | None:
        """The region that entries are put in now."""
        return self._region

    # --- the end ------------------------------------------------------------------------------------------------

    def finish(self, outputs: Sequence["Tensor"], keep_inputs: bool = True) -> tuple[Program, dict[int, int]]:
        """The Program of what the outputs and the slots need; and where each old value has gone in it."""
        writes = [
            (slot, index) for slot, index in self.current.values() if index != self.slots[slot].value
        ]
        roots = [self.read(output) for output in outputs]
        needed = {*roots, *(index for _, index in writes)}
        kept = []
        for number in reversed(range(len(self.entries))):
            if needed.intersection(self.entries[number].outs):
                kept.append(number)
                needed.update(self.entries[number].args)
                needed.update(self.entries[number].outs)
        kept.reverse()
        needed.update(self.controls)
        if keep_inputs:
            needed.update(self.inputs)
        used_slots = [s for s, slot in enumerate(self.slots) if slot.value in needed or s in dict(writes)]
        needed.update(self.slots[s].value for s in used_slots)
        new = {old: i for i, old in enumerate(sorted(needed))}
        place = {old: i for i, old in enumerate(kept)}
        slot_place = {old: i for i, old in enumerate(used_slots)}
        producer = {out: number for number in kept for out in self.entries[number].outs}
        entries = []
        for number in kept:
            entry = self.entries[number]
            of = next((self.of[o] for o in entry.outs if o in self.of), None)
            source = (place[producer[of[0]]], of[1]) if of is not None and of[0] in producer else None
            args, outs = tuple(new[a] for a in entry.args), tuple(new[o] for o in entry.outs)
            entries.append(entry._replace(args=args, outs=outs, of=source))
        values = []
        for old in sorted(needed):
            target = self.grad_of.get(old)
            values.append(self.values[old]._replace(grad_of=new.get(target) if target is not None else None))
        program = Program(
            tuple(values), tuple(entries), tuple(self.regions),
            tuple(self.slots[s]._replace(value=new[self.slots[s].value]) for s in used_slots),
            tuple(new[i] for i in self.inputs if i in new), tuple(new[i] for i in self.controls),
            tuple(new[i] for i in roots), tuple((slot_place[s], new[v]) for s, v in writes),
            sum(entry.primitive == "uniform" for entry in entries),
        )
        return program, new


def same_memory(a: Any, b: Any) -> bool:
    """Whether two arrays are the same elements of the same memory."""
    one, two = a.__array_interface__, b.__array_interface__
    return bool(one["data"] == two["data"] and a.shape == b.shape and a.strides == b.strides)


def user_line(depth: int) -> tuple[str, int]:
    """File and line of the user's code that is running, from `depth` calls above this one on."""
    frame = sys._getframe(depth)
    while frame.f_back is not None and (frame.f_code.co_filename.startswith((_PACKAGE, "<chainrule"))):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
