"""Recurrence: the nests of one step, run over all steps by one shard of the rows after the other."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from chainrule.ops.program import Entry, Program, Value
from chainrule.program.loops.lowering.lower import Lowering, Rule
from chainrule.program.loops.nests import Footprint, Nest, Scan
from chainrule.program.loops.stages import track_of
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import Buffer, View, dense, joined


class _Step(Lowering):
    """The nests of one step; what does not change from step to step is computed before the loop.

    Args:
        program: the body.
        given: where its inputs lie.
        around: the lowering that the scan stands in.
        label: what people call it.
    """

    def __init__(self, program: Program, given: dict[int, View], around: Lowering, label: str) -> None:
        super().__init__(program, around.rules, given)
        self.around = around
        self.own_label = label

    def _label(self, entry: Entry) -> str:
        inner = super()._label(entry)
        return self.own_label if inner == entry.primitive else f"{self.own_label}, {inner}"

    def copied(self, view: View, order: Sequence[int] | None = None) -> View:
        home = self.home(view)
        return super().copied(view, order) if home is self else home.copied(view, order)

    def home(self, view: View) -> Lowering:
        """Where a copy is made: outside, of what does not change from step to step."""
        steady = view.buffer.base is None and not any(
            part.writes and part.buffer is view.buffer for nest in self.nests for part in nest.footprints(1) or ()
        )
        return self.around.home(view) if steady else self


def _scan(lowering: Lowering, entry: Entry, steps: int, reverse: bool, states: int, sequences: int) -> None:
    body = entry.body
    assert body is not None
    views = [_steady(lowering, lowering.view(arg)) for arg in entry.args]
    given: dict[int, View] = {}
    stacks = []
    for place, index in enumerate(body.inputs):
        value = body.values[index]
        if place < states:
            size = prod(value.shape)
            stack = Buffer(value.dtype, size * (steps + 1), name=f"state{place}")
            start = dense(stack, _c_ordered(value))
            lowering.emit_map(start, ("load", views[place]), value.dtype)
            given[index] = start._replace(buffer=_step_of(stack, 0, size))
            stacks.append((stack, size))
        elif place < states + sequences:
            given[index] = _step_view(lowering, views[place], steps, reverse)
        else:
            given[index] = views[place]
    inner = _Step(body, given, lowering, lowering.label)
    inner.run()
    for place, index in enumerate(body.outputs):
        value = _c_ordered(body.values[index])
        size = prod(value.shape)
        if place < states:
            stack = stacks[place][0]
            out = Buffer(value.dtype, size, "step", name=f"state{place}_next", base=stack, first=size, each=size)
            lowering.views[entry.outs[place]] = dense(stack, value)._replace(offset=steps * size)
        else:
            whole = lowering.value(entry.outs[place])
            collected = Buffer(value.dtype, size * steps, name=f"steps{place}")
            lowering.views[entry.outs[place]] = dense(collected, _c_ordered(whole))
            out = _step_of(collected, (steps - 1) * size if reverse else 0, -size if reverse else size)
        inner.label = inner.own_label
        inner.emit_map(dense(out, value), inner.operand(index), value.dtype)
    nests = _needed(inner.nests)
    lowering.nests.append(Scan(lowering.label, [], steps, nests, _rows(nests)))


def _steady(lowering: Lowering, view: View) -> View:
    """What moves from step to step of the training is copied: inside a scan, steps are those of the scan."""
    return lowering.copied(view) if view.buffer.kind in ("input", "control") else view


def _c_ordered(value: Value) -> Value:
    return value._replace(order=tuple(range(len(value.shape))))


def _step_of(buffer: Buffer, first: int, each: int) -> Buffer:
    return Buffer(buffer.dtype, buffer.size, "step", name=f"{buffer.name}_step", base=buffer, first=first, each=each)


def _step_view(lowering: Lowering, view: View, steps: int, reverse: bool) -> View:
    """One step of a sequence."""
    if len(joined(view.axes[0])) > 1:
        view = lowering.copied(view)
    each = joined(view.axes[0])[0][1] if view.axes[0] else 0
    if view.buffer.kind in ("number", "arange"):
        raise Unsupported("a scan over numbers that stand in the text")
    first = (steps - 1) * each if reverse else 0
    return View(_step_of(view.buffer, first, -each if reverse else each), view.offset, view.axes[1:])


def _needed(nests: list[Nest]) -> list[Nest]:
    wanted: set[Buffer] = set()
    kept: list[Nest] = []
    for nest in reversed(nests):
        parts = nest.footprints(1) or []
        if any(p.writes and (p.buffer in wanted or p.buffer.kind != "temporary") for p in parts):
            kept.append(nest)
            wanted.update(p.buffer for p in parts)
    return kept[::-1]


def _rows(nests: list[Nest]) -> int:
    """Into how many pieces all steps fall, each with what it carried itself."""
    items = list(enumerate(nests))
    for units in sorted({nest.units for nest in nests}, reverse=True):
        if units > 1 and track_of(units, items) is not None and _carried(nests, units):
            return units
    return 1


def _carried(nests: list[Nest], units: int) -> bool:
    """Whether a unit reads of the states only what the same unit has carried."""
    own: dict[Buffer, list[Footprint]] = {}
    for nest in nests:
        for part in nest.footprints(units) or ():
            if part.buffer.base is not None:
                own.setdefault(part.buffer.base, []).append(part)
    for parts in own.values():
        if any(part.writes for part in parts):
            stride = parts[0].stride
            low, high = min(p.low for p in parts), max(p.high for p in parts)
            if stride <= 0 or any(p.stride != stride for p in parts) or high - low >= stride:
                return False
    return True


RULES: dict[str, Rule] = {"scan": _scan}
