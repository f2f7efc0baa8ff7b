"""The layers of a recorded step, in the order in which they work: found in the Program, not asked of the network."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from chainrule.glass.evaluating import needed
from chainrule.glass.recording import Recorded
from chainrule.ops.program import Program

Kind = Literal["linear", "activation", "norm", "dropout", "add", "other", "loss"]

ACTIVATIONS = frozenset({
    "tanh", "sigmoid", "relu", "leaky_relu", "prelu", "elu", "selu", "celu", "softplus", "logsigmoid", "gelu",
    "gelu_tanh", "silu", "mish", "hardswish", "softsign", "hardsigmoid", "hardtanh", "softmax", "log_softmax",
})
NORMS = frozenset({"batch_norm", "batch_norm_eval", "layer_norm", "rms_norm", "group_norm"})
_ONE_AT_A_TIME = frozenset({"linear"}) | ACTIVATIONS


@dataclass(eq=False)
class Stage:
    """One layer at work.

    Attributes:
        kind: what kind of layer.
        function: the region or primitive that it is, `"linear"`, `"tanh"`; of several the first.
        path: dotted name of its module; empty for the network itself, or a function of its `forward`.
        owner: class of that module.
        entries: which entries of the Program it consists of.
        inputs: values that come in, parameters left out.
        output: the value that the next layers take.
        parameters: names of its parameters.
        number: of the dense layer that it is, or stands behind; from 1, 0 in front of the first.
    """

    kind: Kind
    function: str
    path: str
    owner: str
    entries: list[int]
    inputs: tuple[int, ...] = ()
    output: int = -1
    parameters: tuple[str, ...] = ()
    number: int = 0
    regions: frozenset[str] = field(default_factory=frozenset)


def stages(recorded: Recorded) -> list[Stage]:
    """The layers of a step from the first to the loss."""
    program = recorded.program
    forward = _places(program, (recorded.loss,))
    network = set(_places(program, (recorded.answer,)))
    groups: list[tuple[object, list[int]]] = []
    work = _work(recorded, forward)
    for place in forward:
        key = _key(recorded, place, work) if place in network else "loss"
        if groups and groups[-1][0] == key:
            groups[-1][1].append(place)
        else:
            groups.append((key, [place]))
    losses = [place for key, places in groups if key == "loss" for place in places]
    found = [_stage(recorded, places) for key, places in groups if key != "loss"]
    found = [stage for stage in found if stage.function != "uniform"]
    if losses:
        loss = _stage(recorded, losses)
        loss.kind, loss.path = "loss", ""
        found.append(loss)
    _connect(recorded, found)
    return [stage for stage in found if stage.inputs or stage.parameters]  # others count draws of random numbers


def _places(program: Program, ends: tuple[int, ...]) -> list[int]:
    """Which entries some values need."""
    kept = {entry.outs for entry in needed(program, ends).entries}
    return [place for place, entry in enumerate(program.entries) if entry.outs in kept]


def _work(recorded: Recorded, forward: list[int]) -> dict[tuple[str, str], set[str]]:
    """What each module does, as names of regions and of bare primitives."""
    found: dict[tuple[str, str], set[str]] = {}
    for place in forward:
        entry = recorded.program.entries[place]
        outer = outermost(recorded.program, entry.region)
        name = entry.primitive if outer is None else recorded.program.regions[outer].name
        found.setdefault(_module(recorded, entry.outs[0]), set()).add(name)
    return found


def _key(recorded: Recorded, place: int, work: dict[tuple[str, str], set[str]]) -> object:
    """What entries must share to be one stage: the call of a layer that does one thing, else the whole layer."""
    entry = recorded.program.entries[place]
    module = _module(recorded, entry.outs[0])
    outer = outermost(recorded.program, entry.region)
    single = len(work[module]) == 1 and work[module] <= _ONE_AT_A_TIME
    if module[0] in recorded.leaves and module[1] and not single:
        return "module", module[0]
    return ("region", outer) if outer is not None else ("entry", place)


def _module(recorded: Recorded, value: int) -> tuple[str, str]:
    """Dotted name and class of the module in which a value was computed."""
    name = recorded.modules.get(value, "")
    if name in recorded.kinds:
        return name, recorded.kinds[name]
    return "", name


def outermost(program: Program, region: int | None) -> int | None:
    """The region that a region lies in, and no other one around it."""
    while region is not None and (parent := program.regions[region].parent) is not None:
        region = parent
    return region


def _stage(recorded: Recorded, places: list[int]) -> Stage:
    program = recorded.program
    entries = [program.entries[place] for place in places]
    path, owner = _module(recorded, entries[-1].outs[0])
    outer = [outermost(program, entry.region) for entry in entries]
    names = list(dict.fromkeys(program.regions[region].name for region in outer if region is not None))
    bare = {entry.primitive for entry, region in zip(entries, outer, strict=True) if region is None}
    function = names[0] if names else entries[-1].primitive
    kind: Kind = "other"
    if names == ["linear"] and not bare:
        kind = "linear"
    elif (len(names) == 1 and function in ACTIVATIONS and not bare) or (not names and bare <= ACTIVATIONS):
        kind = "activation"
    elif NORMS & set(names):
        kind, function = "norm", next(name for name in names if name in NORMS)
    elif "dropout" in names:
        kind, function = "dropout", "dropout"
    elif len(entries) == 1 and function == "add":
        kind = "add"
    elif path in recorded.leaves and owner and len(set(names) | bare) > 1:
        function = owner.lower()  # a layer of several parts: an LSTM
    return Stage(kind, function, path, owner, places, regions=frozenset(names))


def _connect(recorded: Recorded, found: list[Stage]) -> None:
    """What goes in and out of each stage, and the numbers of the dense layers."""
    program = recorded.program
    named = {value: name for name, value in recorded.parameters.items()}
    number = 0
    for stage in found:
        entries = [program.entries[place] for place in stage.entries]
        made = {out for entry in entries for out in entry.outs}
        taken = dict.fromkeys(arg for entry in entries for arg in entry.args if arg not in made)
        stage.parameters = tuple(named[arg] for arg in taken if arg in named)
        stage.inputs = tuple(arg for arg in taken if program.values[arg].origin in ("entry", "input"))
        outside = set(_taken_outside(program, found, stage)) | {recorded.answer, recorded.loss}
        stage.output = next((out for out in reversed(list(made_in_order(program, stage))) if out in outside), -1)
        number += stage.kind == "linear"
        stage.number = number


def made_in_order(program: Program, stage: Stage) -> Iterable[int]:
    """The values that a stage computes."""
    return (out for place in stage.entries for out in program.entries[place].outs)


def _taken_outside(program: Program, found: list[Stage], stage: Stage) -> Iterable[int]:
    return (
        arg for other in found if other is not stage for place in other.entries for arg in program.entries[place].args
    )
