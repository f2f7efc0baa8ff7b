"""One known mistake at one place, and the backward pass that it makes."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Suspicion:
    """A known mistake.

    Attributes:
        finding: its stable name.
        where: `"layer 2"`, `"loss"`, `"W1"`.
        instead: named values that are others with this mistake than they should be.
        words: what the sentence about it names.
    """

    finding: str
    where: str
    instead: dict[str, Array]
    words: dict[str, Any] = field(default_factory=dict)
