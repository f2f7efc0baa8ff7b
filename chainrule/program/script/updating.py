"""The update as a loop over the parameters: one rule written once, as its optimizer's author did."""

import ast
from collections.abc import Mapping

from chainrule.ops.program import WEAK
from chainrule.program.script.draft import Draft, Line, name_of, parsed, substituted, values_in
from chainrule.program.script.grouping import together
from chainrule.program.script.inlining import inlined
from chainrule.program.script.naming import MOMENTS, Naming
from chainrule.program.script.steps import Loop, Step
from chainrule.program.script.stores import Stores

SHARED = -1
SHORT = {"p": "w", "new": "w", "g": "g"}


class Updating:
    """The update of a step as blocks: shared statements, and loops over parameters.

    Args:
        draft: of the step.
        lines: of its update.
        naming: of its values.
        stores: where parameters and moments are.
        outer: control to its name.
    """

    def __init__(
        self, draft: Draft, lines: list[Line], naming: Naming, stores: Stores, outer: Mapping[int, ast.expr]
    ) -> None:
        self.draft, self.program, self.lines = draft, draft.program, lines
        self.naming, self.stores, self.outer = naming, stores, outer
        self.maker = {out: line for line in lines for out in line.outs}
        self.slot_of = {slot.value: number for number, slot in enumerate(self.program.slots)}
        self.owner: dict[int, int] = {}
        self.plain: set[int] = set()
        self.phase: dict[int, int] = {}
        self.gradients: dict[int, int] = {}  # slot of a parameter → its gradient, before anything is done to it
        self._own()
        self._phases()
        self.folds = self._folds()
        self.order = self._order()

    # --- whose is what ------------------------------------------------------------------------------------------

    def _own(self) -> None:
        program = self.program
        by_name = {slot.names[0]: number for number, slot in enumerate(program.slots)}
        for number, slot in enumerate(program.slots):
            if slot.role == "moment":
                self.owner[slot.value] = by_name[slot.names[0].rpartition(".")[0]]
            elif slot.role in ("parameter", "buffer"):
                self.owner[slot.value] = number
            elif slot.role == "counter":
                self.plain.add(slot.value)
        self.plain.update(self.outer)
        inside = {out for line in self.lines for out in line.outs}
        for line in self.lines:
            for value in line.needs:
                if value not in inside and value not in self.owner and value not in self.plain:
                    owner = self.naming.target_slot(value)
                    if owner is None:
                        owner = self._reached(value)
                    if owner is not None:
                        self.owner[value] = owner
                        self.gradients.setdefault(owner, value)
        for line in self.lines:
            needs = set(line.needs)
            owners = {self.owner[v] for v in needs if v in self.owner}
            for out in line.outs:
                if needs <= self.plain:
                    self.plain.add(out)
                    continue
                if SHARED in owners and not self.program.values[out].shape:
                    owners = {SHARED}  # a number that comes from all parameters, and from one more
                single = owners - {SHARED}
                self.owner[out] = next(iter(single)) if len(single) == 1 else SHARED

    def _reached(self, value: int) -> int | None:
        """The one parameter that a value changes, if there is just one."""
        reach = {value}
        for line in self.lines:
            if reach.intersection(line.needs):
                reach.update(line.outs)
        found = {
            slot for slot, new in self.draft.written.items()
            if new in reach and self.program.slots[slot].role in ("parameter", "buffer")
        }
        return found.pop() if len(found) == 1 else None

    def _phases(self) -> None:
        for line in self.lines:
            known = [self.phase[v] for v in line.needs if v in self.phase]
            top = max(known, default=-1)
            owned = self.owner.get(line.outs[0], SHARED) != SHARED
            if owned:
                phase = top if top % 2 == 0 else top + 1
            elif line.outs[0] in self.plain:
                phase = -1
            else:
                phase = top if top % 2 else top + 1
            for out in line.outs:
                self.phase[out] = phase

    # --- blocks -------------------------------------------------------------------------------------------------

    def blocks(self) -> "list[list[Step] | Loop]":
        """The update, in order; in a form that can be read."""
        found: list[list[Step] | Loop] = []
        self.naming.begin_anew({*self.stores.first, *self.stores.first.get("", {})})
        self.moved: list[Step] = []  # counters, which others may still read as they were
        folds = self.folds
        for phase in sorted(set(self.phase.values())):
            if phase % 2:
                shared = self._shared(phase, folds)
                if shared:
                    found.append(shared)
            else:
                found += self._loops(phase, folds)
        if len(self.moved) > 1:
            targets = ast.Tuple([parsed(step.target) for step in self.moved])
            values = ast.Tuple([step.expression for step in self.moved])
            self.moved = [Step(ast.unparse(targets).strip("()"), values)]
        return [*together(found), self.moved]

    def _order(self) -> list[int]:
        """The parameters in the order in which something is added up over them, else in their own."""
        summed = [self.owner[leaf] for leaves in self.folds.values() for leaf in leaves]
        rest = [n for n in self.stores.place if n in set(self.owner.values())]
        return list(dict.fromkeys([*summed, *rest]))

    def _folds(self) -> dict[int, list[int]]:
        """Sums over all parameters: what is made at last, and its terms, one of each parameter."""
        terms: dict[int, list[int]] = {}
        for line in self.lines:
            out = line.outs[0]
            owned = [v for v in line.needs if self.owner.get(v, SHARED) != SHARED and self.phase.get(v, -1) >= 0]
            if self.owner.get(out) != SHARED or not owned:
                continue
            if line.primitive == "add":
                left, right = line.needs
                terms[out] = [*terms.pop(left, [left]), *terms.pop(right, [right])]
        return terms

    def _shared(self, phase: int, folds: Mapping[int, list[int]]) -> list[Step]:
        folded = self._folded(folds)
        lines = [
            line for line in self.lines
            if self.phase[line.outs[0]] == phase and line.outs[0] not in folded
        ]
        needed = {v for line in self.lines if self.phase[line.outs[0]] != phase for v in line.needs}
        written = {value: slot for slot, value in self.draft.written.items()}
        names = {out: self._local(out) for line in lines for out in line.outs}
        kept = needed | set(written)
        weak = {value for value in names if value not in self.naming.called}
        steps = []
        for line in inlined(self.program, lines, names, weak, kept - self._cheap(lines)):
            out = line.outs[0]
            name = self.shared_name(out)
            steps.append(Step(name, self._put(line.expression, {}), out))
            if out in written:
                self.moved.append(Step(ast.unparse(self.stores.node(written[out])), ast.Name(name)))
        return steps

    def _cheap(self, lines: list[Line]) -> set[int]:
        return {out for line in lines for out in line.outs if self.program.values[out].dtype == WEAK}

    def _folded(self, folds: Mapping[int, list[int]]) -> set[int]:
        """What is added up on the way to a sum over all parameters."""
        found = set(folds)
        stack = list(folds)
        while stack:
            for value in self.maker[stack.pop()].needs:
                made = self.maker.get(value)
                added = made is not None and made.primitive == "add"
                if added and self.owner.get(value) == SHARED and value not in found:
                    found.add(value)
                    stack.append(value)
        return found

    def shared_name(self, value: int) -> str:
        """The name of a value that all parameters share."""
        return self.naming.names.get(value) or self.naming.give(value, self._local(value))

    def _local(self, value: int) -> str:
        called = self.naming.called.get(value, "")
        return SHORT.get(called, called) or self._word(value)

    def _word(self, value: int) -> str:
        """A name for what its function has none for."""
        region = self.naming.region(self.maker[value]) if value in self.maker else ""
        return {"clip_norm": "clipped", "clip_value": "clipped", "square_sum": "total"}.get(region, "part")

    def _loops(self, phase: int, folds: Mapping[int, list[int]]) -> list[Loop]:
        found: list[tuple[str, Loop]] = []
        sums = {leaf: total for total, leaves in folds.items() for leaf in leaves}
        for owner in self.order:
            wanted = self._wanted(owner, phase)
            if not wanted:
                continue
            loop = self._of(owner, wanted, sums if phase != self.last else {})
            key = repr([(s.target, ast.unparse(s.expression)) for s in loop.steps]) + repr((loop.opened, loop.closed))
            known = found[-1:] if phase != self.last else found  # a sum has an order
            like = next((other for text, other in known if text == key), None)
            if like is None:
                found.append((key, loop))
            else:
                like.names += loop.names
        loops = [loop for _, loop in found]
        started: set[str] = set()
        for loop in loops:
            for step in loop.steps:
                if step.value in folds and step.target not in started:
                    started.add(step.target)
                    loops[0].before.append(Step(step.target, ast.Constant(0.0), step.value))
        return loops

    @property
    def last(self) -> int:
        """The phase in which parameters change."""
        return max((p for p in self.phase.values() if p % 2 == 0), default=0)

    def _wanted(self, owner: int, phase: int) -> set[int]:
        """What is computed of one parameter in a phase: what all need, or at last what is written."""
        mine = {out for line in self.lines for out in line.outs if self.owner.get(out) == owner}
        if phase == self.last:
            found = mine & set(self.draft.written.values())
        else:
            shared = [line for line in self.lines if self.owner.get(line.outs[0]) == SHARED]
            found = {v for line in shared for v in line.needs if v in mine and self.phase[v] == phase}
        stack = list(found)
        while stack:
            for value in self.maker[stack.pop()].needs:
                if value in mine and value not in found:
                    found.add(value)
                    stack.append(value)
        return found

    def _of(self, owner: int, wanted: set[int], sums: Mapping[int, int]) -> Loop:
        """What happens to one parameter."""
        lines = [line for line in self.lines if line.outs[0] in wanted]
        slots = [n for n, slot in enumerate(self.program.slots) if self.owner.get(slot.value) == owner]
        written = {}
        if not sums:
            written = {value: slot for slot, value in self.draft.written.items() if slot in slots and value in wanted}
        names: dict[int, str] = {out: self._local(out) for line in lines for out in line.outs}
        for slot in slots:
            names[self.program.slots[slot].value] = self._short(slot, owner)
        gradient = self.gradients.get(owner)
        if gradient is not None:
            names[gradient] = "g"
        for value, slot in written.items():
            names[value] = self._short(slot, owner)
        kept = set(written) | {v for v in sums if v in wanted}
        weak = {value for value in names if self.naming.called.get(value) is None}
        left = inlined(self.program, lines, names, weak, kept)
        self._apart(left, names)
        steps = []
        for line in left:
            out = line.outs[0]
            if out in sums:
                total = self.shared_name(sums[out])
                added = ast.BinOp(ast.Name(total), ast.Add(), self._put(line.expression, names))
                steps.append(Step(total, added, sums[out]))
            else:
                steps.append(Step(names[out], self._put(line.expression, names), out))
        key = self.stores.place[owner][1]
        read = {value for line in left for value in line.needs}
        opened = [
            (self._short(slot, owner), f"{self.stores.place[slot][0]}[name]")
            for slot in slots if self.program.slots[slot].value in read
        ]
        if gradient in read:
            opened.append(("g", "gradients[name]"))
        closed = [(f"{self.stores.place[slot][0]}[name]", names[value]) for value, slot in written.items()]
        return Loop([key], opened, steps, closed)

    def _short(self, slot: int, owner: int) -> str:
        if slot == owner:
            return "w"
        leaf = self.program.slots[slot].names[0].rpartition(".")[2]
        return MOMENTS.get(leaf, (leaf, leaf))[1]

    def _apart(self, lines: list[Line], names: dict[int, str]) -> None:
        """Let no name stand for two numbers at once."""
        for place, line in enumerate(lines):
            out = line.outs[0]
            later = {value for other in lines[place + 1 :] for value in other.needs}
            clash = {names[v] for v in later if v != out and v in names and not self._made_from(lines[place + 1 :], v)}
            if names[out] in clash:
                names[out] = f"new_{names[out]}"

    def _made_from(self, lines: list[Line], value: int) -> bool:
        return any(value in line.outs for line in lines)

    def _put(self, expression: ast.expr, names: Mapping[int, str]) -> ast.expr:
        given: dict[str, ast.expr] = {}
        for value in values_in(expression):
            if value in names:
                given[name_of(value)] = ast.Name(names[value])
            elif value in self.outer:
                given[name_of(value)] = self.outer[value]
            elif value in self.slot_of:
                given[name_of(value)] = self.stores.node(self.slot_of[value])
            else:
                given[name_of(value)] = ast.Name(self.shared_name(value))
        return substituted(expression, given)

