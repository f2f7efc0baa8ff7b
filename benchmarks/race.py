"""What a race is, and how it is run: contestants take turns, round by round, and are compared within each round."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from benchmarks.floor import Work

ROUNDS = 11  # never fewer than 7
ROUND_SECONDS = 0.1


@dataclass(frozen=True)
class Ready:
    """A contestant at the start.

    Args:
        round: runs for one round, gives seconds per piece of work.
        loss: what it computes, compared after the race; `None` where nothing is computed.
    """

    round: Callable[[], float]
    loss: Callable[[], float] | None = None


@dataclass(frozen=True)
class Contestant:
    """A name and how it gets ready; getting ready raises ImportError where it is not installed."""

    name: str
    prepare: Callable[[], Ready]


@dataclass(frozen=True)
class Result:
    """What was measured: seconds of every round by contestant, ours first, and the losses."""

    seconds: dict[str, list[float]]
    losses: dict[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def ours(self) -> str:
        return next(iter(self.seconds))

    def median(self, name: str) -> float:
        """Seconds of one contestant, the median of its rounds."""
        return median(self.seconds[name])

    def ratio(self, name: str) -> float:
        """How many times as long as ours it takes: the median of the ratios within each round."""
        return median(theirs / ours for theirs, ours in zip(self.seconds[name], self.seconds[self.ours], strict=True))

    def excess(self, name: str) -> float:
        """How many seconds longer than it we take: the median of the differences within each round."""
        return median(ours - theirs for theirs, ours in zip(self.seconds[name], self.seconds[self.ours], strict=True))

    def losses_differ_by(self) -> float:
        """The largest relative difference between our loss and another's; 0 where there is none."""
        ours = self.losses.get(self.ours)
        if ours is None:
            return 0.0
        return max((abs(loss - ours) / max(abs(ours), 1e-12) for loss in self.losses.values()), default=0.0)


@dataclass(frozen=True)
class Race:
    """One race.

    Args:
        id: its number in the table of races, `"P15"`.
        work: what is done, in one line.
        unit: what one piece of work is, `"step"`.
        contestants: ours first.
        goal: what is to be reached, in words.
        reached: whether it was; `None` when the peer that decides is missing.
        arithmetic: the work of one piece, for its floor; `None` where arithmetic is not what it costs.
    """

    id: str
    work: str
    unit: str
    contestants: tuple[Contestant, ...]
    goal: str
    reached: Callable[[Result], bool | None]
    arithmetic: Work | None = None


def repeated(piece: Callable[[], object]) -> Callable[[], float]:
    """A round of so many pieces that it lasts long enough for the clock; gives seconds per piece."""
    count = 1
    while True:
        start = perf_counter()
        for _ in range(count):
            piece()
        spent = perf_counter() - start
        if spent > ROUND_SECONDS / 4:
            break
        count *= 2
    count = max(1, round(count * ROUND_SECONDS / spent))

    def one_round() -> float:
        start = perf_counter()
        for _ in range(count):
            piece()
        return (perf_counter() - start) / count

    return one_round


def run(race: Race, rounds: int = ROUNDS) -> Result:
    """Get every contestant ready, warm up, and let them take turns; every second round in reverse order."""
    ready: dict[str, Ready] = {}
    missing = []
    for contestant in race.contestants:
        try:
            ready[contestant.name] = contestant.prepare()
        except ImportError as error:
            if contestant is race.contestants[0]:
                raise
            missing.append(f"{contestant.name} ({error})")
    for entry in ready.values():
        entry.round()
    seconds: dict[str, list[float]] = {name: [] for name in ready}
    for number in range(rounds):
        for name in list(ready)[:: -1 if number % 2 else 1]:
            seconds[name].append(ready[name].round())
    losses = {name: entry.loss() for name, entry in ready.items() if entry.loss is not None}
    return Result(seconds, losses, tuple(missing))
