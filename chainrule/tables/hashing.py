"""A random word for every row by its number: the same one, however a table is cut into pieces."""

import numpy as np
from numpy.typing import NDArray


def words(rows: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """One 64-bit word for each row number.

    Source:
        Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014 (the mixing step of SplitMix64).
    """
    with np.errstate(over="ignore"):
        z = rows.astype(np.uint64) + np.uint64(seed % 2**32 * 2**32 % 2**64)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
