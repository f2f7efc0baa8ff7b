"""The time that a diagnosis may take."""

from time import perf_counter, process_time

CROWDED = 3.0  # times the budget, by the clock on the wall, that it never takes


class Clock:
    """Counts the time that this process has really had, so that a busy machine does not change what is found.

    On two processors it is the time on the wall that counts, not that of both; and where others take the processor
    away, three times the budget is the end all the same.

    Args:
        budget: seconds.
    """

    def __init__(self, budget: float) -> None:
        self.budget = budget
        self._wall, self._own = perf_counter(), process_time()

    @property
    def left(self) -> float:
        """Seconds that are left; 0 or less when they are over."""
        wall, own = perf_counter() - self._wall, process_time() - self._own
        return min(self.budget - min(wall, own), CROWDED * self.budget - wall)
