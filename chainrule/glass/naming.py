"""What every value of a step is called: z1, a1, dz2, dW2 … as in the articles; other layers by their own names."""

import keyword
from dataclasses import dataclass, field

from chainrule.glass.formula import turned
from chainrule.glass.recording import OF_LOSS, Recorded
from chainrule.glass.slopes import slopes
from chainrule.glass.stages import ACTIVATIONS, Stage, outermost, stages
from chainrule.glass.wording import Wording, identifier
from chainrule.ops.program import PRIMITIVES, Entry

_FUNCTIONS = {*PRIMITIVES, *ACTIVATIONS, "mean", "abs", "one_hot", "var", "add_at"}
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
        called: what formulas call: nothing else may bear such a name.
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
    called: set[str] = field(default_factory=set)

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
    names.called = _FUNCTIONS | {stage.function for stage in names.found}
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
            if stage.kind == "norm" and stage.function != "group_norm":
                _inside_norm(recorded, names, stage)
            names.output.append(names.add(_output_name(stage, names.called), stage.output, stage))
    _gradients(recorded, names)
    return names


def _output_name(stage: Stage, called: set[str]) -> str:
    if stage.kind in _LETTERS:
        return f"{_LETTERS[stage.kind]}{stage.number}"
    if not stage.path or stage.path.split(".")[-1].isdigit():
        name = identifier(f"{stage.owner or stage.function}.{stage.path}".lower().rstrip("."))
    else:
        name = identifier(stage.path)
    return f"{name}_out" if name in called or keyword.iskeyword(name) else name


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
    _weights(recorded, names, stage, entries)
    _one_hot(names, stage, [*entries, *_on_the_way_back(recorded, stage)])
    whole_sums = [entry for entry in entries if entry.primitive == "sum" and program.values[entry.outs[0]].shape == ()]
    if whole_sums and whole_sums[0].args[0] in made:
        names.add("losses", whole_sums[0].args[0], stage)


def _on_the_way_back(recorded: Recorded, stage: Stage) -> list[Entry]:
    """The entries of the derivative that belongs to the regions of a stage."""
    program = recorded.program
    own = {program.entries[place].region for place in stage.entries} - {None}
    back = {place for place, region in enumerate(program.regions) if region.backward_of in own}
    return [entry for entry in program.entries if outermost(program, entry.region) in back]


def _weights(recorded: Recorded, names: Names, stage: Stage, entries: list[Entry]) -> None:
    """The weights that a loss was made with: of classes, of outputs, of the answer yes."""
    program = recorded.program
    for value in dict.fromkeys(arg for entry in entries for arg in entry.args):
        own = program.values[value].name
        if program.values[value].origin == "entry" or not own.startswith(OF_LOSS):
            continue
        word = own.removeprefix(OF_LOSS)
        classes = word == "weight" and stage.function in ("cross_entropy", "nll")
        names.add("class_weights" if classes else "output_weights" if word == "weight" else word, value, stage)
        chosen = [entry.outs[0] for entry in entries if classes and entry.primitive == "take" and value in entry.args]
        if chosen:
            names.add("w", chosen[0], stage)
            names.words.update((other, "w") for other in chosen)


def _one_hot(names: Names, stage: Stage, entries: list[Entry]) -> None:
    """Class numbers as rows of 0 and 1, and what label smoothing makes of these."""
    made = {out: entry for entry in entries for out in entry.outs}
    hot = [
        entry.outs[0] for entry in entries
        if entry.primitive == "equal" and any(made[arg].primitive == "arange" for arg in entry.args if arg in made)
    ]
    hot = [next((e.outs[0] for e in entries if e.primitive == "cast" and e.args[0] == value), value) for value in hot]
    scaled = {entry.outs[0] for entry in entries if entry.primitive == "multiply" and set(hot) & set(entry.args)}
    soft = [entry.outs[0] for entry in entries if entry.primitive == "add" and scaled & set(entry.args)]
    for name, values in (("Y", hot), ("q", soft)):
        if values and "p" in names.value:
            names.add(name, values[0], stage)
            names.words.update((other, name) for other in values)


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
    if name not in names.turned:
        return Wording(recorded.program, names.words).of(value)
    others = {held: word for held, word in names.words.items() if word not in (name, f"{name}.T")}
    return turned(Wording(recorded.program, others).of(value))
