"""Recurrence: one body applied step after step, and its derivative, which is a scan backwards.

The derivative runs the body's own backward pass, step by step from the last: what it needs of the way there is
stacked over the steps by an enlarged forward scan. Gradients of constants that are products summed over the steps
leave the loop: their factors are stacked, and one product over all steps follows (engine rule: dW = X.T @ dz once).
"""

from ast import literal_eval
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Primitive, Program, Value
from chainrule.ops.scan import SCAN_PREAMBLE, scan_shape, scan_text
from chainrule.ops.text import compile_program
from chainrule.tape.apply import apply, value_of
from chainrule.tape.backward import gradients
from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.trace import recording
from chainrule.tape.tracked import Node, Tracked, wrap

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor


Source = tuple[str, int]
Piece = tuple[str, tuple[Source, ...]]


@dataclass(eq=False)
class Body:
    """The body of a scan: its Program, the states it carries, the sequences it reads.

    Args:
        call: the body as a function of tensors.
        base: the body that was enlarged into this one by results that its backward pass needs.
        extra: for each value of the base's trace that was added, its place among the results.
    """

    program: Program
    states: int
    sequences: int
    call: Callable[..., Sequence[Any]]
    base: "Body | None" = None
    extra: dict[int, int] = field(default_factory=dict)
    enlarged: dict[Any, "Body"] = field(default_factory=dict)
    backwards: dict[Any, "Backwards"] = field(default_factory=dict)
    _run: Callable[..., Any] | None = None

    def loop(self, arrays: Sequence[Any], steps: int, reverse: bool) -> tuple[Any, ...]:
        """The whole scan on arrays."""
        if self._run is None:
            self._run = compile_program(self.program, "body")
        n, m = self.states, self.sequences
        results: tuple[Any, ...] = _LOOP(self._run, steps, reverse, arrays[:n], arrays[n : n + m], arrays[n + m :])
        return results


@dataclass(eq=False)
class Backwards:
    """One step of the backward pass, as a body of its own, and what to feed it.

    A source says where a stacked array comes from: ("d_result", i), ("sequence", i), ("result", i) or ("constant", i)
    of the forward scan, ("saved", value) of its trace until that is found among its results, ("made", i) by the
    backward scan. A piece says how a term of a constant's gradient is put together when the loop is over.
    """

    body: Body
    sequences: list[Source]
    constants: list[Source]
    saved: list[int]  # values of the trace that the forward scan must stack
    state_slopes: list[int | None]
    sequence_slopes: list[int | None]
    pieces: dict[int, list[Piece]]
    again: Body | None = None  # the forward scan to run once more, for what it did not keep the first time


def _static(body: Body, steps: int, reverse: bool) -> tuple[tuple[str, Any], ...]:
    return (("body", body), ("steps", steps), ("reverse", reverse), ("states", body.states), ("sequences", body.sequences))


def _shape(*values: Value, body: Body, **rest: Any) -> tuple[Value, ...]:
    return scan_shape(*values, body=body.program, **rest)


def _text(*names: str, body: Any, **rest: Any) -> str:
    return scan_text(*names, body=body, **rest)


_BODIES: "WeakKeyDictionary[Callable[..., Any], dict[Any, Body]]" = WeakKeyDictionary()


def scan(
    body: Callable[..., tuple[Sequence["Tensor"], Sequence["Tensor"]]], states: Sequence["Tensor"],
    sequences: Sequence["Tensor"], constants: Sequence["Tensor"] = (), reverse: bool = False, **static: Any,
) -> tuple[tuple["Tensor", ...], tuple["Tensor", ...]]:
    """Apply `body` step after step, carrying states.

    (s_{t+1}, y_t) = body(s_t, x_t, constants)

    Args:
        body: a function of tensors alone, made once: `body(*states, *steps, *constants, **static)` gives
            (new states, results).
        states: what is carried; each keeps its shape.
        sequences: read one step at a time; steps are the first axis, (T, …).
        constants: the same at every step.
        reverse: begin with the last step.
        static: passed on to the body; hashable.

    Returns:
        tuple: the last states; the results of every step, stacked, (T, …).
    """
    first = [x.detach()[0] if mode.recorder is None else None for x in sequences]
    if mode.recorder is None:
        values = [value_of(x) for x in (*states, *first, *constants)]
    else:
        values = [*(_described(x) for x in states), *(_step_of(_described(x)) for x in sequences), *(_described(x) for x in constants)]
    known = _BODIES.setdefault(body, {})
    key = (tuple((v.shape, v.dtype, v.order) for v in values), len(states), len(sequences), tuple(static.items()))
    found = known.get(key)
    if found is None:
        found = known[key] = _trace(lambda *args: _flat(body(*args, **static)), values, len(states), len(sequences))
    args = (*states, *sequences, *constants)
    outs = apply_scan(found, args, sequences[0].shape[0], reverse)
    return outs[: len(states)], outs[len(states) :]


def _flat(results: tuple[Sequence[Any], Sequence[Any]]) -> Sequence[Any]:
    return [*results[0], *results[1]]


