"""The backward pass of one node: with tensors (recorded, differentiable again), or compiled once and for all."""

from collections.abc import Sequence
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
    operation = node.operation
    if mode.grad and not isinstance(operation, Primitive):
        outs = operation.parts(inputs, node.static)  # so that what was saved hangs on the inputs again
    else:
        outs = [wrap(array) for array in node.outs]
        for place, out in enumerate(outs):
            if recorder is not None:
                if not node.ids:
                    raise GradientError("tape.before_recording", operation.name)
                out._recorder, out._id = recorder, node.ids[place]
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


def compiled_slopes(node: Node, ds: Sequence[Any], needs: tuple[bool, ...]) -> list[Any]:
    """The gradients of a node's inputs as arrays, by a text compiled for these shapes and these needs."""
    operation = node.operation
    inputs = node.inputs or ()
    key = node.key
    if key is None:
        by_value = getattr(operation, "bakes_numbers", False)
        key = node.key = (node.static, *[signature(arg, by_value) for arg in inputs])
    given = tuple([d is not None for d in ds]) if len(ds) > 1 else ()
    compiled = operation.slopes.get((key, given, needs))
    if compiled is None:
        compiled = operation.slopes[key, given, needs] = _compile(node, ds, needs)
    outs = node.outs
    count, split = len(ds), len(ds) + len(inputs)
    arguments = []
    for place in compiled.used:
        if place < count:
            arguments.append(ds[place])
        elif place < split:
            arg = inputs[place - count]
            if isinstance(arg, Tracked):
                if arg._storage is not None and arg._storage.written > node.number:
                    raise GradientError("tape.changed", operation.name, name=operation.name, shape=arg._array.shape)
                arguments.append(arg._array)
            else:
                arguments.append(arg)
        else:
            if node.storage is not None and node.storage.written > node.number:
                shape = outs[place - split].shape
                raise GradientError("tape.changed", operation.name, name=operation.name, shape=shape)
            arguments.append(outs[place - split])
    results = compiled.run(*arguments)
    return [None if place is None else results[place] for place in compiled.results]


def _compile(node: Node, ds: Sequence[Any], needs: tuple[bool, ...]) -> Compiled:
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
    return compile_traced(backward, plain, f"{operation.name}_backward")
