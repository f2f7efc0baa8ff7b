"""The chain rule over a whole graph: gradients flow from the result back to the leaves, each node once."""

from collections.abc import Callable, Sequence
from operator import attrgetter
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


def gradients(
    outputs: Sequence["Tensor"], ds: Sequence["Tensor"], wanted: Sequence["Tensor"] | None,
    create_graph: bool, retain_graph: bool,
) -> list[tuple["Tensor", "Tensor"]]:
    """Gradients of `outputs`, weighted by `ds`, for every leaf, or for the `wanted` tensors alone.

    Returns:
        list: (tensor, its gradient), leaves in the order in which the graph meets them.
    """
    nodes = _nodes(outputs)
    flow = _Flow(create_graph or mode.recorder is not None)
    aim = None if wanted is None else _Aim(nodes, wanted)
    before = mode.grad
    mode.grad = create_graph
    try:
        for output, d in zip(outputs, ds, strict=True):
            flow.give(output, d if flow.with_tensors else d._array)
        for node in nodes:
            ready = flow.arrived(node, aim)
            if ready is not None:
                _pass_on(node, ready, flow, aim)
                if not (retain_graph or create_graph):
                    node.inputs, node.outs = None, ()
    finally:
        mode.grad = before
    if wanted is None:
        return [(leaf, flow.gradient(leaf, d)) for leaf, d in flow.leaves.values()]
    return [(x, flow.gradient(x, flow.leaves[_target(x)][1])) for x in wanted if _target(x) in flow.leaves]


def _pass_on(node: Node, ready: list[Any], flow: "_Flow", aim: "_Aim | None") -> None:
    """From the gradients of a node's results to those of its inputs."""
    inputs = node.inputs
    if inputs is None:
        raise GradientError("tape.used_up", node.operation.name)
    if aim is None:
        needs = tuple([isinstance(arg, Tracked) and arg.requires_grad for arg in inputs])
    else:
        needs = tuple([isinstance(arg, Tracked) and arg.requires_grad and aim.through(arg) for arg in inputs])
    slopes: Sequence[Any]
    slopes = slopes_with_tensors(node, ready) if flow.with_tensors else compiled_slopes(node, ready, needs)
    for i, need in enumerate(needs):
        if need and slopes[i] is not None:
            flow.give(inputs[i], slopes[i])


class _Flow:
    """Gradients on their way: those that wait at a node, those that have arrived at a leaf."""

    def __init__(self, with_tensors: bool) -> None:
        self.with_tensors = with_tensors
        self.waiting: dict[Node, list[Any]] = {}
        self.leaves: dict[Target, tuple[Any, Any]] = {}

    def give(self, tensor: Any, d: Any) -> None:
        """Add a gradient to what has come so far."""
        node = tensor._node
        if node is None:
            if tensor.requires_grad:
                held = self.leaves.get(id(tensor))
                self.leaves[id(tensor)] = (tensor, d if held is None else self.sum(held[1], d))
            return
        waiting = self.waiting.get(node)
        if waiting is None:
            waiting = self.waiting[node] = [None] * node.count
        held = waiting[tensor._out]
        waiting[tensor._out] = d if held is None else self.sum(held, d)

    def arrived(self, node: Node, aim: "_Aim | None") -> list[Any] | None:
        """The gradients of a node's results; None when nothing is to be passed on."""
        ready = self.waiting.pop(node, None)
        if ready is None:
            return None
        if node.hooks is not None:
            ready = [self.hooked(node.hooks.get(i), d) for i, d in enumerate(ready)]
        if aim is not None:
            for place, d in enumerate(ready):
                if (node, place) in aim.targets and d is not None:
                    self.leaves[node, place] = (None, d)
            if node not in aim.useful:
                return None
        return ready

    def sum(self, a: Any, b: Any) -> Any:
        """Two gradients of one tensor."""
        return apply(ADD, (a, b)) if self.with_tensors else a + b

    def hooked(self, hooks: list[Callable[..., Any]] | None, d: Any) -> Any:
        """A gradient after the user's hooks have seen it."""
        if not hooks or d is None:
            return d
        for hook in hooks:
            changed = hook(d if self.with_tensors else wrap(d))
            if changed is not None:
                d = changed if self.with_tensors else changed._array
        return d

    def gradient(self, tensor: Any, d: Any) -> "Tensor":
        """What is handed out for a leaf, or for a tensor that was asked for."""
        d = self.hooked(tensor._hooks if tensor._node is None else None, d)
        made: Tensor = d if self.with_tensors else wrap(d)
        return made


class _Aim:
    """Which tensors are asked for, and through which nodes they are reached."""

    def __init__(self, nodes: list[Node], wanted: Sequence[Any]) -> None:
        self.targets = {_target(tensor) for tensor in wanted}
        self.useful: set[Node] = set()
        for node in reversed(nodes):
            if any(isinstance(arg, Tracked) and self.through(arg) for arg in node.inputs or ()):
                self.useful.add(node)

    def through(self, arg: Any) -> bool:
        """Whether a target is this tensor, or lies behind it."""
        return _target(arg) in self.targets or (arg._node is not None and arg._node in self.useful)


def _target(tensor: Any) -> Target:
    return (tensor._node, tensor._out) if tensor._node is not None else id(tensor)


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
        stack += [arg._node for arg in node.inputs if isinstance(arg, Tracked) and arg._node is not None]
    return sorted(seen, key=attrgetter("number"), reverse=True)