def _described(x: Any) -> Value:
    recorder = mode.recorder
    assert recorder is not None  # noqa: S101 - only asked for in a recording
    return recorder.values[recorder.read(x)]


def _step_of(value: Value) -> Value:
    order = tuple(axis - 1 for axis in value.order if axis)
    return value._replace(shape=value.shape[1:], order=order, rows=None if value.rows in (None, 0) else value.rows - 1)


def _trace(call: Callable[..., Sequence[Any]], values: Sequence[Value], states: int, sequences: int) -> Body:
    recorder = Recorder(concrete=False)
    with recording(recorder, grad=False):
        inputs = [recorder.input(value._replace(name="", grad_of=None)) for value in values]
        outs = call(*inputs)
        program, _ = recorder.finish(list(outs))
    return Body(program, states, sequences, call)


def apply_scan(body: Body, args: tuple[Any, ...], steps: int, reverse: bool) -> tuple["Tensor", ...]:
    """A scan with a traced body: recorded, or run; enlarged where a gradient will be wanted."""
    count = len(body.program.outputs)
    wanted = mode.grad and any(arg.requires_grad for arg in args)
    if wanted:
        body = enlarge(body, _needs(args, body.states))
    static = _static(body, steps, reverse)
    recorder = mode.recorder
    if recorder is not None:
        return recorder.apply(SCAN, args, static)[:count]
    results = body.loop([arg._array for arg in args], steps, reverse)
    made = tuple(wrap(result) for result in results)
    if wanted:
        node = Node(SCAN, static, args, results, len(results))
        for place, tensor in enumerate(made):
            if results[place].dtype.kind == "f":
                tensor._node, tensor._out, tensor.requires_grad = node, place, True
    return made[:count]


def _loop() -> Callable[..., Any]:
    import numpy as np

    namespace: dict[str, Any] = {"np": np}
    exec(compile(SCAN_PREAMBLE, "<chainrule scan>", "exec"), namespace)  # noqa: S102 - our own text
    loop: Callable[..., Any] = namespace["scan"]
    return loop


_LOOP = _loop()


# --- the derivative -------------------------------------------------------------------------------------------------


def _slopes(*given: Any, body: Body, steps: int, reverse: bool, states: int, sequences: int) -> tuple[Any, ...]:
    count, width = len(body.program.outputs), len(body.program.inputs)
    ds, args, outs = given[:count], given[count : count + width], given[count + width :]
    needs = _needs(args, states)
    plan = backwards(body, needs, tuple(d is not None for d in ds[states:]))
    if plan.again is not None:
        outs = apply_scan(plan.again, args, steps, reverse)
    source = {
        "d_result": ds[states:], "sequence": args[states : states + sequences], "result": outs[states:],
        "constant": args[states + sequences :],
    }
    starts = [
        ds[i] if ds[i] is not None else args[i].detach() * 0.0 for i, slope in enumerate(plan.state_slopes) if slope is not None
    ]
    fed = [source[kind][i] for kind, i in (*plan.sequences, *plan.constants)]
    results = apply_scan(plan.body, (*starts, *fed), steps, not reverse)
    source["made"] = results[plan.body.states :]
    slopes: list[Any] = [None if place is None else results[place] for place in plan.state_slopes]
    slopes += [None if place is None else source["made"][place] for place in plan.sequence_slopes]
    slopes += [
        _together([(kind, [source[of][j] for of, j in places]) for kind, places in plan.pieces.get(i, [])])
        for i in range(width - states - sequences)
    ]
    return tuple(slopes)


def _needs(args: Sequence[Any], states: int) -> tuple[bool, ...]:
    """Which gradients are wanted; through a state they flow on in any case."""
    return tuple(_is_float(arg) and (i < states or arg.requires_grad) for i, arg in enumerate(args))


def _is_float(arg: Any) -> bool:
    return bool(arg.dtype.kind == "f")


def _together(pieces: Sequence[tuple[str, Sequence[Any]]]) -> Any:
    """A constant's gradient from its pieces: products and sums over all steps at once."""
    total = None
    for kind, parts in pieces:
        if kind in ("product", "product_T"):
            a, b = (x.reshape((-1, x.shape[-1])) for x in parts)  # (T·B, …)
            part = a.T @ b if kind == "product" else (a.T @ b).T
        elif kind == "rows":
            part = parts[0].reshape((-1, parts[0].shape[-1])).sum(0)
        else:
            part = parts[0].sum(0)
        total = part if total is None else total + part
    return total


SCAN = Primitive(
    "scan", _shape, _text, derivative=_slopes, formula=r"(s_{{t+1}}, y_t) = f(s_t, x_t)", preamble=SCAN_PREAMBLE,
)


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
            body.enlarged[needs] = _with_results(body, plan.saved)
    return body.enlarged[needs]


def _with_results(body: Body, saved: Sequence[int]) -> Body:
    recorder = Recorder(concrete=False)
    with recording(recorder, grad=True):
        inputs = _inputs(recorder, body)
        outs = list(body.call(*inputs))
        mode.grad = False
        count = len(outs)
        outs += [recorder.tensor(value) for value in saved]
        program, _ = recorder.finish(outs)
    extra = {value: count - body.states + i for i, value in enumerate(saved)}
    return Body(program, body.states, body.sequences, lambda *args: interpret(program, args), body, extra)


