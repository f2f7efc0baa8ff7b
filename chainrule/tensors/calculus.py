"""Gradients as functions: of a function, of a number with respect to named tensors."""

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.errors import GradientError
from chainrule.ops.shape import COPY
from chainrule.tape.apply import apply
from chainrule.tape.backward import gradients
from chainrule.tape.mode import enable_grad, mode
from chainrule.tape.tracked import Node, Tracked
from chainrule.tensors.creation import as_tensor, zeros_like
from chainrule.tensors.tensor import Tensor, seed_gradient


def grad(function: Callable[..., Tensor], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The gradient of a function, as a function of the same arguments; may be taken again.

    ∇f(x)_i = ∂f / ∂x_i

    Args:
        function: from tensors to one number.
        argnums: the argument, or arguments, by which it is differentiated; default the first.

    Returns:
        callable: gives the gradient, or a tuple of gradients where `argnums` lists several.

    Raises:
        GradientError: when the function gives no single number.

    Example:
        >>> import chainrule as cr
        >>> cr.grad(lambda x: x ** 3)(cr.tensor(2.0))
        tensor(12.)
    """
    several = not isinstance(argnums, int)
    places: tuple[int, ...] = tuple(argnums) if not isinstance(argnums, int) else (argnums,)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        slopes = _value_and_slopes(function, places, args, kwargs)[1]
        return slopes if several else slopes[0]

    return gradient


def value_and_grad(function: Callable[..., Tensor], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function's value together with its gradient.

    Args:
        function: from tensors to one number.
        argnums: the argument, or arguments, by which it is differentiated; default the first.

    Returns:
        callable: gives (value, gradient).

    Raises:
        GradientError: when the function gives no single number.

    Example:
        >>> import chainrule as cr
        >>> cr.value_and_grad(lambda x: x ** 2)(cr.tensor(3.0))
        (tensor(9.), tensor(6.))
    """
    several = not isinstance(argnums, int)
    places: tuple[int, ...] = tuple(argnums) if not isinstance(argnums, int) else (argnums,)

    def both(*args: Any, **kwargs: Any) -> Any:
        value, slopes = _value_and_slopes(function, places, args, kwargs)
        return value, slopes if several else slopes[0]

    return both


def _value_and_slopes(
    function: Callable[..., Tensor], places: tuple[int, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    given = [as_tensor(arg) if i in places else arg for i, arg in enumerate(args)]
    outer = mode.grad
    with enable_grad():
        own: list[Tensor] = []
        for place in places:
            # An argument that is being differentiated outside as well gets a place of its own on the graph.
            x = apply(COPY, (given[place],)) if given[place].requires_grad else given[place].detach().requires_grad_()
            own.append(x)
            given[place] = x
        value = function(*given, **kwargs)
        slopes = differentiate([value], own, create_graph=outer, retain_graph=outer, allow_unused=True)
    filled = tuple(zeros_like(x) if slope is None else slope for x, slope in zip(own, slopes, strict=True))
    if not outer or not _reaches_others([value, *filled], own):
        return value.detach(), tuple(slope.detach() for slope in filled)
    return value, filled


def _reaches_others(results: Sequence[Tensor], own: Sequence[Tensor]) -> bool:
    """Whether some leaf that wants a gradient, other than our own arguments, stands behind the results."""
    seen: set[Node] = set()
    stack = [result._node for result in results if result._node is not None]
    mine = {id(x) for x in own}
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        for arg in node.inputs or ():
            if isinstance(arg, Tracked) and arg.requires_grad:
                if arg._node is not None:
                    stack.append(arg._node)
                elif id(arg) not in mine:
                    return True
    return False


def differentiate(
    outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor], grad_outputs: Any = None,
    retain_graph: bool | None = None, create_graph: bool = False, only_inputs: bool = True,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """Gradients of `outputs` with respect to `inputs`, without touching any `grad`.

    Args:
        outputs: one number, or several tensors.
        inputs: the tensors by which to differentiate, leaves or not.
        grad_outputs: the gradient that arrives at each output; 1 for single numbers.
        retain_graph: keep what was recorded; default as `create_graph`.
        create_graph: make the gradients differentiable themselves.
        only_inputs: not used; no other tensor is ever touched.
        allow_unused: give None for an input that does not matter, instead of refusing.

    Returns:
        tuple: one gradient for each input.

    Raises:
        GradientError: when an input does not matter, or nothing was recorded.

    Example:
        >>> import chainrule as cr
        >>> x = cr.tensor(3.0, requires_grad=True)
        >>> cr.autograd.grad(x * x, x)
        (tensor(6.),)
    """
    results = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if grad_outputs is None:
        ds: list[Any] = [None] * len(results)
    else:
        ds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    if allow_unused:
        pairs = [(result, d) for result, d in zip(results, ds, strict=True) if result.requires_grad]
        results, ds = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    seeds = [seed_gradient(result, d) for result, d in zip(results, ds, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    found = {id(tensor): slope for tensor, slope in gradients(results, seeds, wanted, create_graph, keep)}
    for place, x in enumerate(wanted):
        if id(x) not in found and not allow_unused:
            raise GradientError("tensors.unused", "autograd.grad", place=place, shape=x.shape)
    return tuple(found.get(id(x)) for x in wanted)
