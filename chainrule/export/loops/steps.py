"""A recurrence as a loop over steps: states in arrays of their own, replaced at the end of each step."""

from typing import TYPE_CHECKING, Any

from chainrule.export.loops.index import Axis, Digit, Linear
from chainrule.export.loops.seen import Seen, Text, kind_of
from chainrule.ops.program import Entry

if TYPE_CHECKING:
    from chainrule.export.loops.lowering import Lowering


def scan(to: "Lowering", entry: Entry, static: dict[str, Any]) -> tuple[Seen, ...]:
    """The last states, then what every step gave."""
    assert entry.body is not None
    writer, body, count, steps = to.writer, entry.body, static["states"], static["steps"]
    args = [to.held(to.seen(arg), "sums") for arg in entry.args]
    states, sequences = args[:count], args[count : count + static["sequences"]]
    if not writer.depth:
        writer.remark(f"{steps} steps in time{', the last one first' if static['reverse'] else ''}")
    carried = [writer.buffer("state", seen.kind, seen.shape) for seen in states]
    for target, seen in zip(carried, states, strict=True):
        writer.fill(target, seen, said=False)
    values = to.program.values
    stacked = []
    for out in entry.outs[count:]:
        known = to.targets.get(out)
        stacked.append(known or writer.buffer("steps", kind_of(values[out].dtype), values[out].shape))
    step = writer.open(steps) if steps > 1 else Linear()
    at = step.times(-1).and_(Linear((), steps - 1)) if static["reverse"] else step
    axis: Axis = (Digit(at, steps),) if steps > 1 else ()
    inner = to.inside(body)
    given = [*carried, *(_at(seen, axis) for seen in sequences), *args[count + len(sequences) :]]
    inner.values = dict(zip(body.inputs, given, strict=True))
    inner.write()
    ends: dict[int, Seen] = {}
    for value in dict.fromkeys(body.outputs):
        seen = inner.seen(value)
        stays = seen.own and seen not in carried  # else it may be a state, or part of one, that is written below
        ends[value] = inner.held(seen, "next") if seen.cost or stays else _copied(to, seen)
    for target, value in zip(carried, body.outputs[:count], strict=True):
        writer.fill(target, ends[value], said=False)
    for target, value in zip(stacked, body.outputs[count:], strict=True):
        writer.fill(_at(target, axis), ends[value], said=False)
    if steps > 1:
        writer.close()
    return (*carried, *stacked)


def _at(seen: Seen, axis: Axis) -> Seen:
    """One step of a sequence."""

    def read(where: list[Axis]) -> Text:
        return seen.read([axis, *where])

    return Seen(seen.shape[1:], seen.kind, read, seen.parts[1:])


def _copied(to: "Lowering", seen: Seen) -> Seen:
    made = to.writer.buffer("next", seen.kind, seen.shape)
    to.writer.fill(made, seen, said=False)
    return made
