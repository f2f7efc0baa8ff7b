"""The backward pass of one step of a scan: what it needs, what leaves the loop, as a body of its own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from chainrule.ops.program import Entry, Program, Value
from chainrule.tape.backward import gradients
from chainrule.tape.body import Backwards, Body, Piece, Source, interpreter, with_results
from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.trace import recording


def enlarge(body: Body, needs: tuple[bool, ...]) -> Body:
    """The body that also gives, at every step, what its backward pass will need."""
    if body.base is not None:
        return body
    if needs not in body.enlarged:
        results = len(body.program.outputs) - body.states
        plan = _plan(body, needs, (True,) * results)
        if not plan.saved:
            body.enlarged[needs] = body
        else:
            body.enlarged[needs] = with_results(body, plan.saved)
    return body.enlarged[needs]


def backwards(body: Body, needs: tuple[bool, ...], given: tuple[bool, ...]) -> Backwards:
    """The backward step of a body whose saved values are all at hand."""
    key = (needs, given)
    if key in body.backwards:
        return body.backwards[key]
    base = body.base
    results = len(body.program.outputs) - body.states
    plain = len(base.program.outputs) - base.states if base is not None else results
    if base is not None and not any(given[plain:]):
        plan = _plan(base, needs, given[:plain])
        if all(value in body.extra for value in plan.saved):
            places = {value: body.extra[value] for value in plan.saved}
            body.backwards[key] = _placed(plan, places)
            return body.backwards[key]
    # A gradient of a gradient: it arrives at what was kept as well, and may need more of the way there.
    plan = _plan(body, needs, given)
    again = with_results(body, plan.saved) if plan.saved else None
    placed = _placed(plan, {value: results + i for i, value in enumerate(plan.saved)})
    placed.again = again
    body.backwards[key] = placed
    return placed


def _placed(plan: Backwards, places: dict[int, int]) -> Backwards:
    def found(source: Source) -> Source:
        return ("result", places[source[1]]) if source[0] == "saved" else source

    pieces = {i: [(kind, tuple(map(found, sources))) for kind, sources in rows] for i, rows in plan.pieces.items()}
    return replace(plan, sequences=[found(s) for s in plan.sequences], saved=[], pieces=pieces)


def _plan(body: Body, needs: tuple[bool, ...], given: tuple[bool, ...]) -> Backwards:
    """Trace one step forward and back, and part it into what is kept and what the backward body does."""
    n = body.states
    recorder = Recorder(concrete=False)
    with recording(recorder, grad=True):
        inputs = body.inputs(recorder)
        for x, need in zip(inputs, needs, strict=True):
            x.requires_grad = x.requires_grad and need
        outs = body.call(*inputs)
        mode.grad = False
        split = len(recorder.entries)
        wanted = [x for x in inputs if x.requires_grad]
        arriving, ds, results = [], [], []
        for place, out in enumerate(outs):
            if (place < n and out.dtype.kind == "f") or (place >= n and given[place - n]):
                d = recorder.input(recorder.values[recorder.read(out)]._replace(name="", grad_of=None))
                arriving.append((place, d))
                if out.requires_grad:
                    results.append(out)
                    ds.append(d)
        found = {id(x): slope for x, slope in gradients(results, ds, wanted, create_graph=False, retain_graph=True)}
        slope_of = [found.get(id(x)) for x in inputs]
        for i in range(n):  # a state that nothing depends on still hands its gradient on: zero
            if slope_of[i] is None and inputs[i].dtype.kind == outs[i].dtype.kind == "f":
                slope_of[i] = outs[i].detach() * 0.0
        return _part(recorder, body, split, inputs, arriving, slope_of)


def _part(  # noqa: C901 - one walk with three kinds of sources; apart they would share all of this state
    recorder: Recorder, body: Body, split: int, inputs: Sequence[Any], arriving: Sequence[tuple[int, Any]],
    slope_of: Sequence[Any],
) -> Backwards:
    n, m = body.states, body.sequences
    entries, values = recorder.entries, recorder.values
    trace = _Trace(entries, values, {out: i for i, entry in enumerate(entries) for out in entry.outs})
    place_of = {x._id: i for i, x in enumerate(inputs)}
    constant = {x._id for x in inputs[n + m :]} | {i for i, v in enumerate(values) if v.origin == "constant"}
    for entry in entries[:split]:  # what depends on constants alone is made again rather than kept
        if entry.args and all(a in constant for a in entry.args):
            constant.update(entry.outs)
    made: list[int] = []
    saved: list[int] = []

    def outer(value: int) -> Source | None:
        """Where a value of the forward step comes from, if it is one that differs from step to step."""
        if n <= place_of.get(value, -1) < n + m:
            return ("sequence", place_of[value] - n)
        if value not in constant and (value in place_of or trace.producer.get(value, split) < split):
            if value not in saved:
                saved.append(value)
            return ("saved", value)
        return None

    def stacked(value: int) -> Source:
        source = outer(value)
        if source is None:
            if value not in made:
                made.append(value)
            source = ("made", made.index(value))
        return source

    carried = [i for i in range(n) if slope_of[i] is not None]
    sequence_slopes = []
    for i in range(n, n + m):
        if slope_of[i] is not None and slope_of[i]._id not in made:
            made.append(slope_of[i]._id)
        sequence_slopes.append(made.index(slope_of[i]._id) if slope_of[i] is not None else None)
    pieces = {
        i: [trace.piece(term, stacked) for term in trace.terms(slope_of[n + m + i]._id)]
        for i in range(len(inputs) - n - m) if slope_of[n + m + i] is not None
    }

    # Walk back from what is wanted, as far as the forward step.
    outputs = [slope_of[i]._id for i in carried] + made
    d_states = {place: d._id for place, d in arriving if place < n}
    d_results = {d._id: place - n for place, d in arriving if place >= n}
    fed: dict[int, Source] = {}
    constants: dict[int, Source] = {}
    inside: set[int] = set()
    seen: set[int] = set(d_states.values())
    stack = list(outputs)
    while stack:
        value = stack.pop()
        if value in seen or values[value].origin == "constant":
            continue
        seen.add(value)
        source = outer(value)
        if value in d_results:
            fed[value] = ("d_result", d_results[value])
        elif source is not None:
            fed[value] = source
        elif value in place_of:
            constants[value] = ("constant", place_of[value] - n - m)
        else:
            inside.add(trace.producer[value])
            stack.extend(entries[trace.producer[value]].args)
    program = _extract(
        values, [entries[i] for i in sorted(inside)], [*(d_states[i] for i in carried), *fed, *constants], outputs
    )
    backward = Body(program, len(carried), len(fed), interpreter(program))
    slopes = [carried.index(i) if i in carried else None for i in range(n)]
    return Backwards(backward, list(fed.values()), list(constants.values()), saved, slopes, sequence_slopes, pieces)


class _Trace(NamedTuple):
    """One step forward and back, as it was recorded."""

    entries: Sequence[Entry]
    values: Sequence[Value]
    producer: dict[int, int]

    def made_by(self, name: str, value: int) -> Entry | None:
        """The entry that made a value, if it is of this primitive."""
        number = self.producer.get(value)
        return self.entries[number] if number is not None and self.entries[number].primitive == name else None

    def terms(self, value: int) -> list[int]:
        """The terms of a sum, written out."""
        entry = self.made_by("add", value)
        if entry is not None and all(self.values[a].shape == self.values[value].shape for a in entry.args):
            return [term for arg in entry.args for term in self.terms(arg)]
        return [value]

    def turned(self, value: int) -> int | None:
        """The matrix of which this value is the transpose."""
        entry = self.made_by("permute", value)
        return entry.args[0] if entry is not None and dict(entry.static)["axes"] == (1, 0) else None

    def piece(self, value: int, stacked: Callable[[int], Source]) -> Piece:
        """How one term of a constant's gradient leaves the loop."""
        inner = self.turned(value)
        product = self.made_by("matmul", value if inner is None else inner)
        if product is not None:
            left = self.turned(product.args[0])
            if left is not None and len(self.values[left].shape) == 2 and len(self.values[product.args[1]].shape) == 2:
                return ("product" if inner is None else "product_T", (stacked(left), stacked(product.args[1])))
        total = self.made_by("sum", value)
        if total is not None and len(self.values[total.args[0]].shape) == 2:
            static: dict[str, Any] = dict(total.static)
            if static["axes"] == (0,) and not static["keepdim"]:
                return ("rows", (stacked(total.args[0]),))
        return ("whole", (stacked(value),))


def _extract(
    values: Sequence[Value], entries: Sequence[Entry], inputs: Sequence[int], outputs: Sequence[int]
) -> Program:
    """A Program of some entries of a trace, from some of its values to others."""
    used = sorted({*inputs, *outputs, *(v for e in entries for v in (*e.args, *e.outs))})
    new = {old: i for i, old in enumerate(used)}

    def moved(ids: Sequence[int]) -> tuple[int, ...]:
        return tuple(new[i] for i in ids)

    kinds = tuple(
        values[old]._replace(origin="input", name="", grad_of=None) if old in inputs else values[old] for old in used
    )
    rows = tuple(e._replace(args=moved(e.args), outs=moved(e.outs), of=None, region=None) for e in entries)
    return Program(kinds, rows, inputs=moved(inputs), outputs=moved(outputs))
