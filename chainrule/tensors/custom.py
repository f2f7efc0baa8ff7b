"""Functions with a derivative of the user's own, as `torch.autograd.Function` writes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.errors import GradientError, StateError
from chainrule.tape.mode import mode, no_grad
from chainrule.tape.slopes import changed
from chainrule.tape.tracked import Node, Tracked, wrap
from chainrule.tensors.tensor import Tensor


class Context:
    """What the forward of a `Function` hands to its backward: saved tensors, and any attribute set on it.

    Attributes:
        needs_input_grad: for each argument, whether a gradient is wanted.
        saved_tensors: what `save_for_backward` was given.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep `tensors` for the backward pass, which refuses to go on if one was changed in between."""
        self.saved_tensors = tensors


class Function:
    """The base of functions with a derivative of one's own: write `forward` and `backward`, use `apply`.

    `backward` takes the gradient of each result and gives one for each argument of `forward`, None where there is none.
    Written with tensors, it can be differentiated again.

    Example:
        >>> import chainrule as cr
        >>> class Square(cr.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x
        ...     @staticmethod
        ...     def backward(ctx, d):
        ...         (x,) = ctx.saved_tensors
        ...         return d * 2 * x
        >>> x = cr.tensor(3.0, requires_grad=True)
        >>> Square.apply(x).backward()
        >>> x.grad
        tensor(6.)
    """

    @staticmethod
    def forward(*args: Any) -> Any:
        """The results, from a context and `args`; every subclass writes its own.

        Raises:
            StateError: when it does not.
        """
        raise StateError("tensors.own_function", "Function.forward", name="forward", count=len(args))

    @staticmethod
    def backward(*args: Any) -> Any:
        """The gradients of the arguments, from a context and `args`, the gradients of the results.

        Raises:
            StateError: when a subclass does not write its own.
        """
        raise StateError("tensors.own_function", "Function.backward", name="backward", count=len(args))

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """What `forward` makes of `args`, with `backward` as its derivative."""
        needs = tuple(isinstance(arg, Tracked) and arg.requires_grad for arg in args)
        context = Context(needs)
        with no_grad():
            results = cls.forward(context, *args)
        if not mode.grad or not any(needs):
            return results
        several = isinstance(results, tuple)
        made = [part.detach() if isinstance(part, Tensor) else part for part in (results if several else (results,))]
        floats = [part for part in made if isinstance(part, Tensor) and part.dtype.kind == "f"]
        operation = OwnOperation(cls, context, made)
        node = Node(operation, (), args, (), len(made))
        operation.number = node.number
        for place, part in enumerate(made):
            if any(part is one for one in floats):
                part._node, part._out, part.requires_grad = node, place, True
        return tuple(made) if several else made[0]


class OwnOperation:
    """One application of a `Function`, as the tape knows operations: with the rule for its gradients."""

    number = 0
    bakes_numbers = False

    def __init__(self, function: type[Function], context: Context, results: Sequence[Any]) -> None:
        self.name = function.__name__
        self.function, self.context = function, context
        self.likes = [(part.shape, part.dtype) if isinstance(part, Tensor) else None for part in results]
        self.slopes = self  # what compiled derivatives are looked up in: here there is one for everything

    def get(self, key: Any) -> Any:
        """The backward pass on arrays, whatever the shapes."""
        return self._arrays

    def _arrays(self, node: Node, ds: Sequence[Any], inputs: Sequence[Any], outs: Sequence[Any]) -> list[Any]:
        slopes = self.slopes_of(*[None if d is None else wrap(np.asarray(d)) for d in ds], *inputs)
        return [None if slope is None else slope._array for slope in slopes]

    def parts(self, inputs: Sequence[Any], static: Any) -> tuple[Any, ...]:
        """Nothing: what the derivative needs is in the context."""
        return ()

    def slopes_of(self, *given: Any) -> tuple[Any, ...]:
        """The user's backward pass; results that nothing came back from have the gradient 0."""
        for saved in self.context.saved_tensors:
            if isinstance(saved, Tracked) and saved._storage is not None and saved._storage.written > self.number:
                changed(self, saved._array)  # type: ignore[arg-type]  # it is asked for its name alone
        count = len(self.likes)
        ds = [
            wrap(np.zeros(*like)) if d is None and like is not None else d
            for d, like in zip(given[:count], self.likes, strict=True)
        ]
        slopes = self.function.backward(self.context, *ds)
        slopes = slopes if isinstance(slopes, tuple) else (slopes,)
        inputs = given[count:]
        if len(slopes) != len(inputs):
            raise GradientError("tensors.own_slopes", f"{self.name}.backward", got=len(slopes), want=len(inputs))
        for slope, arg in zip(slopes, inputs, strict=True):
            if slope is not None and isinstance(arg, Tensor) and slope.shape != arg.shape:
                raise GradientError("tensors.own_shape", f"{self.name}.backward", got=slope.shape, want=arg.shape)
        return slopes

    @property
    def operation(self) -> "OwnOperation":
        """Itself, for refusals that name the operation of a node."""
        return self
