"""From a training as plain data to the text of its script."""

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from chainrule.ops.program import PRIMITIVES, Program
from chainrule.program.script.draft import Draft, Line, draft, name_of, substituted, values_in
from chainrule.program.script.inlining import inlined
from chainrule.program.script.naming import Naming, layers
from chainrule.program.script.rows import ROWS, merged, shapes_in_rows
from chainrule.program.script.settling import settled
from chainrule.program.script.steps import Loop, Step
from chainrule.program.script.stores import Stores
from chainrule.program.script.training import Training, Variant
from chainrule.program.script.updating import Updating

DESCENT = "sgd"  # what is recorded in the place of a step of L-BFGS
CONTROLS = {
    "momentum_decay": "PSI", "p": "DROP", "momentum": "SHARE", "weight_decay": "DECAY",
    "decoupled_weight_decay": "DECAY",
}


class Composed:
    """The parts of a script, before they are written down.

    Args:
        training: of which it is.

    Attributes:
        forward: lines of the forward pass, named and inlined.
        backward: likewise.
        update: its blocks.
        cache: what the backward pass needs of the forward pass, by name.
        gradients: key in `weights` to the expression of its gradient.
        constants: upper-case name to number.
        moving: name of a rate to its control.
        last: the same for the short last batch, where its functions are other ones.
        shapes: of values, as text with m for the number of rows, where two sizes of batch are known.
    """

    def __init__(self, training: Training) -> None:
        self.training = training
        variant = training.full
        self.shapes: dict[int, tuple[str, ...]] = {}
        self.draft, self.lines, together = _lines(training, self.shapes)
        self.program = self.draft.program
        self.naming = Naming(self.draft, self.lines, variant.names, variant.results)
        self.constants: dict[str, float] = {}
        self.moving: dict[str, str] = {}
        self.outer = self._controls(variant)
        if training.search is not None:
            self.constants.update(training.search.constants)
            if "lr" in training.rates:
                self.moving["lr"] = "lr"
                del self.constants["LR"]
        self.stores = Stores(training, self.draft, self.naming)
        self.inputs = self._inputs()
        self._parts()
        self.last: Composed | None = None
        if not together and training.has_tail and training.other is not None:
            self.last = Composed(replace(training, full=training.other, other=None, has_tail=False))

    # --- names of what comes from outside -----------------------------------------------------------------------

    def _controls(self, variant: Variant) -> dict[int, ast.expr]:
        numbers = variant.recording.controls
        found: dict[int, ast.expr] = {}
        used = {value for line in self.lines for value in line.needs}
        for value in self.program.controls:
            full = self.program.values[value].name
            if value not in used:
                continue
            number = numbers[full]
            base = full.partition("[")[0].rpartition(".")[2].partition("#")[0]
            if full in self.training.rates:
                name = base
                count = 2
                while name in self.moving:
                    name, count = f"{base}{count}", count + 1
                self.moving[name] = full
            else:
                inner = "[" not in full
                word = CONTROLS.get(base, base.upper()) if inner or base != "momentum" else "MOMENTUM"
                name, count = word, 2
                while self.constants.get(name, number) != number:
                    name, count = f"{word}_{count}", count + 1
                self.constants[name] = number
            found[value] = ast.Name(name)
        return found

    def _inputs(self) -> dict[int, str]:
        count = len(self.training.inputs)
        labels = ["X"] if count == 1 else [f"X{place + 1}" for place in range(count)]
        labels += ["y", "row_weights"]
        return dict(zip(self.program.inputs, labels, strict=False))

    # --- the three functions ------------------------------------------------------------------------------------

    def _parts(self) -> None:
        naming, program = self.naming, self.program
        parts = {part: [line for line in self.lines if line.part == part] for part in ("forward", "backward", "update")}
        maker = {out: line.part for line in self.lines for out in line.outs}
        written = {value: slot for slot, value in self.draft.written.items()}
        crossing: dict[str, set[int]] = {"forward": {self.draft.loss or 0}, "backward": set(), "update": set()}
        for line in self.lines:
            for value in line.needs:
                if maker.get(value, line.part) != line.part:
                    crossing[maker[value]].add(value)
        flat = {part: set(crossing[part]) for part in crossing}
        names = dict(naming.names)
        forward = inlined(program, parts["forward"], names, naming.weak, flat["forward"] | set(written))
        self.forward = _reads_first(program, self.draft, forward)
        naming.backward(self.forward, self.lines)
        updating = Updating(self.draft, parts["update"], naming, self.stores, self.outer)
        self.gradients = {
            self.stores.place[slot][1]: updating.gradients[slot] for slot in updating.order
            if slot in updating.gradients
        }
        names = dict(naming.names)
        grads = {v for v in self.gradients.values() if maker.get(v) == "backward"}
        trivial = {v for v in grads if self._is_reshape(parts["backward"], v)}
        backward = inlined(program, parts["backward"], names, naming.weak, flat["backward"] - trivial)
        naming.tidy([*self.forward, *backward])
        needed = {value for line in backward for value in line.needs}
        self.cache = sorted({v for v in needed if maker.get(v) == "forward"} | {
            v for v in flat["forward"] if v != self.draft.loss and any(v in line.needs for line in parts["backward"])
        })
        self.backward = backward
        self.returned = {}
        made = {out: line for line in parts["backward"] for out in line.outs}
        left = {out for line in backward for out in line.outs}
        for key, value in self.gradients.items():
            node: ast.expr = ast.Name(name_of(value))
            while True:
                inside = [v for v in values_in(node) if v in made and v not in left]
                if not inside:
                    break
                node = substituted(node, {name_of(v): made[v].expression for v in inside})
            self.returned[key] = node
        self.written = written
        self.update = updating.blocks() if self.training.search is None else self._clipping(parts["update"])

    def _clipping(self, lines: list[Line]) -> "list[list[Step] | Loop]":
        """What happens to the gradients before L-BFGS sees them; the descent that was recorded in its place is left."""
        descent = [line for line in lines if self.naming.region(line) == DESCENT]
        rest = [line for line in lines if self.naming.region(line) != DESCENT]
        if not rest:
            return []
        made = {out for line in descent for out in line.outs}
        known = made | set(self.outer) | {slot.value for slot in self.program.slots}
        needs = {line.outs[0]: line.needs for line in descent}
        written = {}
        for slot, value in self.draft.written.items():
            stack, found = [value], set[int]()
            while stack:
                found.update(n for n in needs.get(stack[-1], ()) if n not in known)
                stack += [n for n in needs.get(stack.pop(), ()) if n in made]
            if len(found) == 1 and value in made:
                written[slot] = found.pop()
        blocks = Updating(replace(self.draft, written=written), rest, self.naming, self.stores, self.outer).blocks()
        for block in blocks:
            if isinstance(block, Loop):
                for step in block.steps:
                    step.target = "g" if step.target == "w" else step.target
                block.closed = [("gradients[name]", "g") for _ in block.closed]
        return blocks

    def _is_reshape(self, lines: list[Line], value: int) -> bool:
        line = next(line for line in lines if value in line.outs)
        return line.primitive in ("reshape", "permute")

    def inside(self, line: Line) -> list[Line]:
        """What happens in one step of a loop."""
        assert line.body is not None
        body = line.body
        kept = set(body.program.outputs)
        return inlined(self.program, body.lines, self.naming.names, self.naming.weak, kept)

    def named(self, expression: ast.expr, more: Mapping[int, ast.expr] = MappingProxyType({})) -> ast.expr:
        """An expression with the names of its values; `more` are those of a loop."""
        slots = {slot.value: number for number, slot in enumerate(self.program.slots)}
        given: dict[str, ast.expr] = {}
        for value in values_in(expression):
            if value in more:
                given[name_of(value)] = more[value]
            elif value in self.outer:
                given[name_of(value)] = self.outer[value]
            elif value in self.inputs:
                given[name_of(value)] = ast.Name(self.inputs[value])
            elif value in slots:
                given[name_of(value)] = self.stores.node(slots[value])
            else:
                given[name_of(value)] = ast.Name(self.naming.names[value])
        return substituted(expression, given)

    @property
    def preambles(self) -> list[str]:
        """The named functions that the lines call, each once."""
        found: dict[str, str] = {}
        _collect(self.program, {line.number for line in self.lines}, found)
        return list(found.values())


