"""Samplers, as PyTorch's loaders know them: each `for` over one gives row numbers in the order to read."""

from collections.abc import Iterator, Sequence, Sized

import numpy as np

from chainrule.data.arrays import numbers, whole
from chainrule.errors import ArgumentError
from chainrule.tensors.random import Generator, default_generator


class Sampler:
    """The base of samplers of one's own: `iter` gives row numbers, `len` says how many.

    Example:
        >>> import chainrule.data
        >>> class EverySecond(chainrule.data.Sampler):
        ...     def __iter__(self):
        ...         return iter(range(0, 6, 2))
        ...     def __len__(self):
        ...         return 3
        >>> list(EverySecond())
        [0, 2, 4]
    """

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


class SequentialSampler(Sampler):
    """Every row, from the first to the last.

    Args:
        data_source: anything with a length.

    Example:
        >>> import chainrule.data
        >>> list(chainrule.data.SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class SubsetRandomSampler(Sampler):
    """The listed rows in random order, another in each epoch.

    Args:
        indices: row numbers.
        generator: the stream; default the one that `cr.manual_seed` sets.

    Example:
        >>> import chainrule.data
        >>> sorted(chainrule.data.SubsetRandomSampler([4, 7]))
        [4, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        order = (self.generator or default_generator).numpy().permutation(len(self.indices))
        return (int(self.indices[place]) for place in order.tolist())

    def __len__(self) -> int:
        return len(self.indices)


class RandomSampler(SubsetRandomSampler):
    """Every row in random order, another in each epoch.

    Args:
        data_source: anything with a length.
        generator: the stream; default the one that `cr.manual_seed` sets.

    Example:
        >>> import chainrule.data
        >>> sorted(chainrule.data.RandomSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized, generator: Generator | None = None) -> None:
        super().__init__(range(len(data_source)), generator)


class WeightedRandomSampler(Sampler):
    """Rows drawn by weights: the way to show rare classes as often as common ones.

    Args:
        weights: (n,) how likely each row is, not negative; they need not sum to 1.
        num_samples: rows an epoch.
        replacement: may a row be drawn again? Default True.
        generator: the stream; default the one that `cr.manual_seed` sets.

    Raises:
        ArgumentError: for negative weights, or too few positive ones to draw without replacement.

    Example:
        >>> import chainrule.data
        >>> list(chainrule.data.WeightedRandomSampler([0.0, 1.0], num_samples=3))
        [1, 1, 1]
    """

    def __init__(
        self, weights: object, num_samples: int, replacement: bool = True, generator: Generator | None = None
    ) -> None:
        where = "WeightedRandomSampler, argument weights"
        self.weights = np.asarray(numbers(weights, where), np.float64)
        self.num_samples = whole(num_samples, "WeightedRandomSampler, argument num_samples", least=1)
        self.replacement = replacement
        self.generator = generator
        positive = int((self.weights > 0).sum())
        least = 1 if replacement else self.num_samples
        if self.weights.ndim != 1 or not (self.weights >= 0).all() or positive < least:
            raise ArgumentError("data.weights_drawn", where, shape=self.weights.shape, positive=positive, least=least)

    def __iter__(self) -> Iterator[int]:
        stream = (self.generator or default_generator).numpy()
        shares = self.weights / self.weights.sum()
        drawn = stream.choice(len(shares), self.num_samples, replace=self.replacement, p=shares)
        return iter(drawn.tolist())

    def __len__(self) -> int:
        return self.num_samples