def _inputs(recorder: Recorder, body: Body) -> list["Tensor"]:
    made = []
    for i in body.program.inputs:
        x = recorder.input(body.program.values[i])
        x.requires_grad = body.program.values[i].dtype.startswith("float")
        made.append(x)
    return made


def interpret(program: Program, args: Sequence[Any]) -> list[Any]:
    """Run a Program entry by entry on tensors, so that it can be recorded and differentiated again."""
    held: dict[int, Any] = dict(zip(program.inputs, args, strict=True))
    for i, value in enumerate(program.values):
        if value.origin == "constant" and value.dtype == WEAK:
            held[i] = float(value.name) if value.name.lstrip("-") in ("inf", "nan") else literal_eval(value.name)
    for entry in program.entries:
        given = tuple(held[a] for a in entry.args)
        if entry.body is not None:
            static = dict(entry.static)
            inner = Body(entry.body, int(str(static["states"])), int(str(static["sequences"])), _interpreter(entry.body))
            outs = apply_scan(inner, given, int(str(static["steps"])), bool(static["reverse"]))
        else:
            outs = (apply(PRIMITIVES[entry.primitive], given, entry.static),)
        held.update(zip(entry.outs, outs, strict=True))
    return [held[o] for o in program.outputs]


def _interpreter(program: Program) -> Callable[..., Sequence[Any]]:
    return lambda *args: interpret(program, args)


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
    again = _with_results(body, plan.saved) if plan.saved else None
    placed = _placed(plan, {value: results + i for i, value in enumerate(plan.saved)})
    placed.again = again
    body.backwards[key] = placed
    return placed


def _placed(plan: Backwards, places: dict[int, int]) -> Backwards:
    def found(source: Source) -> Source:
        return ("result", places[source[1]]) if source[0] == "saved" else source

    pieces = {i: [(kind, tuple(map(found, sources))) for kind, sources in rows] for i, rows in plan.pieces.items()}
    return Backwards(
        plan.body, [found(s) for s in plan.sequences], plan.constants, [], plan.state_slopes, plan.sequence_slopes, pieces
    )


def _plan(body: Body, needs: tuple[bool, ...], given: tuple[bool, ...]) -> Backwards:
    """Trace one step forward and back, and part it into what is kept and what the backward body does."""
    n, m = body.states, body.sequences
    recorder = Recorder(concrete=False)
    with recording(recorder, grad=True):
        inputs = _inputs(recorder, body)
        for x, need in zip(inputs, needs, strict=True):
            x.requires_grad = x.requires_grad and need
        outs = body.call(*inputs)
        mode.grad = False
        split = len(recorder.entries)
        wanted = [x for x in inputs if x.requires_grad]
        arriving, ds, results = [], [], []
        for place, out in enumerate(outs):
            if (place < n and _is_float(out)) or (place >= n and given[place - n]):
                d = recorder.input(recorder.values[recorder.read(out)]._replace(name="", grad_of=None))
                arriving.append((place, d))
                if out.requires_grad:
                    results.append(out)
                    ds.append(d)
        found = {id(x): slope for x, slope in gradients(results, ds, wanted, create_graph=False, retain_graph=True)}
        slope_of = [found.get(id(x)) for x in inputs]
        for i in range(n):  # a state that nothing depends on still hands its gradient on: zero
            if slope_of[i] is None and _is_float(inputs[i]) and _is_float(outs[i]):
                slope_of[i] = outs[i].detach() * 0.0
        return _part(recorder, body, split, inputs, arriving, slope_of)


def _part(
    recorder: Recorder, body: Body, split: int, inputs: Sequence[Any], arriving: Sequence[tuple[int, Any]], slope_of: Sequence[Any]
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
    backward = Body(program, len(carried), len(fed), lambda *args: interpret(program, args))
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
            static = dict(total.static)
            if static["axes"] == (0,) and not static["keepdim"]:
                return ("rows", (stacked(total.args[0]),))
        return ("whole", (stacked(value),))


def _extract(values: Sequence[Value], entries: Sequence[Entry], inputs: Sequence[int], outputs: Sequence[int | None]) -> Program:
    """A Program of some entries of a trace, from some of its values to others."""
    used = sorted({*inputs, *(o for o in outputs if o is not None), *(v for e in entries for v in (*e.args, *e.outs))})
    new = {old: i for i, old in enumerate(used)}
    kinds = [values[old]._replace(origin="input", name="", grad_of=None) if old in inputs else values[old] for old in used]
    moved = tuple(
        entry._replace(args=tuple(new[a] for a in entry.args), outs=tuple(new[o] for o in entry.outs), of=None, region=None)
        for entry in entries
    )
    return Program(tuple(kinds), moved, inputs=tuple(new[i] for i in inputs), outputs=tuple(new[o] for o in outputs if o is not None))
