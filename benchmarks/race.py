"""What a race is, and how it is run: contestants take turns, round by round, and are compared within each round."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, sleep

from benchmarks.floor import Work, floor

ROUNDS = 11  # never fewer than 7
SETTLE = 0.01  # seconds in which the threads of the contestant before stop spinning


@dataclass(frozen=True)
class Pace:
    """How much of a race is run.

    Args:
        seconds: how long a round of one contestant lasts at least.
        batches: the most different batches that it goes through; `None` for as many as the race has.
        share: of the work where it is one long piece (rows of an epoch, networks side by side), above 0, up to 1.
    """

    seconds: float = 0.25
    batches: int | None = None
    share: float = 1.0


FULL = Pace()
QUICK = Pace(seconds=0.05, batches=20, share=0.1)
TINY = Pace(seconds=0.0, batches=2, share=0.001)


@dataclass(frozen=True)
class Ready:
    """A contestant at the start.

    Args:
        round: runs for one round, gives seconds (or whatever the race measures) per piece of work.
        loss: what it computes, compared after the race; `None` where nothing is computed.
        close: takes away what it needed, after the race.
    """

    round: Callable[[], float]
    loss: Callable[[], float] | None = None
    close: Callable[[], object] | None = None


@dataclass(frozen=True)
class Contestant:
    """A name and how it gets ready; getting ready raises ImportError where it is not installed."""

    name: str
    prepare: Callable[[Pace], Ready]


@dataclass(frozen=True)
class Result:
    """What was measured.

    Args:
        seconds: of every round by contestant, ours first.
        losses: by contestant.
        missing: contestants that could not take part, each with the reason.
        least: the least seconds that the work can take, and what decides: `"arithmetic"` or `"bytes"`.
        prepared: seconds from nothing to the end of the warm-up, compiling included, by contestant.
    """

    seconds: dict[str, list[float]]
    losses: dict[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    least: tuple[float, str] | None = None
    prepared: dict[str, float] = field(default_factory=dict)

    @property
    def ours(self) -> str:
        return next(iter(self.seconds))

    def median(self, name: str) -> float:
        """Seconds of one contestant, the median of its rounds."""
        return median(self.seconds[name])

    def ratio(self, name: str, ours: str | None = None) -> float:
        """How many times as long as ours it takes: the median of the ratios within each round."""
        mine = self.seconds[ours or self.ours]
        return median(theirs / our for theirs, our in zip(self.seconds[name], mine, strict=True))

    def best(self, peer: str) -> str | None:
        """The fastest of the contestants whose name begins with `peer`: that library in its best mode."""
        modes = [name for name in self.seconds if name.startswith(peer)]
        return min(modes, key=self.ratio, default=None)

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
class Goal:
    """What is to be reached, in words, and whether it was; `None` when the peer that decides is missing."""

    words: str
    reached: Callable[[Result], bool | None]


def faster(factor: float, peer: str, called: str | None = None) -> Goal:
    """At least `factor` times as fast as the best mode of a `peer`."""

    def reached(result: Result) -> bool | None:
        best = result.best(peer)
        return None if best is None else result.ratio(best) >= factor

    return Goal(f"at least {factor:,g}x {called or peer}", reached)


def near_floor(factor: float) -> Goal:
    """At most `factor` times the floor."""

    def reached(result: Result) -> bool | None:
        return None if result.least is None else result.median(result.ours) <= factor * result.least[0]

    return Goal(f"at most {factor:g}x the floor", reached)


def within(seconds: float, name: str, words: str) -> Goal:
    """At most so many seconds for the contestant of this `name`."""
    return Goal(words, lambda result: result.median(name) <= seconds if name in result.seconds else None)


@dataclass(frozen=True)
class Race:
    """One race.

    Args:
        id: its number in the table of races, `"P15"`.
        work: what is done, in one line.
        unit: what one piece of work is, `"step"`.
        contestants: ours first.
        goals: what is to be reached.
        arithmetic: the work of one piece, for its floor; `None` where arithmetic is not what it costs.
        measure: `"seconds"` or `"bytes"`: what a round gives.
        rounds: how many, where it is not for the caller to say: memory does not waver as time does.
    """

    id: str
    work: str
    unit: str
    contestants: tuple[Contestant, ...]
    goals: tuple[Goal, ...]
    arithmetic: Work | None = None
    measure: str = "seconds"
    rounds: int | None = None


def counted(pieces: Callable[[int], object], seconds: float, most: int | None = None) -> Callable[[], float]:
    """A round of so many pieces that it lasts long enough for the clock; gives seconds per piece.

    Args:
        pieces: does a number of pieces.
        seconds: how long a round lasts at least, about.
        most: how many pieces at once; a longer round repeats them.
    """
    pieces(1)  # what is done once is not counted
    count, spent = 1, 0.0
    while True:
        start = perf_counter()
        pieces(count)
        spent = perf_counter() - start
        if spent >= seconds / 4 or count == most:
            break
        count = min(count * 2, most or count * 2)
    wanted = max(1, round(count * seconds / max(spent, 1e-9)))
    count = min(wanted, most or wanted)
    times = max(1, wanted // count)

    def one_round() -> float:
        start = perf_counter()
        for _ in range(times):
            pieces(count)
        return (perf_counter() - start) / (times * count)

    return one_round


def repeated(piece: Callable[[], object], seconds: float) -> Callable[[], float]:
    """A round of one piece again and again, for about so many seconds; gives seconds per piece."""

    def pieces(count: int) -> None:
        for _ in range(count):
            piece()

    return counted(pieces, seconds)


def run(race: Race, rounds: int = ROUNDS, pace: Pace = FULL) -> Result:
    """Get every contestant ready, warm up, and let them take turns; every second round in reverse order.

    Raises:
        ImportError: when we cannot take part ourselves.
    """
    ready: dict[str, Ready] = {}
    prepared: dict[str, float] = {}
    missing = []
    with ExitStack() as after:
        for contestant in race.contestants:
            start = perf_counter()
            try:
                entry = ready[contestant.name] = contestant.prepare(pace)
            except ImportError as error:
                if contestant is race.contestants[0]:
                    raise
                missing.append(f"{contestant.name} ({error})")
                continue
            if entry.close is not None:
                after.callback(entry.close)
            if race.rounds is None:
                entry.round()
            prepared[contestant.name] = perf_counter() - start
        seconds: dict[str, list[float]] = {name: [] for name in ready}
        for number in range(race.rounds or rounds):
            for name in list(ready)[:: -1 if number % 2 else 1]:
                sleep(SETTLE)
                seconds[name].append(ready[name].round())
        losses = {name: entry.loss() for name, entry in ready.items() if entry.loss is not None}
    least = floor(race.arithmetic) if race.arithmetic else None
    return Result(seconds, losses, tuple(missing), least, prepared)
