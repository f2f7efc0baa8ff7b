"""Sums, means, extremes and products of matrices."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.errors import DtypeError
from chainrule.ops import matmul, reduce
from chainrule.ops.program import Primitive
from chainrule.ops.rules import axis_index
from chainrule.tape.apply import apply
from chainrule.tensors.operands import as_operand, cast, promoted
from chainrule.tensors.shaping import Shaping

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor

Dims = int | Sequence[int] | None


class Extreme(NamedTuple):
    """Extremes along an axis, and where they stand."""

    values: "Tensor"
    indices: "Tensor"


class Reducing(Shaping):
    """The methods of a tensor that reduce axes."""

    def _axes(self, dim: Dims, where: str) -> tuple[int, ...]:
        if dim is None:
            return tuple(range(self.ndim))
        dims = (dim,) if isinstance(dim, (int, np.integer)) else tuple(dim)
        return tuple(sorted({axis_index(where, int(axis), self.ndim) for axis in dims})) if self.ndim else ()

    def _reduce(self, primitive: Primitive, dim: Dims, keepdim: bool) -> "Tensor":
        return apply(primitive, (self,), (("axes", self._axes(dim, primitive.name)), ("keepdim", keepdim)))

    def sum(self, dim: Dims = None, keepdim: bool = False) -> "Tensor":
        """The sum over `dim`, or over everything; masks and integers are counted in int64."""
        if not self.ndim:
            return self  # type: ignore[return-value]  # the concrete class
        if self.dtype.kind != "f" and self.dtype != np.int64:
            return cast(self, np.int64).sum(dim, keepdim)  # type: ignore[arg-type]
        return self._reduce(reduce.SUM, dim, keepdim)

    def mean(self, dim: Dims = None, keepdim: bool = False) -> "Tensor":
        """The mean over `dim`, or over everything; refused for integers and masks."""
        if self.dtype.kind != "f":
            raise DtypeError("tensors.mean", "mean", dtype=self.dtype)
        count = prod(self.shape[axis] for axis in self._axes(dim, "mean"))
        return self.sum(dim, keepdim) / count if count else self.sum(dim, keepdim) * float("nan")

    def var(
        self, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, correction: int | None = None
    ) -> "Tensor":
        """The variance over `dim`, in two passes; divided by n - 1, or by n with `unbiased=False`."""
        count = prod(self.shape[axis] for axis in self._axes(dim, "var"))
        off = self - self.mean(dim, keepdim=True)
        freedom = count - (correction if correction is not None else int(unbiased))
        total = (off * off).sum(dim, keepdim)
        return total / freedom if freedom > 0 else total * float("nan")

    def std(
        self, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, correction: int | None = None
    ) -> "Tensor":
        """The standard deviation over `dim`."""
        return self.var(dim, unbiased, keepdim, correction).sqrt()

    def amax(self, dim: Dims = None, keepdim: bool = False) -> "Tensor":
        """The largest element over `dim`; equal ones share the gradient."""
        return self._reduce(reduce.MAX, dim, keepdim) if self.ndim else self  # type: ignore[return-value]

    def amin(self, dim: Dims = None, keepdim: bool = False) -> "Tensor":
        """The smallest element over `dim`; equal ones share the gradient."""
        return self._reduce(reduce.MIN, dim, keepdim) if self.ndim else self  # type: ignore[return-value]

    def max(self, dim: Any = None, keepdim: bool = False) -> Any:
        """The largest element; with `dim`, the largest along it and where they stand; with a tensor, `maximum`."""
        if isinstance(dim, Reducing):
            return self.maximum(dim)
        return self.amax() if dim is None else self._extreme(self.argmax(dim, keepdim=True), dim, keepdim)

    def min(self, dim: Any = None, keepdim: bool = False) -> Any:
        """The smallest element; with `dim`, the smallest along it and where they stand; with a tensor, `minimum`."""
        if isinstance(dim, Reducing):
            return self.minimum(dim)
        return self.amin() if dim is None else self._extreme(self.argmin(dim, keepdim=True), dim, keepdim)

    def _extreme(self, where: "Tensor", dim: int, keepdim: bool) -> Extreme:
        values = where._pick(self, axis_index("max", dim, self.ndim))
        return Extreme(values, where) if keepdim else Extreme(values.squeeze(dim), where.squeeze(dim))

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> "Tensor":
        """Where the largest element stands, the first of equals."""
        return self._arg(reduce.ARGMAX, dim, keepdim)

    def argmin(self, dim: int | None = None, keepdim: bool = False) -> "Tensor":
        """Where the smallest element stands, the first of equals."""
        return self._arg(reduce.ARGMIN, dim, keepdim)

    def _arg(self, primitive: Primitive, dim: int | None, keepdim: bool) -> "Tensor":
        if dim is None:
            return apply(primitive, (self.reshape(-1),), (("axis", 0), ("keepdim", False)))
        return apply(primitive, (self,), (("axis", axis_index(primitive.name, dim, self.ndim)), ("keepdim", keepdim)))

    def argsort(self, dim: int = -1, descending: bool = False) -> "Tensor":
        """The places of the elements in rising (or falling) order; equals keep their order."""
        axis = axis_index("argsort", dim, self.ndim)
        return apply(reduce.ARGSORT, (-self if descending else self,), (("axis", axis),))

    def cumsum(self, dim: int) -> "Tensor":
        """Running sums along `dim`."""
        return apply(reduce.CUMSUM, (self,), (("axis", axis_index("cumsum", dim, self.ndim)),))

    def prod(self, dim: int | None = None, keepdim: bool = False) -> "Tensor":
        """The product over `dim`, or over everything; its gradient is right where factors are zero."""
        x = self.reshape(-1) if dim is None else self.transpose(dim, -1)
        while x.shape[-1] > 1:  # halves multiplied pairwise, so that no factor is ever divided away
            half = x.shape[-1] // 2
            rest = [x._part(-1, 2 * half, 1)] if x.shape[-1] % 2 else []
            x = x._part(-1, 0, half) * x._part(-1, half, half)
            if rest:
                x = x._joined(rest[0])
        if dim is None:
            return x.reshape(()) if x.numel() else (x.sum() + 1)
        x = x if x.shape[-1] else x.sum(-1, keepdim=True) + 1
        kept = x.transpose(dim, -1)
        return kept if keepdim else kept.squeeze(dim)

    def logsumexp(self, dim: Dims, keepdim: bool = False) -> "Tensor":
        """ln Σ exp(x) over `dim`, without overflow."""
        top = self.detach().amax(dim, keepdim=True)
        top = top.where(top.isfinite(), 0.0)
        total = (self - top).exp().sum(dim, keepdim=True).log() + top
        if keepdim:
            return total
        axes = self._axes(dim, "logsumexp")
        return total.reshape(tuple(size for axis, size in enumerate(total.shape) if axis not in axes))

    def norm(self, p: float = 2, dim: Dims = None, keepdim: bool = False) -> "Tensor":
        """The p-norm over `dim`: (Σ |x|^p)^(1/p); `inf` gives the largest absolute value."""
        if p == 2:
            total = (self * self).sum(dim, keepdim)
            none = total == 0  # the slope at a vector of zeros is 0, not 0 / 0
            return total.where(~none, 1.0).sqrt().where(~none, 0.0)
        if p == 1:
            return self.abs().sum(dim, keepdim)
        if p == float("inf"):
            return self.abs().amax(dim, keepdim)
        return (self.abs() ** p).sum(dim, keepdim) ** (1.0 / p)

    def all(self, dim: Dims = None, keepdim: bool = False) -> "Tensor":
        """Whether every element is true (not zero)."""
        none: Tensor = (self == 0).sum(dim, keepdim) == 0
        return none

    def any(self, dim: Dims = None, keepdim: bool = False) -> "Tensor":
        """Whether some element is true (not zero)."""
        some: Tensor = (self != 0).sum(dim, keepdim) != 0
        return some

    def sum_to(self, shape: tuple[int, ...]) -> "Tensor":
        """Summed over the axes along which something of `shape` was stretched to this shape."""
        if self.shape == shape:
            return self  # type: ignore[return-value]
        lead = self.ndim - len(shape)
        axes = [*range(lead), *(i + lead for i, size in enumerate(shape) if size == 1 and self.shape[i + lead] != 1)]
        return (self.sum(tuple(axes)) if axes else self).reshape(shape)

    def __matmul__(self, other: Any) -> "Tensor":
        return _matmul(self, other)

    def __rmatmul__(self, other: Any) -> "Tensor":
        return _matmul(other, self)

    def matmul(self, other: Any) -> "Tensor":
        """`self @ other`: the product of vectors, matrices, or batches of matrices."""
        return _matmul(self, other)

    def dot(self, other: Any) -> "Tensor":
        """The product of two vectors."""
        return _matmul(self, other)


def _matmul(a: Any, b: Any) -> "Tensor":
    a, b = as_operand(a, "matmul", b), as_operand(b, "matmul", a)
    if not isinstance(a, Reducing) or not isinstance(b, Reducing):
        raise DtypeError("tensors.operand", "matmul", other=repr(b if isinstance(a, Reducing) else a))
    if a.dtype != b.dtype:
        kind = promoted(a, b)  # type: ignore[arg-type]
        a, b = cast(a, kind), cast(b, kind)  # type: ignore[arg-type]
    return apply(matmul.MATMUL, (a, b))
