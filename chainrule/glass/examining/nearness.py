"""When two gradients are the same: up to rounding, and what rounding may be in the type of number that was used."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Nearness:
    """How far apart equal gradients may lie.

    Attributes:
        relative: of the largest magnitude.
        rounding: of what the terms of the sum would add up to.
    """

    relative: float
    rounding: float

    def same(self, got: Array, want: Array, natural: float) -> bool:
        """Whether two arrays are the same gradient."""
        if np.shape(got) != np.shape(want) or not np.isfinite(got).all() or not np.isfinite(want).all():
            return False
        gap = float(np.abs(got - want).max(initial=0.0))
        return gap <= self.relative * float(np.abs(want).max(initial=0.0)) + self.rounding * natural

    def ratio(self, got: Array, want: Array, natural: float) -> float | None:
        """The one number by which `want` must be multiplied to give `got`; None where there is none."""
        if np.shape(got) != np.shape(want) or not np.isfinite(got).all():
            return None
        square = float((want * want).sum())
        if not square or float(np.abs(want).max()) <= self.rounding * natural:
            return None
        ratio = float((got * want).sum()) / square
        return ratio if ratio and self.same(got, ratio * want, abs(ratio) * natural) else None


def nearness(dtype: Any) -> Nearness:
    """For gradients that were computed in this type of number."""
    if np.dtype(dtype) == np.float64:
        return Nearness(1e-6, 1e-12)
    return Nearness(2e-4, 1e-5)


def is_about(number: float, wanted: float) -> bool:
    """Whether a ratio is this number."""
    return bool(np.isclose(number, wanted, rtol=1e-3, atol=0.0))
