"""Learning rates that depend on the losses: what a script does to them after each epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite


@dataclass
class Plateau:
    """A rate that falls when the loss has found no new best for some epochs.

    Args:
        words: the scheduler as it would be written.
        better: what stands behind `loss <` for a new best, in `best`.
        patience: epochs that are let pass.
        factor: what is left of the rate.
        least: for each rate the lowest that it may be.
        cooldown: epochs after a fall in which nothing is counted.
        eps: a fall by no more than this is left out.
        best: loss so far.
        bad: epochs since then.
        waiting: epochs of the cooldown that are left.
    """

    words: str
    better: str
    patience: int
    factor: float
    least: list[float]
    cooldown: int
    eps: float
    best: float
    bad: int
    waiting: int

    def before(self, names: Sequence[str], mark: str) -> list[str]:
        """What stands in front of the loop over epochs; `mark` tells several of them apart."""
        best = f"best{mark}, bad_epochs{mark} = {_number(self.best)}, {self.bad}"
        return [best, *([f"waiting{mark} = {self.waiting}"] if self._waits else [])]

    def after(self, names: Sequence[str], mark: str) -> list[str]:
        """What stands behind each epoch."""
        best, bad, waiting = f"best{mark}", f"bad_epochs{mark}", f"waiting{mark}"
        found = [
            f"# {self.words}",
            f"if history[-1] < {self.better.format(best=best)}:  # L < {best}",
            f"    {best}, {bad} = history[-1], 0",
            "else:",
            f"    {bad} += 1",
        ]
        if self._waits:
            found += [f"if {waiting} > 0:", f"    {waiting}, {bad} = {waiting} - 1, 0"]
        found.append(f"if {bad} > {self.patience}:")
        for name, least in zip(names, self.least, strict=True):
            found += [
                f"    lower = max({name} * {self.factor!r}, {least!r})  # η′ = max({self.factor:g} η, {least:g})",
                f"    {name} = lower if {name} - lower > {self.eps!r} else {name}  # η = η′",
            ]
        return [*found, f"    {waiting}, {bad} = {self.cooldown}, 0" if self._waits else f"    {bad} = 0"]

    @property
    def _waits(self) -> bool:
        return self.cooldown > 0 or self.waiting > 0


@dataclass
class Share:
    """A scheduler beside a `Plateau`: it multiplies whatever the other has made of the rate.

    Args:
        words: the scheduler as it would be written.
        own: for each rate what it would be if this scheduler were the only one, from now on, an epoch each.
        scale: for each rate its share of that.
        left: each rate as this scheduler has left it.
    """

    words: str
    own: list[list[float]]
    scale: list[float]
    left: list[float]

    def before(self, names: Sequence[str], mark: str) -> list[str]:
        """What stands in front of the loop over epochs."""
        found = []
        for name, own, scale, left in zip(names, self.own, self.scale, self.left, strict=True):
            found += [
                f"own_{name}{mark} = {rates_text(own)}",
                f"scale_{name}{mark}, left_{name}{mark} = {scale!r}, {_number(left)}",
            ]
        return found

    def after(self, names: Sequence[str], mark: str) -> list[str]:
        """What stands behind each epoch."""
        found = [f"# {self.words}"]
        for name in names:
            own, scale, left = (f"{word}_{name}{mark}" for word in ("own", "scale", "left"))
            found += [
                f"now, then = {own}[epoch - begin : epoch - begin + 2]",
                f"{scale} = {name} / now if {name} != {left} and now else {scale}",
                f"{name} = {left} = {scale} * then if then != now else {name}",
            ]
        return found


Mover = Plateau | Share


def _number(number: float) -> str:
    return repr(number) if isfinite(number) else "-np.inf" if number == -inf else f"np.{number!r}"


def rates_text(rates: Sequence[float]) -> str:
    """The rates of a schedule, equal neighbours together."""
    runs: list[tuple[float, int]] = []
    for rate in rates:
        if runs and runs[-1][0] == rate:
            runs[-1] = rate, runs[-1][1] + 1
        else:
            runs.append((rate, 1))
    if len(runs) > len(rates) // 2:
        return repr(list(rates))
    return " + ".join(f"[{rate!r}] * {count}" if count > 1 else f"[{rate!r}]" for rate, count in runs)