def _reads_first(program: Program, draft: Draft, lines: list[Line]) -> list[Line]:
    """The lines in an order in which what lives between steps is written only when nobody reads it any more."""
    read_by = {slot.value for slot in program.slots}
    late: dict[int, list[Line]] = {}
    last = {value: place for place, line in enumerate(lines) for value in line.needs if value in read_by}
    used = {value for line in lines for value in line.needs}
    written = {value: slot for slot, value in draft.written.items()}
    found = []
    for place, line in enumerate(lines):
        slot = written.get(line.outs[0])
        if slot is not None and line.outs[0] not in used:
            after = last.get(program.slots[slot].value, -1)
            if after > place:
                late.setdefault(after, []).append(line)
                continue
        found += [line, *late.pop(place, [])]
    return found


def _collect(program: Program, numbers: Any, found: dict[str, str]) -> None:
    for number, entry in enumerate(program.entries):
        if numbers is not None and number not in numbers:
            continue
        if PRIMITIVES[entry.primitive].preamble and entry.primitive != "scan":
            found[entry.primitive] = PRIMITIVES[entry.primitive].preamble
        if entry.body is not None:
            _collect(entry.body, None, found)


def _lines(training: Training, shapes: dict[int, tuple[str, ...]]) -> tuple[Draft, list[Line], bool]:
    """The lines of a step, and whether they are those of batches of any size; `shapes` gets those of their values."""
    never = {}
    targets = training.targets
    program = training.full.recording.program
    if targets.dtype.kind in "iu":
        place = len(training.inputs)
        never[program.inputs[place]] = lambda number: not (targets == number).any()
    made = _without_idle_counters(draft(program, never, None, _equal(training, training.full)))
    other = training.other
    if other is None:
        return *settled(made, made.lines, layers(made, training.full.results)), False
    lines = None
    allowed = dict(made.merges)
    while lines is None and len(program.entries) == len(other.recording.program.entries):
        like = draft(other.recording.program, never, allowed, _equal(training, other))
        if like.merges == allowed:
            lines = merged(made, training.full.rows, _without_idle_counters(like), other.rows)
            shapes.update({} if lines is None else shapes_in_rows(made, training.full.rows, like, other.rows))
            break
        allowed = like.merges
        again = draft(program, never, allowed, _equal(training, training.full))
        made, allowed = _without_idle_counters(again), again.merges
    known = layers(made, training.full.results)
    return *settled(made, made.lines if lines is None else lines, known), lines is not None


