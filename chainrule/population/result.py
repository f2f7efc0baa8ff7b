"""What many seeds of a configuration came to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array, Ints, whole
from chainrule.errors import DtypeError
from chainrule.language import say
from chainrule.metrics.intervals import wilson_interval
from chainrule.population.comparison import Comparison, compared
from chainrule.population.ends import End
from chainrule.population.histogram import histogram, short
from chainrule.population.success import Rule
from chainrule.train.plain import duration, plain, table
from chainrule.train.trainer import Trainer

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Odds:
    """How often a configuration succeeds, and where its failures stop; `print` it.

    Attributes:
        seeds: (n,) the seeds that were trained; after Ctrl-C fewer than were asked for.
        losses: (n,) float64, the loss on the training rows after the last update, as `Trainer.evaluate` gives it.
        successes: (n,) bool, which seeds succeeded.
        rule: what counted as success.
        needed: (n,) epochs until the loss came under the level that success stands for; NaN for failures, and for all
            where success is a function of the user.
        ends: the places where failures stop, the commonest first.
        predictions: (n, rows, …) what each network answers to the training rows, as probabilities where the loss means
            them; None for more than 256 rows, and for loaders.
        curves: (3, points) quartiles of the loss over the epochs: a quarter, half, three quarters of the seeds lie
            below.
        curve_epochs: (points,) the numbers of the epochs of `curves`, from 0.
        floor: the least loss there can be; None where it is not known.
        best_constant: the loss of the best answer that is the same for every row; None where it is not known.
        epochs: how long each was trained.
        batch_size: rows a batch.
        asked: how many seeds were asked for.
        interrupted: whether Ctrl-C ended it before all were trained.
        seconds: how long it took, the building of the networks included.
    """

    seeds: Ints
    losses: Floats
    successes: NDArray[np.bool_]
    rule: Rule
    needed: Floats
    ends: tuple[End, ...]
    predictions: Array | None
    curves: Floats
    curve_epochs: Ints
    floor: float | None
    best_constant: float | None
    epochs: int
    batch_size: int
    asked: int
    interrupted: bool
    seconds: float
    again: Callable[[int], Trainer]

    @property
    def rate(self) -> float:
        """The share of the seeds that succeeded."""
        return float(self.successes.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the rate (Wilson)."""
        return wilson_interval(int(self.successes.sum()), len(self.successes))

    @property
    def epochs_to_success(self) -> tuple[float, float, float] | None:
        """Quartiles of the epochs that successes needed; None where there are none, or only the end could tell.

        As fine as the kept curves are: of more than 501 epochs every so-many-th.
        """
        found = self.needed[np.isfinite(self.needed)]
        if not len(found):
            return None
        low, middle, high = np.quantile(found, (0.25, 0.5, 0.75))
        return float(low), float(middle), float(high)

    def retrain(self, seed: int) -> Trainer:
        """Train one seed again, alone, to the same bytes; its history has every epoch.

        Args:
            seed: any, also one that was not among `seeds`.
        """
        return self.again(whole(seed, "Odds.retrain, argument seed", least=0, most=2**63 - 1))

    def compare(self, other: "Odds") -> Comparison:
        """The rates of two configurations: the difference `other` makes, its interval, and a p-value.

        Raises:
            DtypeError: when `other` is no result of `cr.odds`.
        """
        if not isinstance(other, Odds):
            raise DtypeError("population.compare", "Odds.compare, argument other", got=type(other).__name__)
        return compared(*((int(one.successes.sum()), len(one.successes)) for one in (self, other)))

    # --- words --------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"Odds(rate={self.rate:.4g}, seeds={len(self.seeds)})"

    def __str__(self) -> str:
        count, n = int(self.successes.sum()), len(self.seeds)
        low, high = (f"{bound:.1%}" for bound in self.interval)
        lines = [
            say("population.rate", count=f"{count:,}", seeds=f"{n:,}", rate=f"{self.rate:.1%}", low=low, high=high),
            say("population.rule", rule=self.rule),
        ]
        quartiles = self.epochs_to_success
        if quartiles is not None:
            early, middle, late = (f"{value:,.0f}" for value in quartiles)
            lines.append(say("population.needed", early=early, middle=middle, late=late))
        if self.ends:
            lines += ["", say("population.stops", count=f"{n - count:,}"), *self._places()]
        lines += ["", say("population.histogram"), *histogram(self.losses, self.successes), ""]
        if self.floor is not None and self.best_constant is not None:
            lines.append(say("train.yardsticks", floor=plain(self.floor), constant=plain(self.best_constant)))
        lines.append(say("population.cost", epochs=f"{self.epochs:,}", batch=f"{self.batch_size:,}",
                         time=duration(self.seconds)))
        if self.interrupted:
            lines.append(say("population.interrupted", done=f"{n:,}", asked=f"{self.asked:,}"))
        return "\n".join(lines)

    def _places(self) -> list[str]:
        heads = [say(f"population.{name}") for name in ("loss", "seeds", "of_failures", "meaning")]
        cells = [[short(end.loss), f"{end.count:,}", f"{end.share:.1%}"] for end in self.ends]
        numbers = table([heads[:3], *cells])
        return [f"{line}  {words}" for line, words in
                zip(numbers, [heads[3], *(end.meaning for end in self.ends)], strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data: numbers, lists, texts; what is not finite is None."""
        about: dict[str, Any] = _plain_data({
            "rate": self.rate, "interval": self.interval, "success": {"code": self.rule.code, "level": self.rule.level},
            "seeds": self.seeds, "losses": self.losses, "successes": self.successes, "needed": self.needed,
            "epochs_to_success": self.epochs_to_success,
            "ends": [
                {
                    "loss": end.loss, "share": end.share, "rate": end.rate, "count": end.count, "seeds": end.seeds,
                    "code": end.what.code, "falling": end.what.falling, "meaning": end.meaning,
                    "predictions": end.predictions,
                }
                for end in self.ends
            ],
            "curves": {"epochs": self.curve_epochs, "quartiles": self.curves},
            "floor": self.floor, "best_constant": self.best_constant, "epochs": self.epochs,
            "batch_size": self.batch_size, "asked": self.asked, "interrupted": self.interrupted,
            "seconds": self.seconds,
        })
        return about

    def to_json(self) -> str:
        """`to_dict` as one line of JSON."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)


def _plain_data(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain_data(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain_data(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
