"""The same numbers in another shape."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from chainrule.errors import ShapeError
from chainrule.ops import shape as shapes
from chainrule.ops.rules import axis_index
from chainrule.tape.apply import apply
from chainrule.tensors.elementwise import Elementwise

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    return tuple(int(size) for size in sizes)


class Shaping(Elementwise):
    """The methods of a tensor that change its shape."""

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one axis."""
        return self.shape if dim is None else self.shape[axis_index("size", dim, self.ndim)]

    def dim(self) -> int:
        """The number of axes."""
        return self.ndim

    def numel(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def reshape(self, *sizes: Any) -> "Tensor":
        """The same elements in another shape, one size may be -1; another number of elements is refused."""
        wanted = _sizes(sizes)
        if wanted == self.shape:
            return self  # type: ignore[return-value]  # the concrete class
        if -1 in wanted:
            known = -prod(wanted)
            if wanted.count(-1) > 1 or known == 0 or self.numel() % known:
                raise ShapeError("ops.reshape", "reshape", old=self.shape, count=self.numel(), new=wanted)
            wanted = tuple(self.numel() // known if size == -1 else size for size in wanted)
            if wanted == self.shape:
                return self  # type: ignore[return-value]
        return apply(shapes.RESHAPE, (self,), (("shape", wanted),))

    def view(self, *sizes: Any) -> "Tensor":
        """`reshape` under its other name in PyTorch."""
        return self.reshape(*sizes)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> "Tensor":
        """The axes from `start_dim` to `end_dim` joined into one."""
        if not self.shape:
            return self.reshape(1)
        start, end = axis_index("flatten", start_dim, self.ndim), axis_index("flatten", end_dim, self.ndim)
        return self.reshape((*self.shape[:start], prod(self.shape[start : end + 1]), *self.shape[end + 1 :]))

    def unflatten(self, dim: int, sizes: Sequence[int]) -> "Tensor":
        """One axis split into several; one size may be -1."""
        axis = axis_index("unflatten", dim, self.ndim)
        known = prod(size for size in sizes if size != -1)
        if tuple(sizes).count(-1) == 1 and known and self.shape[axis] % known == 0:  # also where there are no elements
            sizes = [self.shape[axis] // known if size == -1 else size for size in sizes]
        return self.reshape((*self.shape[:axis], *sizes, *self.shape[axis + 1 :]))

    def squeeze(self, dim: int | None = None) -> "Tensor":
        """Without axes of size 1: all of them, or the one named if it has size 1."""
        if dim is None:
            return self.reshape(tuple(size for size in self.shape if size != 1))
        axis = axis_index("squeeze", dim, self.ndim)
        if not self.shape or self.shape[axis] != 1:
            return self  # type: ignore[return-value]
        return self.reshape((*self.shape[:axis], *self.shape[axis + 1 :]))

    def unsqueeze(self, dim: int) -> "Tensor":
        """With a new axis of size 1 at `dim`."""
        axis = axis_index("unsqueeze", dim, self.ndim + 1)
        return self.reshape((*self.shape[:axis], 1, *self.shape[axis:]))

    def permute(self, *axes: Any) -> "Tensor":
        """The axes in another order; refuses any but all of them, once."""
        wanted = tuple(axis_index("permute", axis, self.ndim) for axis in _sizes(axes))
        if wanted == tuple(range(self.ndim)):
            return self  # type: ignore[return-value]
        if sorted(wanted) != list(range(self.ndim)):
            raise ShapeError("ops.permute", "permute", axes=wanted, rank=self.ndim)
        return apply(shapes.PERMUTE, (self,), (("axes", wanted),))

    def transpose(self, dim0: int, dim1: int) -> "Tensor":
        """Two axes swapped."""
        axes = list(range(self.ndim))
        one, two = axis_index("transpose", dim0, self.ndim), axis_index("transpose", dim1, self.ndim)
        axes[one], axes[two] = axes[two], axes[one]
        return self.permute(tuple(axes))

    def t(self) -> "Tensor":
        """The transpose of a matrix."""
        return self.T

    @property
    def T(self) -> "Tensor":  # noqa: N802 - mathematics
        """All axes in reverse order; of a matrix, its transpose."""
        return self.permute(tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> "Tensor":  # noqa: N802 - mathematics
        """The last two axes swapped: every matrix of a batch transposed."""
        return self.transpose(-2, -1)

    def expand(self, *sizes: Any) -> "Tensor":
        """Stretched along axes of size 1, without a copy; -1 keeps a size."""
        wanted = _sizes(sizes)
        offset = len(wanted) - self.ndim
        wanted = tuple(self.shape[i - offset] if size == -1 and i >= offset else size for i, size in enumerate(wanted))
        if wanted == self.shape:
            return self  # type: ignore[return-value]
        return apply(shapes.EXPAND, (self,), (("shape", wanted),))

    def expand_as(self, other: "Tensor") -> "Tensor":
        """Stretched to the shape of another tensor."""
        return self.expand(other.shape)

    def contiguous(self) -> "Tensor":
        """A copy whose memory runs row by row."""
        return apply(shapes.CONTIGUOUS, (self,))

    def clone(self) -> "Tensor":
        """A copy, on the graph of gradients."""
        return apply(shapes.COPY, (self,))

    def repeat(self, *sizes: Any) -> "Tensor":
        """The tensor laid side by side, so many times along each axis; refuses fewer numbers than axes."""
        times = _sizes(sizes)
        if len(times) < self.ndim:
            raise ShapeError("ops.expand", "repeat", old=self.shape, new=times)
        shape = (1,) * (len(times) - self.ndim) + self.shape
        doubled = tuple(n for size in shape for n in (1, size))
        wide = tuple(n for pair in zip(times, shape, strict=True) for n in pair)
        return self.reshape(doubled).expand(wide).reshape(tuple(t * n for t, n in zip(times, shape, strict=True)))

    def repeat_interleave(self, repeats: int, dim: int | None = None) -> "Tensor":
        """Every slice along `dim`, or every element, several times in a row."""
        if dim is None:
            return self.reshape(-1).repeat_interleave(repeats, 0)
        axis = axis_index("repeat_interleave", dim, self.ndim)
        shape = self.shape
        wide = self.unsqueeze(axis + 1).expand((*shape[: axis + 1], repeats, *shape[axis + 1 :]))
        return wide.reshape((*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]))
