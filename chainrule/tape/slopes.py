"""The backward pass of one node: with tensors (recorded, differentiable again), or compiled once and for all."""

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.errors import GradientError
from chainrule.ops.program import Primitive, Value
from chainrule.tape.apply import value_of
from chainrule.tape.mode import mode
from chainrule.tape.trace import Compiled, compile_traced
from chainrule.tape.tracked import Node, Tracked, signature, wrap


def derive(
    operation: Any, ds: Sequence[Any], inputs: Sequence[Any], outs: Sequence[Any], static: Any
) -> tuple[Any, ...]:
    """The gradients of the inputs, by the rule that stands under the operation; None where there is none."""
    if not isinstance(operation, Primitive):
        slopes: tuple[Any, ...] = operation.slopes_of(*ds, *inputs, *outs, **dict(static))
        return slopes
    if operation.derivative is None:
        raise GradientError("tape.no_derivative", operation.name, name=operation.name)
    slopes = operation.derivative(*ds, *inputs, *outs, **dict(static))
    if operation.broadcasts:
        arrays = [isinstance(arg, Tracked) and not arg._weak for arg in inputs]
        return tuple(
            slope.sum_to(signature(arg)[0]) if array and slope is not None else None
            for slope, arg, array in zip(slopes, inputs, arrays, strict=True)
        )
    return slopes


def slopes_with_tensors(node: Node, ds: Sequence[Any]) -> tuple[Any, ...]:
    """The gradients of a node's inputs as tensors: recorded, and differentiable again while `mode.grad` holds."""
    recorder = mode.recorder
    inputs = node.inputs or ()
    if recorder is None and node.ids:  # controls are numbers again once the recording is over
        inputs = tuple(arg._array if isinstance(arg, Tracked) and arg._weak else arg for arg in inputs)
    operation = node.operation
    if mode.grad and not isinstance(operation, Primitive):
        outs = operation.parts(inputs, node.static)  # so that what was saved hangs on the inputs again
    else:
        outs = [wrap(array) for array in node.outs]
        for place, out in enumerate(outs):
            if recorder is not None:
                if node.ids:
                    out._recorder, out._id = recorder, node.ids[place]
                else:
                    recorder.give_up("tape.before_recording", operation.name)
            if mode.grad and place < node.count:
                out._node, out._out, out.requires_grad = node, place, True
    before = recorder.region if recorder is not None else None
    if recorder is not None and node.region is not None:
        before = recorder.open_region(operation.name, backward_of=node.region)
    slopes = derive(operation, ds, inputs, outs, node.static)
    if recorder is not None:
        recorder.mark_slopes(node, slopes)
        recorder.close_region(before)
    return slopes


def compiled_slopes(node: Node, ds: Sequence[Any], needs: tuple[bool, ...]) -> Sequence[Any]:
    """The gradients of a node's inputs as arrays, by a text compiled for these shapes and these needs."""
    inputs = node.inputs or ()
    if node.ids:  # it was recorded: there is no text of its own
        slopes = slopes_with_tensors(node, [None if d is None else wrap(d) for d in ds])
        return [None if slope is None else slope._array for slope in slopes]
    wanted: Any = needs if len(ds) == 1 else (needs, tuple([d is not None for d in ds]))
    if node.compiled is not None:
        known = node.compiled.slopes
    else:
        known = node.operation.slopes
        by_value = node.operation.bakes_numbers
        wanted = (wanted, node.static, *[signature(arg, by_value) for arg in inputs])
    run = known.get(wanted)
    if run is None:
        if len(known) >= MOST_TEXTS:
            known.clear()
        run = known[wanted] = _compile(node, ds, needs)
    found: Sequence[Any] = run(node, ds, inputs, node.outs)
    return found


MOST_TEXTS = 1024
"""So many combinations of shapes are kept compiled; sequences of ever new lengths must not fill the memory."""


def changed(node: Node, array: Any) -> None:
    """Refuse a gradient whose ingredients were written to after they were used."""
    raise GradientError("tape.changed", node.operation.name, name=node.operation.name, shape=array.shape)


def _caller(compiled: Compiled, count: int, inputs: Sequence[Any]) -> Callable[..., Sequence[Any]]:
    """A function that hands the text what it takes, and looks whether it is still what it was."""
    lines, arguments, split = [], [], count + len(inputs)
    for place in compiled.used:
        if place < count:
            arguments.append(f"ds[{place}]")
        elif place >= split:
            arguments.append(f"outs[{place - split}]")
        elif isinstance(inputs[place - count], Tracked):
            lines.append(f"    x{place} = inputs[{place - count}]")
            lines.append(f"    if x{place}._storage is not None and x{place}._storage.written > node.number:")
            lines.append(f"        changed(node, x{place}._array)")
            arguments.append(f"x{place}._array")
        else:
            arguments.append(f"inputs[{place - count}]")
    if any(place >= split for place in compiled.used):
        lines.append("    if node.storage is not None and node.storage.written > node.number:")
        lines.append("        changed(node, outs[0])")
    lines.append(f"    results = run({', '.join(arguments)})")
    results = ["None" if place is None else f"results[{place}]" for place in compiled.results]
    text = "\n".join(["def call(node, ds, inputs, outs):", *lines, f"    return ({', '.join(results)},)", ""])
    space: dict[str, Any] = {"run": compiled.run, "changed": changed}
    exec(compile(text, "<chainrule gather>", "exec"), space)  # noqa: S102 - our own text
    call: Callable[..., Sequence[Any]] = space["call"]
    return call


def _compile(node: Node, ds: Sequence[Any], needs: tuple[bool, ...]) -> Callable[..., Sequence[Any]]:
    operation, inputs = node.operation, node.inputs or ()
    by_value = getattr(operation, "bakes_numbers", False)
    described: list[Any] = [
        arg if arg is None or (by_value and not isinstance(arg, Tracked)) else value_of(arg) for arg in inputs
    ]
    outs = [value_of(wrap(array)) for array in node.outs]
    gradients: list[Any] = [outs[place] if d is not None else None for place, d in enumerate(ds)]
    arguments = [*gradients, *described, *outs]
    split = len(ds) + len(inputs)

    def backward(*given: Any) -> list[Any]:
        for arg, need in zip(given[len(ds) : split], needs, strict=True):
            if isinstance(arg, Tracked):
                arg.requires_grad = need
        slopes = derive(operation, given[: len(ds)], given[len(ds) : split], given[split:], node.static)
        return [slope if need else None for slope, need in zip(slopes, needs, strict=True)]

    plain = [arg._replace(origin="input", name="") if isinstance(arg, Value) else arg for arg in arguments]
    return _caller(compile_traced(backward, plain, f"{operation.name}_backward"), len(ds), inputs)
