"""Prediction intervals: from quantiles that were learnt, or how far networks of an ensemble lie apart.

Either is a guess of the network's. With rows that were held back it becomes a statement about new rows of the same
kind: the interval is widened, or narrowed, until it holds as many of those as it says (split conformal prediction).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import ArgumentError, StateError

NEAR = 1e-9  # quantiles that are one


@dataclass(frozen=True)
class Spread:
    """How sure a regressor is.

    Attributes:
        quantiles: of the heads, ascending; one alone is no interval.
        noise: (K,) standard deviation of what is left of the targets of the rows that were learnt from.
        held: (heads of the held rows (n, Q, K), spread of the ensemble (n, K), targets (n, K)), or None.
    """

    quantiles: Sequence[float]
    noise: Array
    held: tuple[Array, Array, Array] | None

    def interval(self, heads: Array, apart: Array, coverage: float, where: str) -> Array:
        """(n, 2, K) from heads (n, Q, K) and the spread of the ensemble (n, K).

        Raises:
            StateError: where nothing was learnt that says how wide it is.
            ArgumentError: for a coverage that the quantiles are not those of.
        """
        tail = (1 - coverage) / 2
        if self.held is not None:
            held_heads, held_apart, targets = self.held
            bounds = self._guess(heads, apart, tail)
            low, high = np.moveaxis(self._guess(held_heads, held_apart, tail), 1, 0)
            scale = self._scale(held_apart)
            by = _level(np.maximum(low - targets, targets - high) / scale, coverage) * self._scale(apart)
            return np.stack([bounds[:, 0] - by, bounds[:, 1] + by], axis=1)
        if len(self.quantiles) > 1:
            if not all(np.abs(np.array(self.quantiles) - q).min() < NEAR for q in (tail, 1 - tail)):
                raise ArgumentError("sklearn.coverage", where, got=coverage, known=list(self.quantiles))
            return self._guess(heads, apart, tail)
        if not apart.any():
            raise StateError("sklearn.no_interval", where)
        by = NormalDist().inv_cdf(1 - tail) * self._scale(apart)
        return np.stack([heads[:, 0] - by, heads[:, 0] + by], axis=1)

    def _guess(self, heads: Array, apart: Array, tail: float) -> Array:
        """(n, 2, K) the outermost heads that are no further out than asked for; one head twice, where there is one."""
        quantiles = np.array(self.quantiles)
        low = int(np.argmin(np.abs(quantiles - tail)))
        high = int(np.argmin(np.abs(quantiles - (1 - tail))))
        return np.sort(heads[:, [low, high]], axis=1)

    def _scale(self, apart: Array) -> Array:
        """(n, K) how far targets lie from the prediction, in the eyes of the ensemble."""
        return np.sqrt(apart**2 + self.noise**2) if apart.any() else np.ones_like(apart)


def _level(scores: Array, coverage: float) -> Array:
    """(K,) the score that a new row exceeds with a probability of at most 1 - coverage."""
    rank = min(len(scores), ceil((len(scores) + 1) * coverage))
    return np.asarray(np.sort(scores, axis=0)[rank - 1])


def noise(heads: Array, targets: Array, weights: Any) -> Array:
    """(K,) the standard deviation of targets (n, K) round predictions (n, K)."""
    return np.asarray(np.sqrt(np.average((targets - heads) ** 2, axis=0, weights=weights)))
