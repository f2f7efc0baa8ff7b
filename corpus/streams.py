"""Random numbers that depend on words alone: the same case in any process, in any order."""

from hashlib import blake2b

import numpy as np


def stream(*words: object) -> np.random.Generator:
    """A generator whose seed is made of these words."""
    digest = blake2b("/".join(map(str, words)).encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two, evenly on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
