"""What every value of a step is called: z1, a1, dz2, dW2 … as in the articles; other layers by their own names."""

import keyword
import re
from dataclasses import dataclass, field

from chainrule.glass.recording import Recorded
from chainrule.glass.slopes import slopes
from chainrule.glass.stages import ACTIVATIONS, Stage, outermost, stages
from chainrule.glass.wording import Wording, identifier
from chainrule.ops.program import PRIMITIVES, Entry

_FUNCTIONS = {*PRIMITIVES, *ACTIVATIONS, "mean", "abs", "one_hot", "var"}
"""What formulas call: nothing else may bear such a name."""
_LETTERS = {"linear": "z", "activation": "a", "norm": "n", "dropout": "r", "add": "s"}


@dataclass
class Names:
    """Names and values of a step, both ways.

    Attributes:
        found: the stages.
        value: of each name the value; for W and dW that of the array with PyTorch's axes (outputs, inputs).
        turned: names whose array is shown the other way round, as (inputs, outputs).
        slope: of each name that of its gradient.
        of: of each name of a gradient that of what it is the gradient of.
        stage: of each name the stage it belongs to.
        dotted: of each parameter's dotted name the name that it has here.
        output: names of the stages' outputs, in order.
        words: how expressions write values.
    """

    found: list[Stage]
    value: dict[str, int] = field(default_factory=dict)
    turned: set[str] = field(default_factory=set)
    slope: dict[str, str] = field(default_factory=dict)
    of: dict[str, str] = field(default_factory=dict)
    stage: dict[str, Stage] = field(default_factory=dict)
    dotted: dict[str, str] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)
    words: dict[int, str] = field(default_factory=dict)

    def add(self, name: str, value: int, stage: Stage | None = None) -> str:
        """A name for a value; one that is taken already gets a letter behind it."""
        unique, tries = name, 0
        while unique in self.value:
            tries += 1
            unique = f"{name}_{'abcdefghijklmnopqrstuvwxyz'[tries % 26]}" if tries < 26 else f"{name}_{tries}"
        self.value[unique] = value
        self.words.setdefault(value, unique)
        if stage is not None:
            self.stage[unique] = stage
        return unique

    def name_of(self, value: int) -> str | None:
        """The name of a value; None for one without."""
        return next((name for name, held in self.value.items() if held == value), None)


def named(recorded: Recorded) -> Names:
    """The names of everything in a step that somebody may ask for."""
    names = Names(stages(recorded))
    for index in recorded.program.inputs:
        names.add(recorded.program.values[index].name, index)
    for stage in names.found:
        _parameters(recorded, names, stage)
        if stage.kind == "loss":
            _inside_loss(recorded, names, stage)
            names.output.append(names.add("loss", recorded.loss, stage))
        elif stage.output >= 0:
            if stage.kind == "dropout":
                _mask(recorded, names, stage)
            if stage.kind == "norm":
                _inside_norm(recorded, names, stage)
            names.output.append(names.add(_output_name(stage), stage.output, stage))
    _gradients(recorded, names)
    return names


def _output_name(stage: Stage) -> str:
    if stage.kind in _LETTERS:
        return f"{_LETTERS[stage.kind]}{stage.number}"
    if not stage.path or stage.path.split(".")[-1].isdigit():
        name = identifier(f"{stage.owner or stage.function}.{stage.path}".lower().rstrip("."))
    else:
        name = identifier(stage.path)
    return f"{name}_out" if name in _FUNCTIONS or keyword.iskeyword(name) else name


def _parameters(recorded: Recorded, names: Names, stage: Stage) -> None:
    program = recorded.program
    for dotted in stage.parameters:
        value = recorded.parameters[dotted]
        if dotted in names.dotted:
            continue
        last = dotted.rpartition(".")[2]
        if stage.kind == "linear":
            entries = [program.entries[place] for place in stage.entries]
            turned = [entry.outs[0] for entry in entries if entry.primitive == "permute" and value in entry.args]
            name = names.add(f"W{stage.number}" if turned else f"b{stage.number}", value, stage)
            if turned:
                names.turned.add(name)
                names.words[value] = f"{name}.T"
                names.words.update((view, name) for view in turned)
        elif stage.kind == "norm" and last in ("weight", "bias"):
            name = names.add(f"{'scale' if last == 'weight' else 'shift'}{stage.number}", value, stage)
        else:
            name = names.add(identifier(dotted), value, stage)
        names.dotted[dotted] = name


