"""Changes in place: what a PyTorch user expects, noticed by the graph, recorded as writes to slots."""

from typing import Any, Self

import numpy as np

from chainrule.errors import GradientError, ShapeError
from chainrule.ops.index import SLICE
from chainrule.tape.apply import value_of
from chainrule.tape.mode import mode
from chainrule.tape.tracked import Tracked
from chainrule.tensors.derived import Derived
from chainrule.tensors.gate import entered
from chainrule.tensors.indexing import Indexing
from chainrule.tensors.operands import as_operand, cast


class Writing(Derived):
    """The methods of a tensor that change it in place."""

    def _overwrite(self, new: Any, where: str) -> Self:
        """Take the numbers of `new`, in place."""
        if new.shape != self.shape:
            new = new.expand(self.shape)
        if new.dtype != self.dtype:
            new = cast(new, self.dtype)
        recorder = mode.recorder
        if recorder is not None and recorder.owns(self):
            given, shared = self._id in recorder.inputs, self._storage is not None and self._storage.shared
            if recorder.concrete and (given or shared):
                if mode.grad and (self.requires_grad or new.requires_grad):
                    raise GradientError("tensors.view_in_place", where)
                if given:
                    recorder.give_up("tape.input_written", where)
                recorder.renew(self, new)
                self._store(new._array)
                return self
            self._become(new)
            return self
        if mode.grad and (self.requires_grad or new.requires_grad):
            if self._node is None and self.requires_grad:
                raise GradientError("tensors.leaf_in_place", where)
            if (self._storage is not None and self._storage.shared) or recorder is not None:
                raise GradientError("tensors.view_in_place", where)
            self._become(new)
            self.stamp()
            return self
        if recorder is not None:
            recorder.write(self, new)
            if not recorder.concrete:
                return self
        self._store(new._array)
        return self

    def _become(self, new: Any) -> None:
        """Be the result of an operation from here on; what was computed from the old numbers keeps them."""
        old = object.__new__(type(self))
        vars(old).update(vars(self))
        old._storage = None
        begin = self._node.number if self._node is not None else 0
        stack = [new._node]
        seen = set()
        while stack:  # the new history reaches back to the old numbers, not to itself
            node = stack.pop()
            if node is None or node in seen or node.number <= begin or node.inputs is None:
                continue
            seen.add(node)
            node.inputs = tuple(old if arg is self else arg for arg in node.inputs)
            stack.extend(arg._node for arg in node.inputs if isinstance(arg, Tracked))
        self._array, self._id, self._recorder = new._array, new._id, new._recorder
        self._node, self._out, self.requires_grad = new._node, new._out, new.requires_grad

    def _store(self, array: Any) -> None:
        """Write numbers into this tensor's own memory, and let every view and every node know."""
        if self._node is not None or not isinstance(self._array, np.ndarray) or not self._array.flags.writeable:
            self._array = np.array(self._array)  # the old numbers may be what a gradient still needs
        np.copyto(self._array, array, casting="same_kind")
        self.stamp()

    def copy_(self, source: Any) -> Self:
        """Take the numbers of `source`, stretched to this shape."""
        return self._overwrite(_operand(source, self), "copy_")

    def zero_(self) -> Self:
        """Become zero."""
        return self.fill_(0)

    def fill_(self, value: float) -> Self:
        """Become `value` everywhere."""
        return self._overwrite(_operand(np.full(self.shape, value, self.dtype), self), "fill_")

    def add_(self, other: Any, alpha: float = 1.0) -> Self:
        """Add `alpha * other` in place."""
        return self._overwrite(self + (other if alpha == 1.0 else _operand(other, self) * alpha), "add_")

    def sub_(self, other: Any, alpha: float = 1.0) -> Self:
        """Subtract `alpha * other` in place."""
        return self._overwrite(self - (other if alpha == 1.0 else _operand(other, self) * alpha), "sub_")

    def mul_(self, other: Any) -> Self:
        """Multiply in place."""
        return self._overwrite(self * other, "mul_")

    def div_(self, other: Any) -> Self:
        """Divide in place."""
        return self._overwrite(self / other, "div_")

    def clamp_(self, min: Any = None, max: Any = None) -> Self:
        """Hold the elements between `min` and `max`, in place."""
        return self._overwrite(self.clamp(min, max), "clamp_")

    def pow_(self, exponent: Any) -> Self:
        """Become a power: self to the `exponent`."""
        return self._overwrite(self**exponent, "pow_")

    def exp_(self) -> Self:
        """Become e to the power of each element."""
        return self._overwrite(self.exp(), "exp_")

    def sqrt_(self) -> Self:
        """Become the square root."""
        return self._overwrite(self.sqrt(), "sqrt_")

    def neg_(self) -> Self:
        """Change the sign."""
        return self._overwrite(-self, "neg_")

    def abs_(self) -> Self:
        """Become the absolute value."""
        return self._overwrite(self.abs(), "abs_")

    def sigmoid_(self) -> Self:
        """Become 1 / (1 + e^-x)."""
        return self._overwrite(self.sigmoid(), "sigmoid_")

    def tanh_(self) -> Self:
        """Become the hyperbolic tangent."""
        return self._overwrite(self.tanh(), "tanh_")

    def relu_(self) -> Self:
        """Become max(x, 0)."""
        return self._overwrite(self.where(self > 0, 0.0), "relu_")

    def lerp_(self, end: Any, weight: Any) -> Self:
        """Go a part of the way to `end`: self + `weight` (end - self)."""
        return self._overwrite(self.lerp(end, weight), "lerp_")

    def addcmul_(self, tensor1: Any, tensor2: Any, value: float = 1.0) -> Self:
        """Add `value * tensor1 * tensor2` in place."""
        return self._overwrite(self + tensor1 * tensor2 * value, "addcmul_")

    def addcdiv_(self, tensor1: Any, tensor2: Any, value: float = 1.0) -> Self:
        """Add `value * tensor1 / tensor2` in place."""
        return self._overwrite(self + tensor1 / tensor2 * value, "addcdiv_")

    def scatter_(self, dim: int, index: Any, src: Any) -> Self:
        """Become `src[i][j]` (or the number `src`) at `[i][index[i][j]]` along `dim` (here 1)."""
        return self._overwrite(self.scatter(dim, index, src), "scatter_")

    def scatter_add_(self, dim: int, index: Any, src: Any) -> Self:
        """Add `src[i][j]` at `[i][index[i][j]]` along `dim` (here 1), in place."""
        return self._overwrite(self.scatter_add(dim, index, src), "scatter_add_")

    def index_add_(self, dim: int, index: Any, source: Any, alpha: float = 1) -> Self:
        """Add slice i of `alpha * source` to slice `index[i]` along `dim`, in place."""
        return self._overwrite(self.index_add(dim, index, source, alpha), "index_add_")

    def masked_fill_(self, mask: Any, value: float) -> Self:
        """Become `value` where `mask` holds."""
        return self._overwrite(self.masked_fill(mask, value), "masked_fill_")

    def __iadd__(self, other: Any) -> Any:
        return self._in_place(self + other, "+=")

    def __isub__(self, other: Any) -> Any:
        return self._in_place(self - other, "-=")

    def __imul__(self, other: Any) -> Any:
        return self._in_place(self * other, "*=")

    def __itruediv__(self, other: Any) -> Any:
        return self._in_place(self / other, "/=")

    def _in_place(self, new: Any, where: str) -> Any:
        """`x += y` writes into parameters, buffers and plain tensors; a recorded x is bound to the sum instead."""
        recorder = mode.recorder
        inside = recorder is not None and recorder.owns(self)
        if inside or (mode.grad and self._node is not None) or new.dtype != self.dtype or new.shape != self.shape:
            return new
        if mode.grad and new.requires_grad and not self.requires_grad:
            return new
        return self._overwrite(new, where)

    def __setitem__(self, index: Any, value: Any) -> None:
        items, arrays = self._items(index)
        there = self.take(items, *arrays).shape if arrays else SLICE.shape(value_of(self), items=items)[0].shape
        value = as_operand(value, "x[i] = v", self)
        if isinstance(value, Writing):
            value = cast(value, self.dtype)  # type: ignore[arg-type]  # the concrete class
            pairs = zip(value.shape[::-1], there[::-1], strict=False)
            if value.ndim > len(there) or any(v not in (1, t) for v, t in pairs):
                raise ShapeError("tensors.set", "x[i] = v", got=value.shape, there=there)
        self._overwrite(self.put(value, items, *arrays), "x[i] = v")

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Say whether gradients are wanted for this leaf; refused for integers and for what was computed."""
        if self._node is not None and not requires_grad:
            raise GradientError("tensors.not_leaf", "requires_grad_")
        if requires_grad and self.dtype.kind != "f":
            raise GradientError("tensors.integer_gradient", "requires_grad_", dtype=self.dtype)
        self.requires_grad = requires_grad
        return self


def _operand(value: Any, like: Any) -> Any:
    made = as_operand(value, "in place", like)
    if not isinstance(made, Indexing):
        return entered(made, like.dtype, "in place")
    return made
