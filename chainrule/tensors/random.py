"""Random tensors, by counter: a generator is a seed and the number of the next draw, nothing else."""

import os
from typing import Any, Self

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError
from chainrule.ops.random import UNIFORM
from chainrule.tape.apply import apply
from chainrule.tape.mode import mode
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import _shape
from chainrule.tensors.devices import check_device
from chainrule.tensors.gate import checked_dtype
from chainrule.tensors.operands import cast
from chainrule.tensors.tensor import Tensor


class Generator:
    """A stream of random draws that can be counted, stored and replayed.

    Draw n of seed s is NumPy's Philox with key (s, 0) and counter (0, n, 0, 0).

    Args:
        seed: 0 … 2**63 - 1.

    Raises:
        ArgumentError: for a seed outside that range.

    Example:
        >>> import chainrule as cr
        >>> a, b = cr.Generator(7), cr.Generator(7)
        >>> bool((cr.rand(3, generator=a) == cr.rand(3, generator=b)).all())
        True

    Source:
        J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (2011).
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed, self._draws = wrap(np.array(0, np.int64)), wrap(np.array(0, np.int64))
        self._seed._role, self._draws._role = "draws", "draws"
        self.manual_seed(seed)

    def manual_seed(self, seed: int) -> "Generator":
        """Begin again, with this seed and draw 0; refuses a seed outside 0 … 2**63 - 1."""
        number = int(seed)
        if not 0 <= number < 2**63:
            raise ArgumentError("tensors.seed", "manual_seed, argument seed", got=seed)
        self.set_state((number, 0))
        return self

    def get_state(self) -> tuple[int, int]:
        """Seed, and the number of the next draw: all there is to keep."""
        _seen("get_state")
        return int(self._seed._array), int(self._draws._array)

    def set_state(self, state: tuple[int, int]) -> None:
        """Go on from `state`, what `get_state` gave."""
        _seen("set_state")
        self._seed._store(np.int64(state[0]))
        self._draws._store(np.int64(state[1]))

    def uniform(self, shape: tuple[int, ...], dtype: Any = np.float32) -> Tensor:
        """The next draw: uniform numbers in [0, 1), of this shape and dtype."""
        static = (("shape", shape), ("dtype", np.dtype(dtype).name))
        drawn = apply(UNIFORM, (self._seed, self._draws), static)
        before, mode.grad = mode.grad, False
        try:
            self._draws.add_(1)
        finally:
            mode.grad = before
        return drawn

    def numpy(self) -> np.random.Generator:
        """A NumPy generator that stands at the next draw, which counts as taken: for initial weights and splits."""
        seed, draw = self.get_state()
        self.set_state((seed, draw + 1))
        key, counter = np.array([seed, 0], np.uint64), np.array([0, draw, 0, 0], np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=counter))


def _seen(where: str) -> None:
    """A recording cannot tell what Python does with the state of a stream."""
    if mode.recorder is not None and mode.recorder.concrete and not mode.recorder.watched:
        mode.recorder.give_up("tensors.stream_recorded", where)


class _DefaultGenerator(Generator):
    """The stream of this process, or the one that `drawing_from` has put in its place in this thread."""

    def get_state(self) -> tuple[int, int]:
        return super().get_state() if mode.generator is None else mode.generator.get_state()

    def set_state(self, state: tuple[int, int]) -> None:
        if mode.generator is None:
            super().set_state(state)
        else:
            mode.generator.set_state(state)

    def uniform(self, shape: tuple[int, ...], dtype: Any = np.float32) -> Tensor:
        return super().uniform(shape, dtype) if mode.generator is None else mode.generator.uniform(shape, dtype)

    def numpy(self) -> np.random.Generator:
        return super().numpy() if mode.generator is None else mode.generator.numpy()


class drawing_from:  # noqa: N801 - used like a function
    """Draw from `generator` wherever the default stream is meant, in this thread, until the block ends.

    Args:
        generator: the stream in force; None for the one that `manual_seed` sets.
    """

    def __init__(self, generator: Generator | None) -> None:
        self._generator = generator
        self._before: list[Generator | None] = []

    def __enter__(self) -> Self:
        self._before.append(mode.generator)
        mode.generator = self._generator
        return self

    def __exit__(self, *error: object) -> None:
        mode.generator = self._before.pop()


_asked = os.environ.get("CHAINRULE_SEED")
default_generator = _DefaultGenerator(int(_asked) if _asked else int.from_bytes(os.urandom(4), "little"))
"""The stream behind `rand`, `randn`, dropout and initial weights."""


def manual_seed(seed: int) -> Generator:
    """Begin the default stream of random numbers again.

    Args:
        seed: 0 … 2**63 - 1.

    Returns:
        Generator: the default one.

    Raises:
        ArgumentError: for a seed outside that range.

    Example:
        >>> import chainrule as cr
        >>> _ = cr.manual_seed(0)
        >>> first = cr.rand(2)
        >>> _ = cr.manual_seed(0)
        >>> bool((cr.rand(2) == first).all())
        True
    """
    return default_generator.manual_seed(seed)


def rand(
    *sizes: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """Uniform numbers in [0, 1).

    Args:
        sizes: the shape, as numbers or as one tuple.
        generator: the stream; default the one `manual_seed` sets.
        dtype: default float32.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the given shape.

    Example:
        >>> import chainrule as cr
        >>> cr.rand(2, 3).shape
        (2, 3)
    """
    check_device(device, "rand")
    kind = default_dtype() if dtype is None else checked_dtype(dtype, "rand")
    drawn = (generator or default_generator).uniform(_shape(sizes), kind)
    return drawn.requires_grad_() if requires_grad else drawn


def randn(
    *sizes: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """Numbers of the standard normal distribution, by Box and Muller from two uniform draws.

    sqrt(-2 ln(1 - u)) cos(2 pi v)

    Args:
        sizes: the shape, as numbers or as one tuple.
        generator: the stream; default the one `manual_seed` sets.
        dtype: default float32.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the given shape.

    Example:
        >>> import chainrule as cr
        >>> cr.randn(2, 3).shape
        (2, 3)

    Source:
        G. Box, M. Muller, A note on the generation of random normal deviates (1958).
    """
    check_device(device, "randn")
    kind = default_dtype() if dtype is None else checked_dtype(dtype, "randn")
    stream = generator or default_generator
    shape = _shape(sizes)
    u, v = stream.uniform(shape, np.float64), stream.uniform(shape, np.float64)
    normal = cast(((-u).log1p() * -2.0).sqrt() * (v * 6.283185307179586).cos(), kind)
    return normal.requires_grad_() if requires_grad else normal


def randint(
    low: int, high: Any = None, size: Any = None, generator: Generator | None = None, dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Whole numbers from `low` up to, but without, `high`, all equally likely.

    Args:
        low: the smallest; left out, it is 0: `randint(10, (4,))`.
        high: one more than the largest.
        size: the shape.
        generator: the stream; default the one `manual_seed` sets.
        dtype: default int64.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the given shape.

    Raises:
        ArgumentError: when `high` is not larger than `low`.

    Example:
        >>> import chainrule as cr
        >>> cr.randint(0, 10, (4,)).shape
        (4,)
    """
    check_device(device, "randint")
    if size is None or high is None:
        low, high, size = 0, low, high if size is None else size
    if high <= low:
        raise ArgumentError("tensors.randint", "randint", low=low, high=high)
    drawn = (generator or default_generator).uniform(_shape((size,)), np.float64)
    return cast(cast((drawn * (high - low)).floor(), np.int64) + low, checked_dtype(dtype or np.int64, "randint"))


