"""The odds of many settings of one configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.language import say
from chainrule.population.result import Odds
from chainrule.train.plain import plain, table


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """The odds of every combination of settings, in the order they were given; `print` it.

    `sweep[2]` is the third `Odds`; `for settings, odds in sweep` goes through all.

    Attributes:
        settings: the combinations, each a mapping of names to values.
        odds: the result of each.
        interrupted: whether Ctrl-C ended it before all were trained.
    """

    settings: tuple[Mapping[str, Any], ...]
    odds: tuple[Odds, ...]
    interrupted: bool

    @property
    def best(self) -> int:
        """The place of the combination that succeeds most often; of equals the one with the lowest median loss."""
        return max(range(len(self.odds)), key=lambda place: (self.odds[place].rate, -_median(self.odds[place])))

    def name(self, place: int) -> str:
        """The combination at a `place` in words: `lr 0.1, hidden 4`."""
        return ", ".join(f"{name} {_short(value)}" for name, value in self.settings[place].items())

    def __len__(self) -> int:
        return len(self.odds)

    def __getitem__(self, place: int) -> Odds:
        return self.odds[place]

    def __iter__(self) -> Iterator[tuple[Mapping[str, Any], Odds]]:
        return iter(zip(self.settings, self.odds, strict=True))

    def __repr__(self) -> str:
        return f"Sweep({', '.join(f'{self.name(place)}: {odds.rate:.4g}' for place, odds in enumerate(self.odds))})"

    def __str__(self) -> str:
        names = list(self.settings[0])
        heads = [*names, *(say(f"population.{name}") for name in ("rate_head", "interval", "median", "epochs_head"))]
        rows = [heads]
        for settings, odds in self:
            low, high = odds.interval
            quartiles = odds.epochs_to_success
            rows.append([
                *(_short(settings[name]) for name in names), f"{odds.rate:.1%}", f"{low:.1%} - {high:.1%}",
                plain(_median(odds)), "-" if quartiles is None else f"{quartiles[1]:,.0f}",
            ])
        best = self.odds[self.best]
        lines = [*table(rows), "", say("population.rule", rule=best.rule)]
        if not best.rate:
            lines.append(say("population.none"))
        else:
            lines.append(say("population.best", settings=self.name(self.best), rate=f"{best.rate:.1%}"))
        rest = [odds for place, odds in enumerate(self.odds) if place != self.best]
        if rest and best.rate:
            second = max(rest, key=lambda odds: odds.rate)
            lines.append(say("population.beside_second", comparison=second.compare(best)))
        if self.interrupted:
            lines.append(say("population.sweep_interrupted", done=len(self)))
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        rows = [{"settings": {name: _plain(value) for name, value in settings.items()}, **odds.to_dict()}
                for settings, odds in self]
        return {"sweep": rows, "best": self.best, "interrupted": self.interrupted}

    def to_json(self) -> str:
        """`to_dict` as one line of JSON."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)


def _median(odds: Odds) -> float:
    """The middle loss; infinite where that is no number."""
    middle = float(np.sort(odds.losses)[len(odds.losses) // 2])
    return middle if np.isfinite(middle) else float("inf")


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
