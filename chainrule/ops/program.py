"""The plain data of a recorded step: values, slots, regions, entries, programs; and what a primitive is."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Static = tuple[tuple[str, Hashable], ...]
Origin = Literal["entry", "input", "control", "slot", "constant"]
Role = Literal["parameter", "gradient", "moment", "buffer", "counter", "draws", "metric"]

WEAK = "weak"
"""The dtype of a Python number: it takes the type of the array it meets."""


class Value(NamedTuple):
    """A name for an array; it never holds one."""

    shape: tuple[int, ...]
    dtype: str
    order: tuple[int, ...] = ()  # axes, slowest first: memory order changes sums
    rows: int | None = None  # the axis that runs over the batch
    lanes: bool = False  # differs between the networks of a population
    origin: Origin = "entry"
    name: str = ""  # of a weak constant: the number, as Python writes it
    grad_of: int | None = None


class Slot(NamedTuple):
    """What lives between steps. Two names mean a shared weight."""

    names: tuple[str, ...]
    value: int
    role: Role
    group: int | None = None


class Region(NamedTuple):
    """A named stretch of entries: a layer, a loss, an optimizer's update, or the backward pass of one."""

    name: str
    module: str = ""
    parent: int | None = None
    backward_of: int | None = None
    static: Static = ()


class Entry(NamedTuple):
    """One primitive applied: arrays are positional, everything static is in `static`."""

    primitive: str
    args: tuple[int, ...]
    outs: tuple[int, ...]
    static: Static = ()
    of: tuple[int, int] | None = None  # derivative of entry k for its argument j
    region: int | None = None
    body: "Program | None" = None
    where: tuple[str, int] = ("", 0)


class Program(NamedTuple):
    """A step as plain data: what goes in, what is computed in order, what comes out, what is kept."""

    values: tuple[Value, ...]
    entries: tuple[Entry, ...]
    regions: tuple[Region, ...] = ()
    slots: tuple[Slot, ...] = ()
    inputs: tuple[int, ...] = ()
    controls: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    writes: tuple[tuple[int, int], ...] = ()  # slot ← value
    draws: int = 0
    guards: tuple[tuple[str, Hashable], ...] = ()

    @property
    def free(self) -> tuple[int, ...]:
        """Every value that must be given: inputs, controls, slots and constant arrays, in that order."""
        constants = (i for i, v in enumerate(self.values) if v.origin == "constant" and v.dtype != WEAK)
        return (*self.inputs, *self.controls, *(slot.value for slot in self.slots), *constants)

    def __str__(self) -> str:
        lines = []
        for kind, ids in (("input", self.inputs), ("control", self.controls), ("slot", [s.value for s in self.slots])):
            for i in ids:
                v = self.values[i]
                lines.append(f"{kind:<8}%{i} {v.name}: {v.dtype}{list(v.shape)}")
        region: int | None = None
        for entry in self.entries:
            if entry.region != region:
                region = entry.region
                lines.append(f"-- {self._place(region)}")
            outs = ", ".join(f"%{i}: {self.values[i].dtype}{list(self.values[i].shape)}" for i in entry.outs)
            args = ", ".join(self._argument(i) for i in entry.args)
            static = "".join(f", {name}={value}" for name, value in entry.static)
            lines.append(f"  {outs} = {entry.primitive}({args}{static})")
        lines += [f"output  %{i}" for i in self.outputs]
        lines += [f"write   {self.slots[s].names[0]} <- %{v}" for s, v in self.writes]
        return "\n".join(lines)

    def _argument(self, index: int) -> str:
        value = self.values[index]
        return value.name if value.origin == "constant" and value.dtype == WEAK else f"%{index}"

    def _place(self, index: int | None) -> str:
        if index is None:
            return "(no region)"
        region = self.regions[index]
        name = f"{region.module}: {region.name}" if region.module else region.name
        return f"backward of {name}" if region.backward_of is not None else name


@dataclass(frozen=True, eq=False)
class Primitive:
    """One elementary operation on arrays, as data.

    Args:
        name: what entries of a Program call it.
        shape: from the arguments' values and the static arguments to the results' values; refuses in words.
        numpy: one NumPy expression, `{0}`, `{1}` … standing for the arguments, or a function of their names and
            the static arguments. Replayed, printed and run eagerly: the same text everywhere.
        derivative: from the gradient of the result, the arguments and the result, written with tensors, to one
            gradient for each argument (None where there is none). None: not differentiable.
        formula: LaTeX, with the arguments as `{0}`, `{1}` …
        broadcasts: arguments stretch to a common shape, and gradients are summed back.
        kinks: from the arguments to a tensor of distances from the points where no derivative exists.
        bakes_numbers: its derivative reads Python numbers among its arguments.
        views: its result may share memory with its first argument.
        preamble: source of the named functions that its text calls.
        loops: for an elementwise primitive what the engine writes for one element, `{t}` standing for `f32` or `f64`.
    """

    name: str
    shape: Callable[..., tuple[Value, ...]]
    numpy: str | Callable[..., str]
    derivative: Callable[..., tuple[Any, ...]] | None
    formula: str
    broadcasts: bool = False
    kinks: Callable[..., Any] | None = None
    bakes_numbers: bool = False
    views: bool = False
    preamble: str = ""
    loops: str = ""
    runs: dict[Hashable, Callable[..., Any]] = field(default_factory=dict, repr=False)
    slopes: dict[Hashable, Callable[..., Any]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        PRIMITIVES[self.name] = self

    def text(self, names: tuple[str, ...], static: Static) -> str:
        """Its NumPy expression for these argument names."""
        if isinstance(self.numpy, str):
            return self.numpy.format(*names)
        return self.numpy(*names, **dict(static))


PRIMITIVES: dict[str, Primitive] = {}
"""Every primitive by its name."""
