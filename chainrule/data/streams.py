"""Random streams by counter: the same words for the same (seed, stream, step), whatever was drawn before.

A stream is NumPy's Philox with key (seed, stream) and counter (0, step, 0, 0). Stream 0 is the one of
`cr.manual_seed`; the numbers of the others stand here, so that no two purposes share their words.
"""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import whole
from chainrule.tensors.random import Generator, default_generator

ORDER = 1
SPLIT = 2
SETS = 3
AUGMENT = 4
TEXT = 5
CHECKS = 6

Seed = int | np.random.Generator


def philox(seed: int, stream: int, step: int = 0) -> np.random.Philox:
    """The bit generator of one step of one stream.

    Args:
        seed: whole number from 0 to 2**64 - 1.
        stream: one of the numbers above.
        step: epoch or batch, from 0.

    Raises:
        ArgumentError: for a seed or step outside that range.
    """
    key = [_word(seed, "seed"), _word(stream, "stream")]
    counter = [0, _word(step, "step"), 0, 0]
    return np.random.Philox(key=np.array(key, np.uint64), counter=np.array(counter, np.uint64))


def generator(seed: Seed, stream: int, step: int = 0) -> np.random.Generator:
    """A `numpy.random.Generator` on `philox(seed, stream, step)`; one that is given goes on where it stands."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.Generator(philox(seed, stream, step))


def words(n: int, seed: int, stream: int, step: int = 0) -> NDArray[np.uint64]:
    """The first `n` raw 64-bit words of one step of one stream."""
    return philox(seed, stream, step).random_raw(n)


def _word(value: object, name: str) -> int:
    return whole(value, f"argument {name}", least=0, most=2**64 - 1)


def next_seed(source: Generator | None = None) -> int:
    """The next number of a stream of `cr.manual_seed`'s kind, as a seed for what follows.

    Args:
        source: the stream; default the one that `cr.manual_seed` sets.
    """
    return int((source or default_generator).numpy().integers(2**63))
