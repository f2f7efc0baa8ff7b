"""The chain rule over a whole graph: gradients flow from the result back to the leaves, each node once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from chainrule.errors import GradientError
from chainrule.ops.arithmetic import ADD
from chainrule.tape.apply import apply
from chainrule.tape.mode import mode
from chainrule.tape.slopes import compiled_slopes, slopes_with_tensors
from chainrule.tape.tracked import Node, Tracked, wrap

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor

Target = tuple[Node, int] | int


def _target(tensor: Any) -> Target:
    return (tensor._node, tensor._out) if tensor._node is not None else id(tensor)


def gradients(
    outputs: Sequence["Tensor"], ds: Sequence["Tensor"], wanted: Sequence["Tensor"] | None,
    create_graph: bool, retain_graph: bool,
) -> list[tuple["Tensor", "Tensor"]]:
    """Gradients of `outputs`, weighted by `ds`, for every leaf, or for the `wanted` tensors alone.

    Returns:
        list: (tensor, its gradient), leaves in the order in which the graph meets them.
    """
    with_tensors = create_graph or mode.recorder is not None
    unwrap = (lambda t: t) if with_tensors else (lambda t: t._array)
    targets = None if wanted is None else {_target(tensor) for tensor in wanted}
    nodes = _nodes(outputs)
    useful = None if targets is None else _useful(nodes, targets)
    pending: dict[Node, list[Any]] = {}
    leaves: dict[Target, tuple[Any, Any]] = {}
    before = mode.grad
    mode.grad = create_graph
    try:
        for output, d in zip(outputs, ds, strict=True):
            _give(pending, leaves, output, unwrap(d), with_tensors)
        for node in nodes:
            ready = pending.pop(node, None)
            if ready is None:
                continue
            if node.hooks is not None:
                ready = [_hooked(node.hooks.get(i), d, with_tensors) for i, d in enumerate(ready)]
            if targets is not None:
                for place, d in enumerate(ready):
                    if (node, place) in targets and d is not None:
                        leaves[node, place] = (None, d)
                if useful is not None and node not in useful:
                    continue
            inputs = node.inputs
            if inputs is None:
                raise GradientError("tape.used_up", node.operation.name)
            needs = tuple([
                isinstance(arg, Tracked) and arg.requires_grad and (targets is None or _leads(arg, targets, useful))
                for arg in inputs
            ])
            slopes: Sequence[Any]
            if with_tensors:
                slopes = slopes_with_tensors(node, ready)
            else:
                slopes = compiled_slopes(node, ready, needs)
            for arg, slope, need in zip(inputs, slopes, needs, strict=True):
                if need and slope is not None:
                    _give(pending, leaves, arg, slope, with_tensors)
            if not (retain_graph or create_graph):
                node.inputs, node.outs = None, ()
    finally:
        mode.grad = before
    if wanted is not None:
        found = []
        for tensor in wanted:
            if _target(tensor) in leaves:
                d = leaves[_target(tensor)][1]
                hooks = tensor._hooks if tensor._node is None else None
                found.append((tensor, _as_tensor(_hooked(hooks, d, with_tensors), with_tensors)))
        return found
    return [(leaf, _as_tensor(_hooked(leaf._hooks, d, with_tensors), with_tensors)) for leaf, d in leaves.values()]


def _as_tensor(d: Any, with_tensors: bool) -> "Tensor":
    made: Tensor = d if with_tensors else wrap(d)
    return made


def _give(pending: dict[Node, list[Any]], leaves: dict[Target, tuple[Any, Any]], tensor: Any, d: Any, with_tensors: bool) -> None:
    node = tensor._node
    if node is None:
        if tensor.requires_grad:
            held = leaves.get(id(tensor))
            leaves[id(tensor)] = (tensor, d if held is None else _sum(held[1], d, with_tensors))
        return
    waiting = pending.get(node)
    if waiting is None:
        waiting = pending[node] = [None] * node.count
    held = waiting[tensor._out]
    waiting[tensor._out] = d if held is None else _sum(held, d, with_tensors)


def _sum(a: Any, b: Any, with_tensors: bool) -> Any:
    return apply(ADD, (a, b)) if with_tensors else a + b


def _hooked(hooks: list[Callable[..., Any]] | None, d: Any, with_tensors: bool) -> Any:
    if not hooks or d is None:
        return d
    for hook in hooks:
        changed = hook(d if with_tensors else wrap(d))
        if changed is not None:
            d = changed if with_tensors else changed._array
    return d


def _nodes(outputs: Sequence[Any]) -> list[Node]:
    """Every node the outputs depend on, the latest first: a node comes after all that use it."""
    seen: set[Node] = set()
    stack = [output._node for output in outputs if output._node is not None]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.inputs is None:
            raise GradientError("tape.used_up", node.operation.name)
        for arg in node.inputs:
            if isinstance(arg, Tracked) and arg._node is not None:
                stack.append(arg._node)
    return sorted(seen, key=lambda node: -node.number)


def _leads(arg: Any, targets: set[Target], useful: set[Node] | None) -> bool:
    return _target(arg) in targets or (arg._node is not None and useful is not None and arg._node in useful)


def _useful(nodes: list[Node], targets: set[Target]) -> set[Node]:
    """The nodes through which some target is reached."""
    useful: set[Node] = set()
    for node in reversed(nodes):
        if any(isinstance(arg, Tracked) and _leads(arg, targets, useful) for arg in node.inputs or ()):
            useful.add(node)
    return useful
