"""Data sets as PyTorch's users know them: anything with a length and rows by number."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import numbers, same_rows
from chainrule.errors import ArgumentError, DtypeError, ShapeError
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.random import Generator
from chainrule.tensors.tensor import Tensor


class Dataset(ABC):
    """The base of data sets of one's own: `len(dataset)` rows, `dataset[i]` one of them.

    Example:
        >>> import chainrule.data
        >>> class Squares(chainrule.data.Dataset):
        ...     def __len__(self):
        ...         return 5
        ...     def __getitem__(self, i):
        ...         return float(i), float(i * i)
        >>> x, y = next(iter(chainrule.data.DataLoader(Squares(), batch_size=3)))
        >>> y
        tensor([0., 1., 4.])
    """

    @abstractmethod
    def __len__(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def __getitem__(self, index: int) -> Any:
        """Row `index`."""


class TensorDataset(Dataset):
    """Tensors or arrays that share their rows; row i is the tuple of their rows i.

    Args:
        tensors: each (n, ...); arrays become tensors, float64 in the default dtype.

    Raises:
        ShapeError: when they differ in rows.
        ArgumentError: without any.

    Example:
        >>> import chainrule.data
        >>> dataset = chainrule.data.TensorDataset(*chainrule.data.xor())
        >>> dataset[1]
        (tensor([0., 1.]), tensor([1.]))
    """

    def __init__(self, *tensors: object) -> None:
        if not tensors:
            raise ArgumentError("data.no_tensors", "TensorDataset")
        made = []
        for place, given in enumerate(tensors, start=1):
            found = given if isinstance(given, Tensor) else numbers(given, f"TensorDataset, argument {place}")
            same_rows(numbers(tensors[0], "TensorDataset, argument 1"), np.asarray(found), "TensorDataset")
            made.append(as_tensor(found).detach())
        self.tensors: tuple[Tensor, ...] = tuple(made)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)


class Subset(Dataset):
    """Some rows of another data set.

    Args:
        dataset: the other.
        indices: numbers of its rows, in the order wanted.

    Example:
        >>> import chainrule.data
        >>> len(chainrule.data.Subset(chainrule.data.TensorDataset(*chainrule.data.xor()), [0, 3]))
        2
    """

    def __init__(self, dataset: Dataset | Sequence[Any], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[self.indices[index]]


class ConcatDataset(Dataset):
    """Several data sets one after another.

    Args:
        datasets: with lengths and rows by number.

    Example:
        >>> import chainrule.data
        >>> joined = chainrule.data.ConcatDataset([range(3), range(10, 12)])
        >>> len(joined), joined[3], joined[-1]
        (5, 10, 11)
    """

    def __init__(self, datasets: Sequence[Dataset | Sequence[Any]]) -> None:
        self.datasets = list(datasets)
        self._ends = np.cumsum([len(part) for part in self.datasets]).tolist()

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        place = index % len(self)
        part = bisect_right(self._ends, place)
        return self.datasets[part][place - (self._ends[part - 1] if part else 0)]


def random_split(
    dataset: Dataset | Sequence[Any], lengths: Sequence[float], generator: Generator | None = None
) -> list[Subset]:
    """Deal the rows of a data set at random to several.

    Args:
        dataset: with a length and rows by number.
        lengths: rows of each part, together all rows; or shares, together 1.
        generator: the stream of random numbers; default the one that `cr.manual_seed` sets.

    Returns:
        One `Subset` a length.

    Raises:
        ArgumentError: for lengths that are not together all rows.
        DtypeError: for a data set without a length.

    Example:
        >>> import chainrule.data
        >>> parts = chainrule.data.random_split(range(10), [0.7, 0.3])
        >>> [len(part) for part in parts]
        [7, 3]
    """
    if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
        raise DtypeError("data.no_dataset", "random_split, argument dataset", got=type(dataset).__name__)
    rows, sizes = len(dataset), list(lengths)
    where = "random_split, argument lengths"
    if sizes and min(sizes) >= 0 and abs(sum(sizes) - 1) < 1e-9 and max(sizes) <= 1 and rows > 1:
        counts = [int(share * rows + 1e-9) for share in sizes]
        for extra in range(rows - sum(counts)):
            counts[extra % len(counts)] += 1
    else:
        counts = [int(size) for size in sizes]
        if counts != sizes or sum(counts) != rows or any(size < 0 for size in counts):
            raise ArgumentError("data.lengths", where, got=sizes, rows=rows)
    order = np.argsort(streams.words(rows, streams.next_seed(generator), streams.SPLIT), kind="stable").tolist()
    stops = np.cumsum(counts).tolist()
    return [Subset(dataset, order[stop - size : stop]) for stop, size in zip(stops, counts, strict=True)]


def as_rows(tensors: Sequence[object]) -> bool:
    """Whether these are arrays or tensors that share their rows, and not rows themselves."""
    shapes = [getattr(part, "shape", None) for part in tensors]
    if not shapes or any(not isinstance(shape, tuple) or not shape for shape in shapes):
        return False
    if len({shape[0] for shape in shapes if shape}) > 1:
        raise ShapeError("data.rows_differ", "DataLoader, argument dataset", first=shapes[0], second=shapes[1])
    return True