def _mask(recorded: Recorded, names: Names, stage: Stage) -> None:
    for place in stage.entries:
        entry = recorded.program.entries[place]
        if entry.primitive == "greater_equal":
            names.add(f"mask{stage.number}", entry.outs[0], stage)
            names.words.setdefault(entry.args[0], f"u{stage.number}")


def _inside_loss(recorded: Recorded, names: Names, stage: Stage) -> None:
    """The probabilities inside a loss of logits, the losses of the single rows."""
    program = recorded.program
    entries = region_entries(recorded, stage)
    made = {out: entry for entry in entries for out in entry.outs}
    for entry in entries:
        whole = entry.primitive == "sigmoid" and recorded.answer in entry.args
        share = entry.primitive == "divide" and entry.args[0] in made and made[entry.args[0]].primitive == "exp"
        if (whole or share) and "p" not in names.value:
            names.add("p", entry.outs[0], stage)
    _one_hot(recorded, names, stage)
    whole_sums = [entry for entry in entries if entry.primitive == "sum" and program.values[entry.outs[0]].shape == ()]
    if whole_sums and whole_sums[0].args[0] in made:
        names.add("losses", whole_sums[0].args[0], stage)


def _one_hot(recorded: Recorded, names: Names, stage: Stage) -> None:
    """Class numbers as rows of 0 and 1, which are made on the way back: p - Y."""
    program = recorded.program
    for entry in program.entries if "p" in names.value else ():
        one_hot = entry.primitive == "subtract" and entry.args[0] == names.value["p"]
        if one_hot and entry.region is not None and program.values[entry.args[1]].origin == "entry":
            names.add("Y", entry.args[1], stage)
            return


def region_entries(recorded: Recorded, stage: Stage) -> list[Entry]:
    """The entries of a stage, with those of its regions that only the way back needs."""
    program = recorded.program
    regions = {outermost(program, program.entries[place].region) for place in stage.entries} - {None}
    own = {program.entries[place].outs for place in stage.entries}
    return [
        entry for entry in program.entries
        if entry.outs in own or (entry.region is not None and outermost(program, entry.region) in regions)
    ]


def _inside_norm(recorded: Recorded, names: Names, stage: Stage) -> None:
    """Mean and variance of a norm, and what it makes of its input before scale and shift."""
    entries = region_entries(recorded, stage)
    made = {out: entry for entry in entries for out in entry.outs}
    for entry in entries:
        if entry.primitive == "divide" and made.get(entry.args[1], entry).primitive == "sqrt":
            under = made[made[entry.args[1]].args[0]]  # var + eps
            top = made.get(entry.args[0])
            if top is not None and top.primitive == "subtract" and under.args[0] in made:
                names.add(f"var{stage.number}", under.args[0], stage)
            if entry.outs[0] != stage.output:
                names.add(f"xhat{stage.number}", entry.outs[0], stage)
            return


def _gradients(recorded: Recorded, names: Names) -> None:
    """Gradients from the loss back to the first layer, each before those of the parameters that it reaches."""
    found = slopes(recorded, names.found)
    for stage in reversed(names.found):
        output = names.name_of(stage.output) if stage.kind != "loss" else None
        if output is not None and stage.output in found:
            _gradient(names, output, found[stage.output], stage)
        for dotted in stage.parameters:
            parameter = names.dotted[dotted]
            value = recorded.parameters[dotted]
            if value in found and parameter not in names.slope:
                _gradient(names, parameter, found[value], stage)
                if parameter in names.turned:
                    _turn(recorded, names, parameter, found[value])


def _gradient(names: Names, name: str, value: int, stage: Stage) -> None:
    made = names.add(f"d{name}", value, stage)
    names.slope[name], names.of[made] = made, name


def _turn(recorded: Recorded, names: Names, parameter: str, value: int) -> None:
    """A gradient of weights is shown as (inputs, outputs): the array of which the Program then takes the transpose."""
    name = names.slope[parameter]
    names.turned.add(name)
    names.words[value] = f"{name}.T"
    for entry in recorded.program.entries:
        if entry.outs == (value,) and entry.primitive == "permute":
            names.words[entry.args[0]] = name


def expression(recorded: Recorded, names: Names, name: str) -> str:
    """What a named value is computed from, in the words of the others."""
    value = names.value[name]
    first = names.words[value]
    if first not in (name, f"{name}.T"):
        return first  # the same array under two names, as behind an addition
    wording = Wording(recorded.program, names.words)
    text = wording.of(value)
    if name in names.turned:
        inner = re.fullmatch(r"(\w+)\.T", text)
        made = {entry.outs[0]: entry for entry in recorded.program.entries}
        if inner and value in made and made[value].primitive == "permute":
            text = wording.of(made[value].args[0])
    return text
