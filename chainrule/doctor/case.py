"""What is diagnosed: a configuration and its rows; it is trained with and without changes, and what came is kept."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from math import ceil, prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Ints
from chainrule.data.splits import split_rows
from chainrule.doctor.change import AS_IT_IS, Change
from chainrule.doctor.clock import Clock
from chainrule.errors import ArgumentError, ChainruleError
from chainrule.population.building import Builder
from chainrule.population.stand_in import Cast
from chainrule.population.training import Curves, train_all
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.callbacks.events import looks
from chainrule.train.feed import ArrayFeed
from chainrule.train.measures import Measures
from chainrule.train.opening import opened
from chainrule.train.trainer import Trainer

T = TypeVar("T")
CHANGED = 1 << 40  # streams of what a change draws begin there
START, STEP, PRODUCT = 1e-2, 5e-6, 3e-9  # seconds: of any training, of a step, of a weight and a row
FEW = 40  # rows: of fewer none are kept apart to judge by
APART = 0.25  # of the rows are, of more
STUB = 0.1  # of a batch, and of the rows: a last batch so small makes a step of mere noise
PAIRS = 5  # seeds by which a training is judged
MORE, SPARE = 15, 0.1  # seeds that are looked at beside these, where that takes no more of the time
NEAR = 0.1  # of the way from the best constant to the floor that a good training may leave
STUCK = 0.3  # of that way, that a training leaves which got stuck


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        seed: its seed.
        losses: (points,) the loss of each epoch that is kept.
        end: the loss on the rows that it learnt from, afterwards; infinite where it diverged.
        held: the loss on rows that it has not seen; None where there are none.
        error: on those rows, else on its own: share of wrong answers for classes, 1 - R² for numbers; None where
            neither can be told.
    """

    seed: int
    losses: NDArray[np.float64]
    end: float
    held: float | None
    error: float | None

    @property
    def seen(self) -> float:
        """The loss at the end, by unseen rows where these end worse."""
        return self.end if self.held is None else max(self.end, self.held)


