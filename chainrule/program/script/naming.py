"""What a script calls its values: z1, a1, W1, b1 and dz1, dW1, db1, as in the articles; else as their makers do."""

import builtins
import keyword
import re
from collections.abc import Mapping
from typing import Any

from chainrule.ops.program import Program, Slot
from chainrule.program.script.draft import Draft, Line
from chainrule.program.script.loop_names import STATES, names_inside, names_of_stacks
from chainrule.program.script.words import HEADS, SLOPES, WORDS, better, word_for
from chainrule.tape.region import REGIONS

KINDS = {
    "_linear": "z", "_conv": "z", "_conv_transpose": "z", "_batch_norm": "n", "_layer_norms": "n", "_normalize": "n",
    "_dropout": "h", "_squashing": "a", "_rectifiers": "a", "_gates": "a", "_exponentials": "a", "_softmax": "p",
    "_max_pool": "pool", "_avg_pool": "pool", "_adaptive_pool": "pool", "_embedding": "e", "_attention": "att",
    "_recurrence": "h", "_filters": "z", "_images": "a", "_padding": "padded", "_distances": "distance",
}
"""The file of a region's function to the name of what it gives."""
LOSSES = frozenset((
    "_cross_entropy", "_binary", "_regression", "_hinge", "_divergence", "_class_rows", "_reduction", "_loss_checks",
))
WEIGHTED = frozenset(("_linear", "_conv", "_conv_transpose", "_embedding"))
PLAIN = frozenset((
    "result", "y", "x", "d", "value", "new", "out", "made", "dx", "scaled", "z", "slope", "shown", "kept", "share",
    "input", "output", "self", "outputs", "parts", "held", "total", "rows", "shape", "stream", "a", "b", "loss",
    "u",
))
"""Names that say nothing beyond their function."""
LIGHT = frozenset(("fresh", "change", "z", "dz"))  # of a loop: part of another line where there is room
LEAVES = {
    "running_mean": "mean", "running_var": "var", "num_batches_tracked": "batches", "in_proj_weight": "W",
    "in_proj_bias": "b",
}
MOMENTS = {
    "exp_avg": ("first", "m"), "exp_avg_sq": ("second", "v"), "momentum_buffer": ("velocity", "u"),
    "square_avg": ("squares", "v"), "max_exp_avg_sq": ("largest", "top"), "grad_avg": ("averages", "a"),
    "acc_delta": ("changes", "s"), "sum": ("sums", "s"), "mu_product": ("products", "c"),
}
"""What optimizers keep: the dict of it, and one of it."""
RESERVED = frozenset((
    "X", "y", "m", "weights", "running", "clock", "cache", "gradients", "loss", "history", "epoch", "epochs", "order",
    "rows", "name", "np", "w", "g", "rate", "rates", "batch_size", "seed", "forward", "backward",
    "update", "place", "put", "index_add", "scatter_add", "windows", "fold", "step", "size", "start", "begin", "counts",
    "update", "array", "sigmoid", "erf", "uniform", "scan", "lambda", "constants",
))


def kind_of(region: str) -> str:
    """The file in which a region stands."""
    found = REGIONS.get(region)
    return "" if found is None else found.function.__module__.rpartition(".")[2]


def layers(draft: Draft, results: Mapping[int, tuple[str, int]]) -> set[int]:
    """What is stored for the results of layers that have a name in the field."""
    return {draft.base(value) for value, (region, place) in results.items() if place == 0 and kind_of(region) in KINDS}