def randperm(n: int, generator: Generator | None = None, device: Any = None) -> Tensor:
    """The numbers 0 … n - 1 in random order.

    Args:
        n: how many.
        generator: the stream; default the one `manual_seed` sets.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: int64, (n,).

    Example:
        >>> import chainrule as cr
        >>> sorted(cr.randperm(3).tolist())
        [0, 1, 2]
    """
    check_device(device, "randperm")
    return (generator or default_generator).uniform((n,), np.float64).argsort(0)


def rand_like(input: Tensor, generator: Generator | None = None, device: Any = None) -> Tensor:
    """Uniform numbers in [0, 1), in the shape and dtype of another tensor.

    Args:
        input: the tensor whose shape is taken.
        generator: the stream; default the one `manual_seed` sets.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.rand_like(cr.zeros(2)).shape
        (2,)
    """
    check_device(device, "rand_like")
    return rand(input.shape, generator=generator, dtype=input.dtype)


def randn_like(input: Tensor, generator: Generator | None = None, device: Any = None) -> Tensor:
    """Normal numbers, in the shape and dtype of another tensor.

    Args:
        input: the tensor whose shape is taken.
        generator: the stream; default the one `manual_seed` sets.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.randn_like(cr.zeros(2)).shape
        (2,)
    """
    check_device(device, "randn_like")
    return randn(input.shape, generator=generator, dtype=input.dtype)


def normal(mean: Any, std: Any, size: Any = None, generator: Generator | None = None) -> Tensor:
    """Numbers of the normal distribution.

    Args:
        mean: a number, or a tensor of means.
        std: the standard deviation, a number or a tensor.
        size: the shape; default the one that `mean` and `std` stretch to.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: of the given shape.

    Example:
        >>> import chainrule as cr
        >>> cr.normal(0.0, 1.0, (2, 3)).shape
        (2, 3)
    """
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std)) if size is None else _shape((size,))
    drawn: Tensor = randn(shape, generator=generator) * std + mean
    return drawn


def bernoulli(input: Tensor, generator: Generator | None = None) -> Tensor:
    """1 with the probability that each element gives, else 0.

    Args:
        input: probabilities.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: of the shape and dtype of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.bernoulli(cr.tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    return input.bernoulli(generator)


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, generator: Generator | None = None
) -> Tensor:
    """Class numbers drawn by weights.

    Args:
        input: (n,) or (rows, n) weights, none negative; they need not sum to 1.
        num_samples: draws a row.
        replacement: may a class be drawn again? Default False.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: int64, (num_samples,) or (rows, num_samples).

    Raises:
        ArgumentError: for negative weights, or fewer positive ones than draws without replacement.

    Example:
        >>> import chainrule as cr
        >>> cr.multinomial(cr.tensor([0.0, 3.0, 0.0]), 2, replacement=True)
        tensor([1, 1])
    """
    weights = np.asarray(input.numpy(), np.float64)
    rows = np.atleast_2d(weights)
    least = 1 if replacement else num_samples
    if weights.ndim not in (1, 2) or not (rows >= 0).all() or ((rows > 0).sum(1) < least).any():
        raise ArgumentError("tensors.multinomial", "multinomial", shape=weights.shape, count=num_samples)
    stream = (generator or default_generator).numpy()
    if replacement:
        shares = rows.cumsum(1) / rows.sum(1, keepdims=True)
        drawn = stream.random((len(rows), num_samples, 1))
        found = np.minimum((drawn >= shares[:, None, :]).sum(2), rows.shape[1] - 1)
    else:  # the first to ring, of clocks whose rates are the weights
        with np.errstate(divide="ignore"):
            rings = stream.exponential(size=rows.shape) / rows
        found = np.argsort(rings, axis=1, kind="stable")[:, :num_samples]
    return wrap(found.astype(np.int64).reshape((*weights.shape[:-1], num_samples)))