class Case:
    """A configuration and its rows.

    Args:
        build: gives a fresh Trainer.
        data: `(X, y)` or `(X, y, weights)`.
        validation: rows to judge by, `(X, y)`, or a share of `data`; None: of enough rows a part is kept apart.
        epochs: of each training; where rows are kept apart unasked, of all rows.
        batch_size: rows a batch.
        budget: seconds for experiments.

    Attributes:
        rows: what is learnt from.
        cures: changes that were made for good.
        judged: what is judged by; None for nothing.
        asked: whether the caller gave rows to judge by.
    """

    def __init__(
        self, build: Callable[..., Any], data: Any, validation: Any, epochs: int, batch_size: int, budget: float
    ) -> None:
        self.build = build
        self.builder = Builder(build, {}, "diagnose, argument build")
        self.batch_size = batch_size
        self.clock = Clock(budget)
        self.cures: tuple[Change, ...] = ()
        self.asked = validation is not None
        self.data = data
        self.rows, self.judged = self._parted(data, validation)
        self.epochs = epochs if self.asked or self.judged is None else self._as_many_updates(epochs)
        self._runs: dict[tuple[Any, ...], Run] = {}
        self._cast = Cast()
        self._looks: dict[Callable[[Case], Any], Any] = {}
        self._spent = [0]

    def once(self, look: Callable[["Case"], T]) -> T:
        """What `look` says of this case; it is asked once, however many checks read it."""
        if look not in self._looks:
            self._looks[look] = look(self)
        found: T = self._looks[look]
        return found

    @property
    def trainings(self) -> int:
        """How many there were, of this case and all that it became."""
        return self._spent[0]

    @property
    def cost(self) -> float:
        """Seconds of one training, about: by its size and not by a clock, so that it is the same on every day."""
        if self.feed is None:
            return np.inf
        weights = sum(parameter.numel() for parameter in self.first.model.parameters())
        steps = self.feed.count(min(self.batch_size, self.feed.rows))
        return START + self.epochs * (steps * STEP + self.feed.rows * weights * PRODUCT)

    def after(self, change: Change) -> "Case":
        """The case with a change made for good; what is known of it is kept, and the time is shared."""
        other = copy(self)
        for name, value in list(vars(type(self)).items()):
            if isinstance(value, cached_property):
                vars(other).pop(name, None)
        other.cures = (*self.cures, change)
        other.epochs = max(1, round(self.epochs * change.epochs))
        other.batch_size = change.batch_size or self.batch_size
        if change.data is not None:
            other.rows = change.data(self.rows)
        other._looks = {}
        other._runs = {(AS_IT_IS.key, run.seed): run for (key, _), run in self._runs.items() if key == change.key}
        return other

    @property
    def left(self) -> float:
        """Seconds of the budget that are left."""
        return self.clock.left

    def _parted(self, data: Any, validation: Any) -> tuple[Any, Any]:
        """Rows to learn from, and to judge by."""
        if not isinstance(data, tuple) or len(data) < 2:
            return data, None
        share = validation if isinstance(validation, float | int) else None
        if validation is not None and share is None:
            return data, validation
        count = len(data[1])
        if share is None:
            if count < FEW:
                return data, None
            share = APART
        labels = self.trainer(0).objective.labels(np.asarray(data[1]))
        try:
            learnt, judged = split_rows(count, share, seed=0, labels=labels)
        except ArgumentError:
            learnt, judged = split_rows(count, share, seed=0)
        if validation is None:
            learnt, judged = self._without_stub(learnt, judged)
        learnt.sort()
        judged.sort()
        return tuple(_some(part, learnt) for part in data), tuple(_some(part, judged) for part in data)

    def _without_stub(self, learnt: Ints, judged: Ints) -> tuple[Ints, Ints]:
        """Rows apart, so that the last batch is no stub of a few rows that it would not be of all rows."""
        stub = len(learnt) % self.batch_size
        if len(learnt) <= self.batch_size or not 0 < stub <= min(STUB * self.batch_size, STUB * len(learnt)):
            return learnt, judged
        return learnt[:-stub], np.concatenate([judged, learnt[-stub:]])

    def _as_many_updates(self, epochs: int) -> int:
        """Epochs of the rows that are left to learn from, which make as many steps as those of all rows."""
        given, left = (ceil(len(rows[1]) / min(self.batch_size, len(rows[1]))) for rows in (self.data, self.rows))
        return round(epochs * given / left)

    # --- trainers -----------------------------------------------------------------------------------------------

    def trainer(self, seed: int, change: Change = AS_IT_IS) -> Trainer:
        """A fresh Trainer of a seed, with a change; it refuses nothing, and measures nothing beside its loss."""
        trainer = self.builder(seed)
        trainer.guard, trainer.metrics = "off", ()
        # What watches validation has none to watch here.
        trainer.callbacks = [
            one for one in trainer.callbacks
            if not str(getattr(one, "monitor", "")).startswith("val_") and not looks(one)  # Watch would speak each time
        ]
        for place, one in enumerate((*self.cures, change), start=1):
            if one.alter is not None:
                with drawing_from(Generator(place * CHANGED + seed)):
                    one.alter(trainer)
        return trainer

    @cached_property
    def first(self) -> Trainer:
        """A Trainer that is looked at and never trained; a few rows at a time, for which compiling is no gain."""
        trainer = self.trainer(0)
        trainer.engine = "numpy"
        return trainer

    @cached_property
    def feed(self) -> ArrayFeed | None:
        """The rows to learn from, as a Trainer sees them; None for those of a loader."""
        found = self.first._by_class(opened(self.first, self.rows, "diagnose, data"), "diagnose, data", learn=True)
        return found if isinstance(found, ArrayFeed) else None

    @cached_property
    def yardsticks(self) -> tuple[float | None, float | None]:
        """The least loss that the targets allow, and that of the best constant; None where nobody knows."""
        if self.feed is None:
            return None, None
        classes = None
        if self.first.objective.kind.targets == "classes":
            classes = int(np.asarray(self.first.predict(self._some_rows)).shape[1])
        return self.first.objective.yardsticks(self.feed.targets, self.feed.weights, classes)

    @property
    def _some_rows(self) -> Any:
        assert self.feed is not None
        inputs = tuple(part[:2] for part in self.feed.inputs)
        return inputs if len(inputs) > 1 else inputs[0]

    @cached_property
    def initial(self) -> float:
        """The median loss before any step."""
        found = []
        for seed in range(3):
            trainer = self.trainer(seed)
            trainer.engine = "numpy"  # once over the rows: to compile it would take ten times as long
            with np.errstate(all="ignore"):
                found.append(trainer.evaluate(self.rows)["loss"] * self.unit())
        return float(np.median(found))

    @property
    def floor(self) -> float:
        """The least loss that can be told: that of the targets, else 0, else what was seen."""
        floor = self.yardsticks[0]
        if floor is not None:
            return floor
        seen = [run.end for run in self._runs.values() if np.isfinite(run.end)]
        return min([0.0, *seen])

    @property
    def constant(self) -> float:
        """The loss of the best constant answer; where nobody knows it, that before any step, if it is a number."""
        found = self.yardsticks[1]
        if found is not None:
            return found
        return self.initial if np.isfinite(self.initial) else self.floor + 1.0

    @property
    def scale(self) -> float:
        """What there is to be learnt: from the best constant to the floor."""
        return max(self.constant - self.floor, 1e-12)

    @property
    def level(self) -> float:
        """The loss from which on a training counts as good."""
        return self.floor + NEAR * self.scale

    @property
    def known(self) -> int:
        """How many seeds were trained as it is."""
        return sum(key == AS_IT_IS.key for key, _ in self._runs)

    @property
    def few(self) -> int:
        """How many seeds are looked at to see whether some get stuck."""
        return PAIRS if MORE * self.cost > SPARE * self.clock.budget else PAIRS + MORE

    @property
    def worst(self) -> list[int]:
        """The usual seeds, those first that end worst: what helps where it is needed is worth more trainings.

        Where none of them got stuck and others did, these come first.
        """
        usual = self.runs(range(PAIRS))
        known = [run for (key, _), run in self._runs.items() if key == AS_IT_IS.key]
        stray = not max(run.end for run in usual) > self.stuck
        stuck = sorted((run for run in known if run.end > self.stuck), key=lambda run: -run.end) if stray else []
        return [run.seed for run in (*stuck, *sorted(usual, key=lambda run: -run.seen))]

    @property
    def underfits(self) -> bool:
        """Whether its own rows are not learnt, by the median of a few seeds, or some seeds get stuck."""
        stuck = max(run.end for run in self.runs(range(self.few))) > self.stuck
        return bool(stuck or not np.median([run.end for run in self.runs(range(PAIRS))]) <= self.level)

    @property
    def trouble(self) -> bool:
        """Whether the training as it is ends above what counts as good: on its own rows, or on unseen ones."""
        return self.underfits or not np.median([run.seen for run in self.runs(range(PAIRS))]) <= self.level

    @property
    def stuck(self) -> float:
        """The loss from which on a training counts as stuck."""
        return self.floor + STUCK * self.scale

    @cached_property
    def trained(self) -> Trainer:
        """The Trainer of the first seed, trained as it is."""
        trainer = self.trainer(0)
        with np.errstate(all="ignore"):
            trainer.fit(self.rows, epochs=self.epochs, batch_size=self.batch_size, progress=False)
        return trainer

    # --- training -----------------------------------------------------------------------------------------------

    def runs(self, seeds: Sequence[int], change: Change = AS_IT_IS) -> list[Run]:
        """The trainings of these seeds with a change; each is made once."""
        missing = [seed for seed in seeds if (change.key, seed) not in self._runs]
        if missing:
            for run in self._train(missing, change):
                self._runs[change.key, run.seed] = run
        return [self._runs[change.key, seed] for seed in seeds if (change.key, seed) in self._runs]

    def _train(self, seeds: Sequence[int], change: Change) -> list[Run]:
        trainers = [self.trainer(seed, change) for seed in seeds]
        rows = self.rows if change.data is None else change.data(self.rows)
        epochs = max(1, round(self.epochs * change.epochs))
        size = change.batch_size or self.batch_size
        self._spent[0] += len(seeds)
        try:
            with np.errstate(all="ignore"):
                curves = train_all(trainers, rows, epochs, size, cast=self._cast)
        except (ChainruleError, FloatingPointError, ValueError):  # a change that this network cannot take
            nothing = np.full(1, np.inf)
            return [Run(seed, nothing, np.inf, None, None) for seed in seeds]
        return [self._judged(trainer, curves, place, seed, self.unit(change)) for place, (trainer, seed) in
                enumerate(zip(trainers[: len(curves.ends)], seeds, strict=False))]

    def _judged(self, trainer: Trainer, curves: Curves, place: int, seed: int, unit: float) -> Run:
        losses, end = curves.losses[place] * unit, float(curves.ends[place]) * unit
        if not np.isfinite(end):
            return Run(seed, losses, np.inf, np.inf if self.judged is not None else None, None)
        judged = self.judged if self.judged is not None else self.rows
        found = self._cast.run(trainer, lambda one: scores(one, judged))
        held = found["loss"] * unit if self.judged is not None else None
        return Run(seed, losses, end, held, found.get("error"))

    def unit(self, change: Change = AS_IT_IS) -> float:
        """What one of the loss with a change, and with those made for good, is worth in the loss as it was given."""
        return prod(one.unit for one in (*self.cures, change))


