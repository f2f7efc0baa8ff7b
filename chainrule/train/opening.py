"""From what a user hands over as data to a feed of batches."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from chainrule.data.datasets import Dataset, TensorDataset
from chainrule.data.loader import DataLoader
from chainrule.data.splits import split_rows
from chainrule.errors import ArgumentError, DtypeError
from chainrule.nn.embedding import Embedding
from chainrule.train.casting import Casting
from chainrule.train.feed import ArrayFeed, LoaderFeed, arrays

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

Feed = ArrayFeed | LoaderFeed


def casting(trainer: "Trainer") -> Casting:
    """How numbers are brought to this Trainer's network."""
    return Casting(
        trainer.dtype,
        whole_inputs=any(isinstance(module, Embedding) for module in trainer.model.modules()),
        whole_targets=trainer.objective.kind.targets in ("classes", "own"),
        classes=trainer.objective.kind.targets == "classes",
        guard=trainer.guard,
    )


def opened(
    trainer: "Trainer", data: Any, where: str, sample_weight: object = None, batch_size: int = 32, *,
    shuffle: bool = False,
) -> Feed:
    """The feed behind `data`; without class weights as yet.

    Raises:
        DtypeError: for something that is no data.
        ArgumentError: for weights beside a loader.
    """
    mass = trainer.objective.size if trainer.objective.kind.targets == "classes" else None
    if isinstance(data, TensorDataset):
        data = data.tensors
    if isinstance(data, tuple):
        if not 1 <= len(data) <= 3:
            raise DtypeError("train.data_parts", where, count=len(data))
        if len(data) == 3 and sample_weight is not None:
            raise ArgumentError("train.weights_twice", where)
        feed = arrays(data, casting(trainer), where, sample_weight, _names(data))
        feed.count_by(mass if mass is not None and trainer.objective.uneven(feed.targets) else None)
        return feed
    if sample_weight is not None:
        raise ArgumentError("train.loader_weights", f"{where}, sample_weight")
    if isinstance(data, Dataset) or _is_dataset(data):
        data = DataLoader(data, batch_size=batch_size, shuffle=shuffle, seed=trainer.seed)
    if not _gives_batches(data):
        raise DtypeError("train.data", where, got=type(data).__name__, call=_call(where))
    return LoaderFeed(data, casting(trainer), None, mass, where)


def parted(trainer: "Trainer", feed: Feed, share: float, where: str) -> tuple[ArrayFeed, ArrayFeed]:
    """Rows to learn from, and a share of them to be judged by: stratified for classes, by the Trainer's seed alone.

    Raises:
        ArgumentError: for a share of what cannot be parted, or one that leaves nothing.
    """
    if not isinstance(feed, ArrayFeed):
        raise ArgumentError("train.share_of_loader", where)
    if feed.rows < 2:
        raise ArgumentError("train.share_of_one", where, rows=feed.rows)
    try:
        labels = trainer.objective.labels(feed.targets)
        learnt, judged = split_rows(feed.rows, share, seed=trainer.seed, labels=labels)
    except ArgumentError as error:
        error.where = where
        raise
    learnt.sort()
    judged.sort()
    return feed.take(learnt), feed.take(judged)


def _call(where: str) -> str:
    """The argument that `where` speaks of, with a pair as its value: what could have been written."""
    function, _, argument = where.removeprefix("Trainer.").partition(", ")
    return "validation=(X_val, y_val)" if argument == "validation" else f"{function}((X, y))"


def _gives_batches(data: Any) -> bool:
    """Whether one can go through it; of lists only those of tuples, for `[X, y]` is two arrays and no two batches."""
    if isinstance(data, list):
        return all(isinstance(item, tuple) for item in data)
    return isinstance(data, Iterable) and not hasattr(data, "dtype") and not isinstance(data, str | bytes | dict)


def _is_dataset(data: Any) -> bool:
    """Rows by number and a length, as PyTorch's data sets have them."""
    return hasattr(data, "__getitem__") and hasattr(data, "__len__") and not hasattr(data, "__iter__")


def _names(data: Sequence[Any]) -> Sequence[str]:
    """The names of the columns, where somebody knows them."""
    found: Any = getattr(data, "feature_names", None) or getattr(data[0], "columns", ())
    return tuple(str(name) for name in found)