def _equal(training: Training, variant: Variant) -> dict[int, int]:
    """Numbers of several groups that are equal, and counters that stand at the same step, to the first such."""
    recording = variant.recording
    program, found = recording.program, {}
    first: dict[tuple[str, float], int] = {}
    for value in program.controls:
        name = program.values[value].name
        base = name.rpartition(".")[2]
        if "[" in base and name not in training.rates:
            known = first.setdefault((re.sub(r"\[\d+\]$", "", name), recording.controls[name]), value)
            if known != value:
                found[value] = known
    for number, slot in enumerate(program.slots):
        if slot.role == "counter" and "[" in slot.names[0]:
            at = float(recording.before.get(number, recording.slots[number]._array))
            known = first.setdefault((f"counter {slot.names[0].partition('[')[0]}", at), slot.value)
            if known != slot.value:
                found[slot.value] = known
    return found


def _without_idle_counters(made: Draft) -> Draft:
    """Without counters that nothing depends on."""
    for number, slot in enumerate(made.program.slots):
        if slot.role != "counter" or number not in made.written:
            continue
        wanted = {value for other, value in made.written.items() if other != number} | {made.loss}
        for line in reversed(made.lines):
            if wanted.intersection(line.outs):
                wanted.update(line.needs)
        if slot.value not in wanted:
            del made.written[number]
            made.idle.add(number)
    return made


def uses_rows(lines: list[Line]) -> bool:
    """Whether the number of rows stands in some line."""
    return any(isinstance(n, ast.Name) and n.id == ROWS for line in lines for n in ast.walk(line.expression))
