"""`DataLoader`: a data set in batches, in an order that depends on seed and epoch alone."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Array, Ints, whole
from chainrule.data.collate import default_collate
from chainrule.data.datasets import Dataset, Subset, TensorDataset, as_rows
from chainrule.data.order import batches, epoch_order
from chainrule.errors import ArgumentError, DtypeError, ShapeError
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import as_tensor, tensor
from chainrule.tensors.random import Generator
from chainrule.tensors.tensor import Tensor


class DataLoader:
    """A data set in batches of tensors; each `for` over it is one epoch.

    Arrays and tensors are gathered a whole batch at a time, other data sets row by row. Epoch e of seed s reads the
    rows in the order `epoch_order(n, s, e)`; a batch that holds all rows is not shuffled; the last short batch is kept.

    Args:
        dataset: a pair of arrays `(X, y)`, `Samples`, a tensor or array, a `TensorDataset`, or anything with a length
            and rows by number.
        batch_size: rows a batch, at least 1.
        shuffle: read the rows in another order in each epoch.
        drop_last: leave out a last batch that is shorter than the others.
        seed: of order and `augment`; default the next number of `generator`, taken when the first epoch begins.
        generator: a stream of random numbers; default the one that `cr.manual_seed` sets.
        collate_fn: puts rows together to a batch; default `default_collate`. Not for bare arrays.
        num_workers: threads that fetch the rows of a batch side by side; 0 for none. Arrays need none.
        augment: called with the arrays of each batch and a NumPy generator, gives back the arrays to use; the
            generator depends on seed, epoch and batch alone. For arrays only.
        sampler: gives row numbers, afresh for each epoch, in the order to read; instead of `shuffle`.
        pin_memory: not used; there is no other memory.
        persistent_workers: not used; threads begin quickly.

    Attributes:
        epoch: number of the epoch that the next `for` reads, from 0; set it to go on from there.

    Raises:
        ArgumentError: for a batch size below 1, or arguments that do not go together.
        DtypeError: for a data set without length and rows.
        ShapeError: for arrays that differ in rows.

    Example:
        >>> import chainrule.data
        >>> loader = chainrule.data.DataLoader(chainrule.data.iris(), batch_size=64, shuffle=True, seed=0)
        >>> [X.shape[0] for X, y in loader]
        [64, 64, 22]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        seed: int | None = None,
        generator: Generator | None = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        num_workers: int = 0,
        augment: Callable[..., Sequence[Array] | Array] | None = None,
        sampler: Collection[int] | None = None,
        pin_memory: bool = False,
        persistent_workers: bool = False,
    ) -> None:
        self.dataset = dataset
        self.batch_size = whole(batch_size, "DataLoader, argument batch_size", least=1)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.collate_fn = collate_fn
        self.num_workers = whole(num_workers, "DataLoader, argument num_workers", least=0)
        self.augment = augment
        self.epoch = 0
        self._seed = None if seed is None else whole(seed, "DataLoader, argument seed", least=0, most=2**64 - 1)
        self._generator = generator
        self.sampler = sampler
        if sampler is not None and shuffle:
            raise ArgumentError("data.sampler_shuffle", "DataLoader, arguments sampler and shuffle")
        self._tensors, self._chosen, self._single = _gathered(dataset)
        if collate_fn is not None and isinstance(dataset, Dataset):
            self._tensors, self._chosen = None, None  # rows as they are, for whoever puts them together
        if self._tensors is None:
            if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
                raise DtypeError("data.no_dataset", "DataLoader, argument dataset", got=type(dataset).__name__)
            if augment is not None:
                raise ArgumentError("data.augment_rows", "DataLoader, argument augment")
        elif collate_fn is not None:
            raise ArgumentError("data.collate_arrays", "DataLoader, argument collate_fn")

    def __len__(self) -> int:
        rows = self._rows()
        return rows // self.batch_size if self.drop_last else -(-rows // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        if self._seed is None and (self.shuffle or self.augment is not None):
            self._seed = streams.next_seed(self._generator)
        epoch, rows = self.epoch, self._rows()
        self.epoch += 1
        if self.sampler is not None:
            listed = np.fromiter(self.sampler, np.int64)
            places = batches(len(listed), self.batch_size, drop_last=self.drop_last)
            cut: Iterator[Ints] = (listed[place] for place in places)
        else:
            order = epoch_order(rows, self._seed or 0, epoch) if self.shuffle else None
            cut = batches(rows, self.batch_size, order, drop_last=self.drop_last)
        return self._arrays(cut, epoch) if self._tensors is not None else self._row_by_row(cut)

    def arrays(self) -> tuple[tuple[Tensor, ...], Ints | None]:
        """The tensors that rows are gathered from, and the numbers of their rows that are read, None for all.

        Returns:
            No tensors where rows are fetched one by one.
        """
        return tuple(self._tensors or ()), self._chosen

    def state_dict(self) -> dict[str, Any]:
        """What the orders to come depend on, beside the epoch: seed and streams of its own, as plain data."""
        own = [self._generator, getattr(self.sampler, "generator", None)]
        return {"seed": self._seed, "streams": [None if one is None else list(one.get_state()) for one in own]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from the `state` that `state_dict` gave."""
        self._seed = state["seed"]
        own = [self._generator, getattr(self.sampler, "generator", None)]
        for one, kept in zip(own, state["streams"], strict=True):
            if one is not None and kept is not None:
                one.set_state(tuple(kept))

    def _rows(self) -> int:
        if self.sampler is not None:
            return len(self.sampler)
        if self._chosen is not None:
            return len(self._chosen)
        return len(self.dataset) if self._tensors is None else len(self._tensors[0])

    def _arrays(self, cut: Iterator[Ints], epoch: int) -> Iterator[Any]:
        assert self._tensors is not None
        arrays = [part.numpy() for part in self._tensors]
        for number, rows in enumerate(cut):
            taken = rows if self._chosen is None else self._chosen[rows]
            if self.augment is None:
                made = [wrap(np.ascontiguousarray(array[taken])) for array in arrays]
            else:
                made = self._changed([array[taken] for array in arrays], epoch * len(self) + number)
            yield made[0] if self._single else made

    def _changed(self, arrays: list[Array], step: int) -> list[Tensor]:
        assert self.augment is not None
        given = self.augment(*arrays, streams.generator(self._seed or 0, streams.AUGMENT, step))
        parts = [given] if self._single else list(given)
        if len(parts) != len(arrays):
            raise ShapeError("data.augment_parts", "DataLoader, argument augment", got=len(parts), expected=len(arrays))
        return [tensor(part) for part in parts]

    def _row_by_row(self, cut: Iterator[Ints]) -> Iterator[Any]:
        together = self.collate_fn or default_collate
        if not self.num_workers:
            for rows in cut:
                yield together([self.dataset[i] for i in rows.tolist()])
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.num_workers) as pool:
            for rows in cut:
                yield together(list(pool.map(self.dataset.__getitem__, rows.tolist())))


def _gathered(dataset: Any) -> tuple[tuple[Tensor, ...] | None, Ints | None, bool]:
    """The tensors that can be gathered by rows, the rows chosen of them, and whether there is only one, bare."""
    if isinstance(dataset, Subset):
        tensors, chosen, single = _gathered(dataset.dataset)
        rows = np.array(dataset.indices, np.int64)
        return tensors, rows if chosen is None else chosen[rows], single
    if isinstance(dataset, TensorDataset):
        return dataset.tensors, None, False
    if isinstance(dataset, Tensor | np.ndarray):
        return (as_tensor(dataset).detach(),), None, True
    if isinstance(dataset, tuple) and as_rows(dataset):
        return TensorDataset(*dataset).tensors, None, False
    return None, None, False