def _some(part: Any, rows: NDArray[np.int64]) -> Any:
    """These rows of X, y or weights; of each argument of the network, where X is a tuple."""
    return tuple(_some(one, rows) for one in part) if isinstance(part, tuple) else np.asarray(part)[rows]


def scores(trainer: Trainer, rows: Any) -> dict[str, float]:
    """Loss, and the share of wrong answers or 1 - R², of a Trainer on rows."""
    objective = trainer.objective
    feed = trainer._by_class(opened(trainer, rows, "diagnose, data"), "diagnose, data")
    wanted = metric_of(trainer, feed)
    with np.errstate(all="ignore"):
        found = trainer._judge(feed, Measures((wanted,) if wanted else (), objective))
    result = {"loss": float(found["loss"])}
    if wanted and np.isfinite(found[wanted]):
        result["error"] = 1.0 - float(found[wanted])
    return result


def metric_of(trainer: Trainer, feed: Any) -> str | None:
    """The metric whose best is 1 for these targets; None where there is none."""
    kind = trainer.objective.kind.targets
    if not isinstance(feed, ArrayFeed):
        return None
    if kind == "numbers":
        return "r2"
    hard = feed.targets.dtype.kind in "iub" or np.isin(feed.targets, (0, 1)).all()
    return "accuracy" if kind in ("binary", "classes") and hard else None
