"""Which steps are run in one call."""

from typing import NamedTuple


class Span(NamedTuple):
    """Steps that follow each other: the same stretch of batches of some epochs.

    Args:
        epoch: number of the first epoch.
        epochs: how many; 1 where it is not whole.
        first: number of the first batch in the epoch.
        last: number behind that of the last.
    """

    epoch: int
    epochs: int
    first: int
    last: int

    @property
    def steps(self) -> int:
        """How many steps that are."""
        return self.epochs * (self.last - self.first)
