"""Methods that are made of others, under the names that programs written for PyTorch call them by."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.ops import shape as shapes
from chainrule.ops.rules import axis_index
from chainrule.tape.apply import apply
from chainrule.tape.tracked import wrap
from chainrule.tensors.indexing import Indexing
from chainrule.tensors.reducing import Extreme

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor


class Derived(Indexing):
    """The methods of a tensor that need nothing but other methods."""

    # --- element by element ---------------------------------------------------------------------------------------

    def neg(self) -> "Tensor":
        """`-self`."""
        return -self

    def tan(self) -> "Tensor":
        """The tangent, of radians."""
        return self.sin() / self.cos()

    def trunc(self) -> "Tensor":
        """The whole number next to it towards zero."""
        return self.abs().floor() * self.sign()

    def remainder(self, other: Any) -> "Tensor":
        """`self % other`: what is left of whole multiples, with the sign of `other`."""
        rest: Tensor = self % other
        return rest

    def floor_divide(self, other: Any) -> "Tensor":
        """`self // other`: how many whole multiples."""
        times: Tensor = self // other
        return times

    def lerp(self, end: Any, weight: Any) -> "Tensor":
        """The way from this tensor (`weight` 0) to `end` (1): self + weight (end - self)."""
        part: Tensor = self + (end - self) * weight
        return part

    def clip(self, min: Any = None, max: Any = None) -> "Tensor":
        """`clamp` under its name in NumPy: elements held between `min` and `max`."""
        return self.clamp(min, max)

    def logical_and(self, other: "Tensor") -> "Tensor":
        """Where both are true (not zero)."""
        both: Tensor = (self != 0) & (other != 0)
        return both

    def logical_or(self, other: "Tensor") -> "Tensor":
        """Where one of them is true (not zero)."""
        one: Tensor = (self != 0) | (other != 0)
        return one

    def logical_xor(self, other: "Tensor") -> "Tensor":
        """Where exactly one of them is true (not zero)."""
        one: Tensor = (self != 0) != (other != 0)
        return one

    def isclose(self, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> "Tensor":
        """Where |self - other| <= `atol` + `rtol` |other|."""
        near: Tensor = (self - other).abs() <= wrap(np.asarray(other)).abs() * rtol + atol
        return near

    def allclose(self, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Any:
        """Whether |self - other| <= `atol` + `rtol` |other| everywhere, as a Python bool."""
        return bool(np.allclose(np.asarray(self), np.asarray(other), rtol, atol))

    def equal(self, other: "Tensor") -> Any:
        """Whether shapes and all elements are equal, as a Python bool."""
        return bool(np.array_equal(np.asarray(self), np.asarray(other)))

    # --- shapes ---------------------------------------------------------------------------------------------------

    def view_as(self, other: "Tensor") -> "Tensor":
        """In the shape of another tensor."""
        return self.reshape(other.shape)

    def reshape_as(self, other: "Tensor") -> "Tensor":
        """In the shape of another tensor."""
        return self.reshape(other.shape)

    def ravel(self) -> "Tensor":
        """All elements along one axis."""
        return self.reshape(-1)

    def swapaxes(self, axis0: int, axis1: int) -> "Tensor":
        """`transpose` under its name in NumPy: `axis0` and `axis1` swapped."""
        return self.transpose(axis0, axis1)

    def movedim(self, source: int, destination: int) -> "Tensor":
        """The axis `source` moved to `destination`; the others keep their order."""
        from_, to = axis_index("movedim", source, self.ndim), axis_index("movedim", destination, self.ndim)
        axes = [axis for axis in range(self.ndim) if axis != from_]
        return self.permute((*axes[:to], from_, *axes[to:]))

    def tile(self, *dims: Any) -> "Tensor":
        """`repeat` that takes fewer numbers than axes: those missing in front of `dims` are 1."""
        times = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
        return self.repeat((*(1,) * (self.ndim - len(times)), *times))

    def select(self, dim: int, index: int) -> "Tensor":
        """Slice number `index` along `dim`, without that axis; a view."""
        return self[(slice(None),) * axis_index("select", dim, self.ndim) + (index,)]

    def diag(self, diagonal: int = 0) -> "Tensor":
        """A vector on a `diagonal` (0: the main one, above it > 0) of zeros; of a matrix, that diagonal.

        Refuses more than two axes.
        """
        if self.ndim not in (1, 2):
            raise ShapeError("tensors.diag", "diag", shape=self.shape)
        down, right = max(-diagonal, 0), max(diagonal, 0)
        if self.ndim == 2:
            count = max(min(self.shape[0] - down, self.shape[1] - right), 0)
            return self[_range(count) + down, _range(count) + right]
        size = self.shape[0] + abs(diagonal)
        zeros: Tensor = wrap(np.zeros((size, size), self.dtype))
        items = (("array", 0), ("array", 1))
        return zeros.put(self, items, _range(self.shape[0]) + down, _range(self.shape[0]) + right)

    def diff(self, n: int = 1, dim: int = -1) -> "Tensor":
        """Each element less the one before it along `dim`, `n` times."""
        x: Any = self
        for _ in range(n):
            x = x.narrow(dim, 1, x.size(dim) - 1) - x.narrow(dim, 0, x.size(dim) - 1)
        return x  # type: ignore[no-any-return]

    # --- sums and products ----------------------------------------------------------------------------------------

    def mm(self, mat2: "Tensor") -> "Tensor":
        """The product with the matrix `mat2`; refuses anything but two matrices."""
        return self._product(mat2, "mm", 2, 2)

    def bmm(self, mat2: "Tensor") -> "Tensor":
        """The products of a batch of matrices with the batch `mat2`; refuses any other shapes."""
        return self._product(mat2, "bmm", 3, 3)

    def mv(self, vec: "Tensor") -> "Tensor":
        """The product of a matrix with the vector `vec`; refuses any other shapes."""
        return self._product(vec, "mv", 2, 1)

    def _product(self, other: "Tensor", where: str, own: int, its: int) -> "Tensor":
        if self.ndim != own or other.ndim != its or (own == 3 and self.shape[0] != other.shape[0]):
            raise ShapeError("tensors.product", where, shapes=f"{self.shape}, {other.shape}", ranks=f"{own}, {its}")
        return self.matmul(other)

    def outer(self, vec2: "Tensor") -> "Tensor":
        """The outer product with the vector `vec2`."""
        return self.unsqueeze(1) * vec2.unsqueeze(0)

    def addmm(self, mat1: "Tensor", mat2: "Tensor", beta: float = 1, alpha: float = 1) -> "Tensor":
        """`beta` self + `alpha` `mat1` @ `mat2`."""
        product: Any = mat1.mm(mat2)
        total: Tensor = (self if beta == 1 else self * beta) + (product if alpha == 1 else product * alpha)
        return total

    def trace(self) -> "Tensor":
        """The sum of a matrix's diagonal."""
        return self.diagonal().sum()

    def cumprod(self, dim: int) -> "Tensor":
        """Running products along `dim`; no factor is ever divided away, so that zeros do no harm."""
        axis = axis_index("cumprod", dim, self.ndim)
        x: Any = self
        step = 1
        while step < self.shape[axis]:
            head, tail = x.narrow(axis, 0, step), x.narrow(axis, step, x.shape[axis] - step)
            tail = tail * x.narrow(axis, 0, x.shape[axis] - step)
            x = apply(shapes.CONCATENATE, (head, tail), (("axis", axis),))
            step *= 2
        return x  # type: ignore[no-any-return]

    def count_nonzero(self, dim: Any = None) -> "Tensor":
        """How many elements are not zero."""
        there: Tensor = self != 0
        return there.sum(dim)

    def median(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The middle element, the lower of two; with `dim`, the middle ones along it and where they stand."""
        if dim is None:
            flat = self.reshape(-1)
            return flat.sort(0).values[(flat.numel() - 1) // 2] if flat.numel() else flat.sum() * float("nan")
        place = (self.size(dim) - 1) // 2
        values, indices = (part.narrow(dim, place, 1) for part in self.sort(dim))
        return Extreme(values, indices) if keepdim else Extreme(values.squeeze(dim), indices.squeeze(dim))

    def quantile(self, q: Any, dim: int | None = None, keepdim: bool = False) -> "Tensor":
        """The element that a share `q` (0 … 1) of all lies below, between two neighbours in proportion.

        `q` is a number or a tensor (k,), whose answers stand along a new first axis; refused outside 0 … 1.
        """
        x = self.reshape(-1) if dim is None else self
        axis = 0 if dim is None else axis_index("quantile", dim, self.ndim)
        shares = np.asarray(q, dtype=np.float64)
        if not ((shares >= 0) & (shares <= 1)).all():
            raise ArgumentError("tensors.quantile", "quantile, argument q", got=q)
        ordered = x.sort(axis).values
        found = []
        for share in shares.reshape(-1).tolist():
            place = share * (x.shape[axis] - 1)
            low = int(place)
            below = ordered.narrow(axis, low, 1)
            above = ordered.narrow(axis, min(low + 1, x.shape[axis] - 1), 1)
            part = below + (above - below) * (place - low)
            if dim is None:
                part = part.reshape((1,) * self.ndim if keepdim else ())
            found.append(part if keepdim or dim is None else part.squeeze(axis))
        if not shares.ndim:
            return found[0]
        return apply(shapes.CONCATENATE, tuple(part.unsqueeze(0) for part in found), (("axis", 0),))

    # --- what depends on the numbers: not for recordings ------------------------------------------------------------

    def nonzero(self, as_tuple: bool = False) -> Any:
        """The places of elements that are not zero: (n, axes), or with `as_tuple` one tensor (n,) an axis."""
        places = np.nonzero(self._known("nonzero"))
        return tuple(wrap(axis) for axis in places) if as_tuple else wrap(np.stack(places, axis=1))

    def masked_select(self, mask: "Tensor") -> "Tensor":
        """The elements where `mask` holds, one after another."""
        shape = np.broadcast_shapes(self.shape, mask.shape)
        return self.expand(shape)[mask.expand(shape)]

    def unique(self, return_inverse: bool = False, return_counts: bool = False) -> Any:
        """Every element once, in rising order.

        With `return_inverse` also where each element went; with `return_counts` also how often each occurs.
        """
        array = self._known("unique")
        values, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
        extra = [inverse.reshape(array.shape)] * return_inverse + [counts] * return_counts
        found = tuple(wrap(part) for part in (values, *extra))
        return found if extra else found[0]

    def bincount(self, weights: "Tensor | None" = None, minlength: int = 0) -> "Tensor":
        """How often each whole number from 0 occurs, or the sum of its `weights`; at least `minlength` entries.

        Refuses floats, numbers below 0, and more than one axis.
        """
        array = self._known("bincount")
        if array.ndim != 1 or array.dtype.kind not in "iub" or (array.size and array.min() < 0):
            raise DataError("tensors.bincount", "bincount", shape=array.shape, dtype=array.dtype)
        return wrap(np.bincount(array, None if weights is None else np.asarray(weights), minlength))

    def _known(self, where: str) -> Any:
        return np.asarray(self._numbers(where))  # type: ignore[attr-defined]  # the concrete class has it

    # --- added and set at places ------------------------------------------------------------------------------------

    def scatter(self, dim: int, index: "Tensor", src: Any) -> "Tensor":
        """A copy with `out[i][index[i][j]] = src[i][j]` along `dim` (here 1); `src` is a tensor or a number."""
        items, places = self._scattered(dim, index, "scatter")
        value = src[tuple(slice(size) for size in index.shape)] if isinstance(src, Indexing) else src
        return self.put(value if isinstance(value, Indexing) else wrap(np.array(value, self.dtype)), items, *places)

    def scatter_add(self, dim: int, index: "Tensor", src: "Tensor") -> "Tensor":
        """This tensor with `src[i][j]` added at `[i][index[i][j]]` along `dim` (here 1): the way back of `gather`."""
        items, places = self._scattered(dim, index, "scatter_add")
        return self + src[tuple(slice(size) for size in index.shape)].index_sum(self.shape, items, *places)

    def index_add(self, dim: int, index: "Tensor", source: "Tensor", alpha: float = 1) -> "Tensor":
        """This tensor with slice i of `alpha * source` added to slice `index[i]` along `dim`."""
        axis = axis_index("index_add", dim, self.ndim)
        items = (*(("slice", None, None, None),) * axis, ("array", 0))
        return self + (source if alpha == 1 else source * alpha).index_sum(self.shape, items, index)

    def _scattered(self, dim: int, index: "Tensor", where: str) -> tuple[Any, tuple["Tensor", ...]]:
        axis = axis_index(where, dim, self.ndim)
        if index.ndim != self.ndim:
            raise ShapeError("ops.broadcast", where, shapes=f"{self.shape} , {index.shape}", axis=axis)
        own = index.numpy() if index._array is not None else None
        if own is not None and own.size and not (own.min() >= 0 and own.max() < self.shape[axis]):
            why = f"{own.min()} … {own.max()}"
            raise ArgumentError("tensors.index", where, why=why, shape=self.shape)
        places = []
        for i, size in enumerate(index.shape):
            along = _range(size).reshape((1,) * i + (size,) + (1,) * (self.ndim - i - 1))
            places.append(index if i == axis else along)
        return tuple(("array", i) for i in range(self.ndim)), tuple(places)

    # --- others like it -----------------------------------------------------------------------------------------------

    def new_zeros(self, *sizes: Any, dtype: Any = None) -> "Tensor":
        """Zeros of another shape, in the dtype of this tensor."""
        return self._new(sizes, 0, dtype)

    def new_ones(self, *sizes: Any, dtype: Any = None) -> "Tensor":
        """Ones of another shape, in the dtype of this tensor."""
        return self._new(sizes, 1, dtype)

    def new_empty(self, *sizes: Any, dtype: Any = None) -> "Tensor":
        """To be filled, in the dtype of this tensor; holds zeros."""
        return self._new(sizes, 0, dtype)

    def new_full(self, sizes: Sequence[int], fill_value: float, dtype: Any = None) -> "Tensor":
        """`fill_value` in another shape, in the dtype of this tensor."""
        return self._new((tuple(sizes),), fill_value, dtype)

    def new_tensor(self, data: Any, dtype: Any = None) -> "Tensor":
        """A tensor with a copy of `data`, in the dtype of this tensor."""
        made: Tensor = wrap(np.array(data, dtype=dtype or self.dtype))
        return made

    def _new(self, sizes: tuple[Any, ...], fill: float, dtype: Any) -> "Tensor":
        shape = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
        kind = np.dtype(dtype or self.dtype)
        static = (("shape", tuple(int(size) for size in shape)), ("fill", kind.type(fill).item()), ("dtype", kind.name))
        return apply(shapes.FULL, (), static)

    # --- questions ----------------------------------------------------------------------------------------------------

    def is_floating_point(self) -> Any:
        """Whether the elements are floats."""
        return self.dtype.kind == "f"

    def nelement(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    def ndimension(self) -> int:
        """The number of axes."""
        return self.ndim

    def is_contiguous(self) -> Any:
        """Whether the memory runs row by row."""
        return bool(self._array.flags.c_contiguous)


def _range(count: int) -> "Tensor":
    return apply(shapes.ARANGE, (), (("start", 0), ("stop", count), ("step", 1), ("dtype", "int64")))
