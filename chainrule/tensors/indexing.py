"""Parts of a tensor: slices, fancy indices, picks along an axis, windows."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError, DtypeError, ShapeError
from chainrule.ops import index as indices
from chainrule.ops import shape as shapes
from chainrule.ops import window
from chainrule.ops.index import Items
from chainrule.ops.rules import axis_index
from chainrule.tape.apply import apply
from chainrule.tape.mode import mode
from chainrule.tape.tracked import wrap
from chainrule.tensors.reducing import Extreme, Reducing

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor


class Indexing(Reducing):
    """The methods of a tensor that take parts of it."""

    def _items(self, index: Any) -> tuple[Items, tuple["Tensor", ...]]:
        """An index as static items and index tensors; masks become the places where they hold."""
        parts = index if isinstance(index, tuple) else (index,)
        whole = sum(_axes_of(part) for part in parts)
        if whole > self.ndim:
            raise ShapeError("ops.index_rank", "index", count=whole, shape=self.shape)
        items: list[tuple[object, ...]] = []
        arrays: list[Tensor] = []
        axis = 0
        for part in parts:
            if part is Ellipsis:
                skipped = self.ndim - whole
                items += [("slice", None, None, None)] * skipped
                axis += skipped
                continue
            if part is None:
                items.append(("new",))
            elif isinstance(part, slice):
                start, stop, step = (None if x is None else int(x) for x in (part.start, part.stop, part.step))
                items.append(("slice", start, stop, step))
            elif isinstance(part, (int, np.integer)) and not isinstance(part, (bool, np.bool_)):
                items.append(("int", int(part)))
            else:
                for places in _index_arrays(part, self.shape[axis : axis + _axes_of(part)], axis):
                    items.append(("array", len(arrays)))
                    arrays.append(places)
            axis += _axes_of(part)
        return tuple(items), tuple(arrays)

    def __getitem__(self, index: Any) -> "Tensor":
        items, arrays = self._items(index)
        if not arrays:
            return self.slice(items)
        try:
            return self.take(items, *arrays)
        except IndexError as error:
            raise ArgumentError("tensors.index", "x[i]", why=error, shape=self.shape) from None

    def __iter__(self) -> Iterator["Tensor"]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(self.shape[0]))

    def slice(self, items: Items) -> "Tensor":
        """A view by static items (see `ops.index`)."""
        if not items or all(item == ("slice", None, None, None) for item in items):
            return self  # type: ignore[return-value]  # the concrete class
        return apply(indices.SLICE, (self,), (("items", items),))

    def place(self, shape: tuple[int, ...], items: Items, fill: float) -> "Tensor":
        """This tensor put where `items` point to, in an array of `shape` full of `fill`."""
        return apply(indices.PLACE, (self,), (("shape", shape), ("items", items), ("fill", fill)))

    def take(self, items: Items, *arrays: "Tensor") -> "Tensor":
        """A copy of the elements that static items and index tensors point to."""
        return apply(indices.TAKE, (self, *arrays), (("items", items),))

    def index_sum(self, shape: tuple[int, ...], items: Items, *arrays: "Tensor") -> "Tensor":
        """This tensor added up where the index points to, in an array of zeros."""
        return apply(indices.INDEX_ADD, (self, *arrays), (("shape", shape), ("items", items)))

    def put(self, value: Any, items: Items, *arrays: "Tensor") -> "Tensor":
        """A copy with `value` where the index points to."""
        return apply(indices.PUT, (self, value, *arrays), (("items", items),))

    def narrow(self, dim: int, start: int, length: int) -> "Tensor":
        """`length` slices along `dim`, from `start` on; a view."""
        axis = axis_index("narrow", dim, self.ndim)
        items = (("slice", None, None, None),) * axis + (("slice", start, start + length, None),)
        return self.slice(items)

    def _part(self, dim: int, start: int, length: int) -> "Tensor":
        return self.narrow(dim, start, length)

    def _joined(self, other: "Tensor") -> "Tensor":
        return apply(shapes.CONCATENATE, (self, other), (("axis", self.ndim - 1),))

    def _pick(self, source: Any, axis: int) -> "Tensor":
        return apply(indices.GATHER, (source, self), (("axis", axis),))

    def flip(self, *dims: Any) -> "Tensor":
        """The elements along `dims` in reverse order."""
        listed = dims[0] if isinstance(dims[0], (tuple, list)) else dims
        wanted = {axis_index("flip", int(dim), self.ndim) for dim in listed}
        items = tuple(("slice", None, None, -1 if axis in wanted else None) for axis in range(self.ndim))
        return self.slice(items)

    def gather(self, dim: int, index: "Tensor") -> "Tensor":
        """`out[i][j] = self[i][index[i][j]]` along `dim` (here 1); refuses an index that does not fit."""
        axis = axis_index("gather", dim, self.ndim)
        _integer(index, "gather")
        if index.ndim != self.ndim:
            raise ShapeError("ops.broadcast", "gather", shapes=f"{self.shape} , {index.shape}", axis=axis)
        source: Any = self
        for i, (size, shorter) in enumerate(zip(self.shape, index.shape, strict=True)):
            if i != axis and shorter < size:
                source = source.narrow(i, 0, shorter)
        try:
            return index._pick(source, axis)
        except IndexError as error:
            raise ArgumentError("tensors.index", "gather", why=error, shape=self.shape) from None

    def scatter_sum(self, shape: tuple[int, ...], axis: int, index: "Tensor") -> "Tensor":
        """The way back of `gather`: elements added up where `index` points to along `axis`, in zeros of `shape`."""
        return apply(indices.SCATTER_ADD, (self, index), (("shape", shape), ("axis", axis)))

    def index_select(self, dim: int, index: "Tensor") -> "Tensor":
        """The slices along `dim` whose numbers `index` (n,) lists."""
        axis = axis_index("index_select", dim, self.ndim)
        return self[(slice(None),) * axis + (index,)]

    def sort(self, dim: int = -1, descending: bool = False) -> Extreme:
        """The elements in rising (or falling) order along `dim`, and where they stood."""
        order = self.argsort(dim, descending)
        return Extreme(self.gather(dim, order), order)

    def topk(self, k: int, dim: int = -1, largest: bool = True) -> Extreme:
        """The k `largest` (or smallest) elements along `dim`, the best first; refuses more than there are."""
        if not 0 <= k <= (self.shape[dim] if self.shape else 0):
            raise ArgumentError("tensors.topk", "topk, argument k", k=k, size=self.shape[dim] if self.shape else 0)
        order = self.argsort(dim, descending=largest).narrow(dim, 0, k)
        return Extreme(self.gather(dim, order), order)

    def unbind(self, dim: int = 0) -> tuple["Tensor", ...]:
        """The slices along `dim`, one by one."""
        axis = axis_index("unbind", dim, self.ndim)
        return tuple(self.slice((("slice", None, None, None),) * axis + (("int", i),)) for i in range(self.shape[axis]))

    def split(self, split_size: int | Sequence[int], dim: int = 0) -> tuple["Tensor", ...]:
        """Pieces of `split_size` slices along `dim`, the last perhaps less, or of listed sizes; refuses a wrong sum."""
        axis = axis_index("split", dim, self.ndim)
        total = self.shape[axis]
        if isinstance(split_size, int):
            sizes = [min(split_size, total - i) for i in range(0, total, split_size)]
        else:
            sizes = list(split_size)
        if sum(sizes) != total:
            raise ArgumentError("tensors.split", "split", sizes=sizes, total=total)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int).tolist()
        return tuple(self.narrow(axis, start, length) for start, length in zip(starts, sizes, strict=True))

    def chunk(self, chunks: int, dim: int = 0) -> tuple["Tensor", ...]:
        """At most `chunks` pieces of equal size along `dim` (the last may be shorter)."""
        return self.split(max(1, -(-self.shape[axis_index("chunk", dim, self.ndim)] // chunks)), dim)

    def roll(self, shifts: Any, dims: Any = None) -> "Tensor":
        """The slices along `dims` moved on by `shifts`, those pushed out coming in again at the other end.

        Both may be tuples of equal length; without `dims` all elements move as if they stood in one row.
        """
        if dims is None:
            return self.reshape(-1).roll(shifts, 0).reshape(self.shape)
        if isinstance(dims, (tuple, list)):
            x: Any = self
            for shift, dim in zip(shifts, dims, strict=True):
                x = x.roll(shift, dim)
            return x  # type: ignore[no-any-return]
        size = self.shape[dims]
        if not size or not shifts % size:
            return self  # type: ignore[return-value]
        first, second = self.split([size - shifts % size, shifts % size], dims)
        return apply(shapes.CONCATENATE, (second, first), (("axis", axis_index("roll", dims, self.ndim)),))

    def tril(self, diagonal: int = 0) -> "Tensor":
        """Zero above the diagonal of the last two axes."""
        return self.where(_triangle(self.shape, diagonal), 0.0 if self.dtype.kind == "f" else 0)

    def triu(self, diagonal: int = 0) -> "Tensor":
        """Zero below the diagonal of the last two axes."""
        return self.where(~_triangle(self.shape, diagonal - 1), 0.0 if self.dtype.kind == "f" else 0)

    def diagonal(self) -> "Tensor":
        """The diagonal of a matrix."""
        places = _range(min(self.shape[-2:]))
        return self[..., places, places]

    def windows(self, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]) -> "Tensor":
        """Every window over images (N, H, W, C): (N, OH, OW, KH, KW, C), a view."""
        return apply(window.WINDOWS, (self,), (("kernel", kernel), ("stride", stride), ("dilation", dilation)))

    def fold(
        self, shape: tuple[int, ...], kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]
    ) -> "Tensor":
        """The way back of `windows`: every window added where it was taken from, in zeros of `shape`."""
        static = (("shape", shape), ("kernel", kernel), ("stride", stride), ("dilation", dilation))
        return apply(window.FOLD, (self,), static)


def _range(count: int) -> "Tensor":
    return apply(shapes.ARANGE, (), (("start", 0), ("stop", count), ("step", 1), ("dtype", "int64")))


def _triangle(shape: tuple[int, ...], diagonal: int) -> "Tensor":
    below: Tensor = _range(shape[-2]).unsqueeze(1) + diagonal >= _range(shape[-1])
    return below


def _axes_of(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    dtype = getattr(part, "dtype", None)
    if dtype is not None and dtype.kind == "b":
        return part.ndim  # type: ignore[no-any-return]
    if isinstance(part, list) and np.asarray(part).dtype.kind == "b":
        return np.asarray(part).ndim
    return 1


def _integer(index: Any, where: str) -> None:
    if index.dtype.kind not in "iu":
        raise DtypeError("tensors.index_dtype", where, dtype=index.dtype)


def _index_arrays(part: Any, sizes: tuple[int, ...], axis: int) -> list["Tensor"]:
    if not isinstance(part, Indexing):
        part = wrap(np.asarray(part, dtype=np.int64 if isinstance(part, list) and not part else None))
    if part.dtype.kind == "b":
        if part.shape != sizes:
            raise ShapeError("tensors.mask_shape", "x[mask]", mask=part.shape, sizes=sizes, axis=axis)
        if mode.recorder is not None and not mode.recorder.watched:
            mode.recorder.give_up("tensors.mask_recorded", "x[mask]")
        return [wrap(places) for places in np.nonzero(part._array)]
    _integer(part, "x[i]")
    return [part]
