"""Recurrence: one body applied step after step, and its derivative, which is a scan backwards.

The derivative runs the body's own backward pass, step by step from the last: what it needs of the way there is
stacked over the steps by an enlarged forward scan. Gradients of constants that are products summed over the steps
leave the loop: their factors are stacked, and one product over all steps follows (engine rule: dW = X.T @ dz once).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from chainrule.errors import ShapeError
from chainrule.ops.program import Primitive, Value
from chainrule.ops.scan import SCAN_PREAMBLE, scan_shape, scan_text
from chainrule.tape.apply import value_of
from chainrule.tape.body import Body, trace_body
from chainrule.tape.mode import mode
from chainrule.tape.scan_slopes import backwards, enlarge
from chainrule.tape.slopes import MOST_TEXTS
from chainrule.tape.tracked import Node, wrap

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor


def _static(body: Body, steps: int, reverse: bool) -> tuple[tuple[str, Any], ...]:
    sizes = (("states", body.states), ("sequences", body.sequences))
    return (("body", body), ("steps", steps), ("reverse", reverse), *sizes)


def _shape(*values: Value, body: Body, **rest: Any) -> tuple[Value, ...]:
    return scan_shape(*values, body=body.program, **rest)


def _text(*names: str, body: Any, **rest: Any) -> str:
    return scan_text(*names, body=body, **rest)


_BODIES: dict[Any, Body] = {}


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
    steps = sequences[0].shape[0]
    if steps < 1:
        raise ShapeError("ops.scan", "scan", steps=steps)
    first = [x.detach()[0] if mode.recorder is None else None for x in sequences]
    if mode.recorder is None:
        values = [value_of(x) for x in (*states, *first, *constants)]
    else:
        read = [_described(x) for x in (*states, *sequences, *constants)]
        n, m = len(states), len(sequences)
        values = [*read[:n], *(_step_of(x) for x in read[n : n + m]), *read[n + m :]]
    key = (body, tuple((v.shape, v.dtype, v.order) for v in values), len(states), len(sequences), tuple(static.items()))
    found = _BODIES.get(key)
    if found is None:
        if len(_BODIES) >= MOST_TEXTS:
            _BODIES.clear()
        call = lambda *args: _flat(body(*args, **static))
        found = _BODIES[key] = trace_body(call, values, len(states), len(sequences))
    args = (*states, *sequences, *constants)
    outs = apply_scan(found, args, steps, reverse)
    return outs[: len(states)], outs[len(states) :]


def _flat(results: tuple[Sequence[Any], Sequence[Any]]) -> Sequence[Any]:
    return [*results[0], *results[1]]


def _described(x: Any) -> Value:
    recorder = mode.recorder
    assert recorder is not None
    return recorder.values[recorder.read(x)]


def _step_of(value: Value) -> Value:
    order = tuple(axis - 1 for axis in value.order if axis)
    return value._replace(shape=value.shape[1:], order=order, rows=None if value.rows in (None, 0) else value.rows - 1)


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
    carried = [i for i, slope in enumerate(plan.state_slopes) if slope is not None]
    starts = [ds[i] if ds[i] is not None else args[i].detach() * 0.0 for i in carried]
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