class Naming:
    """Names for the values of a draft, each once.

    Args:
        draft: of the step.
        lines: of the step, as they will be printed.
        called: value to what the function that made it called it.
        results: value to (region, place) where it is what a region gives.

    Attributes:
        names: stored value to its name; only of those that deserve one.
        weak: the values among them whose name is only there in case they need one.
        slopes: names of gradients.
    """

    def __init__(
        self, draft: Draft, lines: list[Line], called: Mapping[int, str], results: Mapping[int, tuple[str, int]]
    ) -> None:
        self.draft, self.program = draft, draft.program
        self.called, self.results = called, self._by_storage(results)
        self.names: dict[int, str] = {}
        self.weak: set[int] = set()
        self.slopes: set[str] = set()
        self.taken: set[str] = set(RESERVED)
        self.inside: set[str] = set()  # names inside loops
        self.wishes: dict[int, str] = {}  # value → its name, were it free
        self.twins: dict[int, int] = {}  # value → another one that is the same
        self.gradient_of: dict[int, int] = {}  # value → that of which it is the gradient
        self.known_slopes: set[str] = set()  # gradients under names that their makers gave
        self.passed: set[int] = set()  # gradients whose name has gone to the line before
        self.users: dict[int, list[Line]] = {}
        self.bodies: set[int] = set()  # values inside loops
        self.layers: dict[str, int] = {}
        self.region_blocks: dict[int, int] = {}
        self.makers = {out: line.primitive for line in lines for out in line.outs}
        self.linear = {out for line in lines for out in line.outs if self.region(line) == "linear"}
        self.shares: set[int] = set()  # gradients that are one term of their value's
        self._targets = self._aims(lines)
        self._count(lines)
        self._slots()
        for line in lines:
            if line.part == "forward":
                self._forward(line)

    def backward(self, forward: list[Line], lines: list[Line]) -> None:
        """Name the way back, when it is known which lines of the forward pass stand for themselves."""
        self.weak.difference_update(out for line in forward for out in line.outs)
        backward = [line for line in lines if line.part == "backward"]
        self.users = {value: [line for line in backward if value in line.needs] for value in values_of(backward)}
        for line in backward:
            self._backward(line)

    def tidy(self, lines: list[Line]) -> None:
        """Number names anew, now that many lines have become part of others."""
        values = [out for line in lines for out in line.outs if out in self.wishes and out not in self.twins]
        for value in self.twins:
            self.names.pop(value, None)
        given = {value: self.names.pop(value) for value in values}
        stay = {name for value, name in self.names.items() if value not in self.wishes or value in self.bodies}
        self.taken = set(RESERVED) | stay | self.inside
        self.slopes -= set(given.values())
        for value in values:
            target = self.gradient_of.get(value)
            if target is not None:
                self.slopes.add(self.give(value, self._slope(value, target)))
            else:
                slope = given[value] in self.known_slopes
                name = self.give(value, self.wishes[value])
                self.slopes.update([name] if slope else [])
        for value, twin in self.twins.items():
            self.names[value] = self.names[twin]

    def begin_anew(self, taken: set[str]) -> None:
        """Another function: names of the others are free again, but for these."""
        self.taken = set(RESERVED) | taken

    def _by_storage(self, results: Mapping[int, tuple[str, int]]) -> dict[int, tuple[str, int]]:
        """Results of regions, also where what is stored lies along other axes."""
        found = dict(results)
        maker = {out: entry for entry in self.program.entries for out in entry.outs}
        for value, result in results.items():
            base = self.draft.base(value)
            entry = maker.get(base)
            if base != value and entry is not None and self._within(entry.region, result[0]):
                found.setdefault(base, result)
        return found

    def _within(self, region: int | None, name: str) -> bool:
        while region is not None:
            known = self.program.regions[region]
            if known.name == name:
                return True
            region = known.parent
        return False

    # --- layers -------------------------------------------------------------------------------------------------

    def _count(self, lines: list[Line]) -> None:
        """Number the layers that have weights, in the order in which the forward pass meets them."""
        count = 0
        for line in lines:
            if line.part != "forward":
                continue
            root = root_of(self.program, line.region)
            if root is None:
                self.region_blocks.setdefault(-line.number - 1, count)
                continue
            if root not in self.region_blocks:
                region = self.program.regions[root]
                if kind_of(region.name) in WEIGHTED and (region.module not in self.layers or not region.module):
                    count += 1
                    if region.module:
                        self.layers[region.module] = count
                elif region.module and kind_of(region.name) not in LOSSES:
                    self.layers.setdefault(region.module, count)
                self.region_blocks[root] = self.layers.get(region.module, count)

    def block(self, line: Line) -> int:
        """The number of the layer of a line."""
        root = root_of(self.program, line.region)
        if root is None:
            return self.region_blocks.get(-line.number - 1, 0)
        forward = self.program.regions[root].backward_of
        if forward is not None:
            root = root_of(self.program, forward)
        return self.region_blocks.get(root, 0) if root is not None else 0

    def region(self, line: Line) -> str:
        """The name of the innermost region of a line."""
        return "" if line.region is None else self.program.regions[line.region].name

    def in_loss(self, line: Line) -> bool:
        """Whether a line belongs to the loss."""
        root = root_of(self.program, line.region)
        return root is not None and kind_of(self.program.regions[root].name) in LOSSES

    # --- names --------------------------------------------------------------------------------------------------

    def _is_free(self, name: str) -> bool:
        return name not in self.taken and not hasattr(builtins, name) and not keyword.iskeyword(name)

    def give(self, value: int, name: str, *, weak: bool = False) -> str:
        """A name for a value, with a number behind it where it is taken."""
        name = re.sub(r"\W", "_", name)
        found, count = name, 2
        while not self._is_free(found):
            found, count = f"{name}_{count}" if name[-1:].isdigit() else f"{name}{count}", count + 1
        self.taken.add(found)
        self.names[value] = found
        self.wishes[value] = name
        if weak:
            self.weak.add(value)
        return found

    def _slots(self) -> None:
        for slot in self.program.slots:
            if slot.role == "parameter":
                self.give(slot.value, self._slot_name(slot))
        for number, slot in enumerate(self.program.slots):
            if slot.role == "buffer":
                taken = set(self.taken)
                self.give(slot.value, self._slot_name(slot))
                if number in self.draft.written:  # it is a key of a dict, where nobody else is
                    self.taken = taken

    def _slot_name(self, slot: Slot) -> str:
        path, _, leaf = slot.names[0].rpartition(".")
        number = self.layers.get(path, "")
        if leaf in LEAVES:
            return f"{LEAVES[leaf]}{number}"
        readers = [number for number in self._readers(slot.value) if number is not None]
        region = self.program.regions[readers[0]].name if readers else ""
        if leaf == "weight" and kind_of(region) in LOSSES:
            return "class_weights"
        if region == "prelu":
            return f"alpha{number}"
        norm = KINDS.get(kind_of(region)) == "n"
        if leaf in ("weight", "bias"):
            word = {"weight": "gamma", "bias": "beta"}[leaf] if norm else {"weight": "W", "bias": "b"}[leaf]
            return f"{word}{number}"
        if not leaf.isidentifier():  # the third of a list of parameters
            leaf = f"{path.rpartition('.')[2].rstrip('0123456789') or 'w'}{leaf}"
            return leaf if not number else f"{leaf}_{number}"
        recurrent = re.fullmatch(r"(weight|bias)_(ih|hh)_l(\d+)(_reverse)?", leaf)
        if recurrent is not None:
            word, side, layer, back = recurrent.groups()
            deeper = "" if layer == "0" else f"_l{layer}"
            return f"{'W' if word == 'weight' else 'b'}_{side}{number}{deeper}{'r' if back else ''}"
        short = re.sub(r"^weight", "W", re.sub(r"^bias", "b", leaf))
        return f"{short}{number}" if number else short

    def _readers(self, value: int) -> list[int | None]:
        return [entry.region for entry in self.program.entries if value in entry.args]

    def _loop(self, line: Line) -> None:
        """Names of a loop over steps: what is carried, what each step gives, what happens inside."""
        assert line.body is not None
        static: dict[str, Any] = dict(self.program.entries[line.number].static)
        count: int = static["states"]
        number, ahead = self.block(line) or "", "d" if line.part == "backward" else ""
        inside = names_inside(line, count)
        here: set[str] = set()
        for inner in line.body.lines:
            for value in inner.outs:
                self.bodies.add(value)
                name = inside.get(value, WORDS.get(inner.primitive, inner.primitive))
                self._give_inside(value, name, here, weak=value not in inside or name in LIGHT)
        stacks = names_of_stacks(line, count, inside)
        there: dict[int, int] = {}  # what a step gives twice is kept once
        for place, value in enumerate(line.outs):
            name = stacks[place - count] if place >= count else f"{ahead}{STATES[min(place, 1)]}"
            twin = there.setdefault(line.body.program.outputs[place], value) if place >= count else value
            if twin == value:
                self.give(value, f"{name}{number}")
            else:
                self.twins[value] = twin
                self.names[value] = self.names[twin]

    def _give_inside(self, value: int, name: str, here: set[str], *, weak: bool) -> None:
        """A name inside a loop; other loops may have it too."""
        found, count = name, 2
        while found in here or not (found in self.inside or found == "g" or self._is_free(found)):
            found, count = f"{name}{count}", count + 1
        here.add(found)
        self.inside.add(found)
        self.taken.add(found)
        self.names[value] = found
        if weak:
            self.weak.add(value)

    def _forward(self, line: Line) -> None:
        if line.body is not None:
            self._loop(line)
            return
        primitive = line.primitive
        for value in line.outs:
            if value == self.draft.loss:
                self.names[value] = "loss"
                continue
            number = "" if self.in_loss(line) else self.block(line) or ""
            result = self.results.get(value)
            if result is not None and result[0] == "split_heads":
                self.give(value, f"{HEADS[result[1]]}{number}", weak=True)
                continue
            if result is not None and result[1] == 0 and KINDS.get(kind_of(result[0])):
                base = KINDS[kind_of(result[0])]
                if result[0] != "normalize":
                    self.give(value, f"{base}{number}")
                    continue
            if self.region(line) == "" and primitive in ("tanh", "sigmoid"):
                self.give(value, f"a{number}")
                continue
            self._other(line, value, back=False)

    def _backward(self, line: Line) -> None:
        if line.body is not None:
            self._loop(line)
            return
        for value in line.outs:
            target = self._target(value)
            if target is None:
                target = self._ahead(value)
            if target is not None and value not in self.passed:
                self.gradient_of[value] = target
                self.slopes.add(self.give(value, self._slope(value, target)))
                continue
            self._other(line, value, back=True)

    def _slope(self, value: int, target: int) -> str:
        """The name of a gradient; of one of several terms it says so."""
        return f"d{self.names[target]}{'_part' if value in self.shares else ''}"

    def _ahead(self, value: int) -> int | None:
        """What a value is the gradient of in another shape, if nobody else needs it."""
        users = self.users.get(value, [])
        if len(users) != 1 or users[0].primitive not in ("reshape", "permute") or len(users[0].outs) > 1:
            return None
        target = self._target(users[0].outs[0])
        if len(self.users.get(users[0].outs[0], [])) > 1:
            return None
        if target is not None:
            self.passed.add(users[0].outs[0])
        return target

    def _other(self, line: Line, value: int, *, back: bool) -> None:
        """A name for what is neither the result of a layer nor a gradient."""
        number = "" if self.in_loss(line) else self.block(line) or ""
        region, called = self.region(line), self.called.get(value, "")
        whole = self.program.values[value].shape == ()
        called = better(region, called) or called
        if called and called not in PLAIN:
            name = f"{called}{number}"
            if back and called[0] == "d" and called[1:] in SLOPES:
                self.known_slopes.add(self.give(value, name, weak=name in self.taken))
                self.slopes.add(self.names[value])
            else:
                self.give(value, name, weak=name in self.taken)
        else:
            source = self.makers.get(next(iter(line.needs), -1), "")
            if not back and line.primitive == "add" and self.linear.issuperset(line.needs):
                self.give(value, f"z{number}", weak=True)
                return
            self.give(value, f"{word_for(line, region, source, back=back, whole=whole)}{number}", weak=True)

    def _target(self, value: int) -> int | None:
        """What a value is the gradient of, if that has a name."""
        target = self._targets.get(value)
        return target if target in self.names and target not in self.weak else None

    def target_slot(self, value: int) -> int | None:
        """The slot whose gradient a value is."""
        target = self._targets.get(value)
        return next((n for n, slot in enumerate(self.program.slots) if slot.value == target), None)

    def _aims(self, lines: list[Line]) -> dict[int, int]:
        """Value to what it is the gradient of; a sum of such is that too."""
        found: dict[int, int] = {}
        for other, known in enumerate(self.program.values):
            if known.grad_of is not None:
                found.setdefault(self.draft.base(self._same(other)), self.draft.base(self._same(known.grad_of)))
        for line in lines:
            if line.part == "backward" and line.primitive == "add":
                aims = [aim for value in line.needs if (aim := found.get(value)) is not None]
                if len(aims) == len(line.needs) > 0:  # of a path round a layer the aim is what both come from
                    found.setdefault(line.outs[0], min(aims))
                    self.shares.update(value for value in line.needs if found[value] == min(aims))
        return found

    def _same(self, value: int) -> int:
        while value in self.draft.same:
            value = self.draft.same[value]
        return value


def values_of(lines: list[Line]) -> set[int]:
    """What the lines make."""
    return {out for line in lines for out in line.outs}


def root_of(program: Program, region: int | None) -> int | None:
    """The outermost region around a region."""
    while region is not None:
        parent = program.regions[region].parent
        if parent is None:
            return region
        region = parent
    return None
