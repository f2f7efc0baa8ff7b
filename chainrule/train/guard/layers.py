"""What the layers of a network do to each other: one that adds nothing, one that spoils the answer, one cut off."""

from chainrule.errors import ChainruleWarning
from chainrule.nn.dropout import Dropout
from chainrule.nn.module import Module
from chainrule.tape.tracked import Node, Tracked
from chainrule.tensors.tensor import Tensor
from chainrule.train.guard.scene import Findings, Scene, held


def dropout_at_the_end(scene: Scene) -> Findings:
    """A dropout behind the last layer of a chain: it strikes out answers, not features."""
    path, last = _last_of(scene.trainer.model)
    if isinstance(last, Dropout) and last.p:
        yield ChainruleWarning("guard.dropout_last", f"{path} {last!r}".strip(), share=f"{last.p:g}")


def linear_twice(scene: Scene) -> Findings:
    """A linear layer right behind a linear one that is no narrower than both ends: together they are one."""
    linear = [node for node in scene.way.nodes if node.operation.name == "linear"]
    pairs = [(before, node) for node in linear if (before := _behind(node)) in linear]
    if not pairs:
        return
    names = {id(parameter): name for name, parameter in scene.trainer.model.named_parameters()}
    for before, node in reversed(pairs):  # the first layers first
        first, second = _weight(before), _weight(node)
        shared = sum(_weight(other) is first or _weight(other) is second for other in linear) > 2
        if shared or first is second or not first.requires_grad or not {id(first), id(second)} <= names.keys():
            continue
        (middle, inputs), outputs = first.shape, second.shape[0]
        if middle < min(inputs, outputs) or _readers(before, scene) > 1:
            continue  # a bottleneck, or a stem of several branches
        one, two = (names[id(weight)].removesuffix(".weight") for weight in (first, second))
        yield ChainruleWarning("guard.linear_twice", f"{two} Linear({middle}, {outputs})", first=one, second=two)
        return


def unreached(scene: Scene) -> Findings:
    """Layers that the rows go through, the optimizer holds, and no gradient comes back to: something cuts the way."""
    if not scene.trainer.objective.name:
        return  # a loss of the user's own may look at more than the outputs
    known = held(scene.trainer)
    missing = [
        (path, module) for path, module in scene.trainer.model.named_modules()
        if any(
            parameter is not None and parameter.requires_grad and id(parameter) in known
            and id(parameter) not in scene.way.leaves for parameter in module._parameters.values()
        )
    ]
    if not missing or not scene.way.leaves:
        return
    called = scene.called([module for _, module in missing])
    names = [path for path, module in missing if id(module) in called]
    if names:
        where = f"{type(scene.trainer.model).__name__}.forward"
        yield ChainruleWarning("guard.unreached", where, names=", ".join(names))


def _last_of(model: Module, path: str = "") -> tuple[str, Module]:
    """The last module of a chain, however deep it lies; the model itself where it is no chain."""
    children = list(model.named_children())
    if not children or not hasattr(model, "_listed"):
        return path, model
    name, last = children[-1]
    return _last_of(last, f"{path}.{name}" if path else name)


def _behind(node: Node) -> Node | None:
    """The operation behind the first input of another."""
    first = node.inputs[0] if node.inputs else None
    return first._node if isinstance(first, Tracked) else None


def _weight(node: Node) -> Tensor:
    weight: Tensor = node.inputs[1]  # type: ignore[index]  # no backward pass has been here
    return weight


def _readers(node: Node, scene: Scene) -> int:
    """How many operations take what this one made."""
    return sum(
        any(isinstance(given, Tracked) and given._node is node for given in other.inputs or ())
        for other in scene.way.nodes
    )
