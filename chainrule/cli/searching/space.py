"""What a search tries: for each setting a range or some values, round what the rows would be given without it."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple, get_args

from chainrule.cli.run.options import Activation, Options
from chainrule.errors import ArgumentError
from chainrule.tables.design import DEEPEST, WIDEST, Design

NARROWEST = 4


class Setting(NamedTuple):
    """What may be asked of a setting.

    Attributes:
        low: the least it may be.
        high: the most.
        whole: whether it is a whole number.
        log: whether it is its size that matters: 0.001 is as far from 0.01 as that is from 0.1.
    """

    low: float
    high: float
    whole: bool = False
    log: bool = False


SETTINGS = {
    "width": Setting(NARROWEST, WIDEST, whole=True, log=True),
    "depth": Setting(1, DEEPEST, whole=True),
    "activation": None,
    "dropout": Setting(0.0, 0.95),
    "lr": Setting(1e-9, 1e3, log=True),
    "weight_decay": Setting(0.0, 1e6, log=True),
    "batch_size": Setting(1, 10**9, whole=True, log=True),
}


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`."""

    low: float
    high: float
    whole: bool
    log: bool

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g}..{self.high:g}"


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def __contains__(self, value: object) -> bool:
        return value in self.values

    def __str__(self) -> str:
        return ",".join(f"{value:g}" if isinstance(value, float) else str(value) for value in self.values)


Space = Mapping[str, Range | Choice]


def space(plan: Design, rows: int, options: Options, varied: Iterable[str] = ()) -> Space:
    """The ranges round a design; what was asked for by an option is not varied.

    Args:
        plan: what the rows would be given.
        rows: to learn from.
        options: those of `chainrule train`.
        varied: ranges of one's own, each as `lr=0.001..0.1` or `activation=relu,tanh`.

    Raises:
        ArgumentError: for a setting that is unknown, given twice, or cannot be what it is asked to be.
    """
    usual = plan.batch_size
    batches = tuple(size for size in (usual // 2, usual, 2 * usual, 4 * usual) if size in (usual, *range(8, rows // 4)))
    found: dict[str, Range | Choice] = {
        "width": Range(16, 512, whole=True, log=True),
        "depth": Range(1, 4, whole=True, log=False),
        "activation": Choice(("relu", "gelu", "silu", "tanh")),
        "dropout": Range(0.0, 0.5, whole=False, log=False),
        "lr": _round(plan.lr, 10, 4),
        "weight_decay": _round(plan.weight_decay, 100, 10),
        "batch_size": Choice(batches),
    }
    own = _own(varied)
    fixed = {"width", "depth"} if options.hidden is not None else set()
    fixed |= {name for name in found if getattr(options, name, None) is not None and name in options.given}
    both = sorted(fixed & own.keys())
    if both:
        raise ArgumentError("cli_search.twice", "chainrule search, --vary", got=both[0])
    return {name: own.get(name, ranged) for name, ranged in found.items() if name not in fixed}


def of_design(plan: Design, varied: Space) -> dict[str, Any] | None:
    """The settings of a design; None where the space does not have it."""
    hidden = plan.sizes[1:-1]
    found = {
        "activation": plan.activation, "dropout": plan.dropout, "lr": plan.lr, "weight_decay": plan.weight_decay,
        "batch_size": plan.batch_size,
    }
    if "width" in varied:
        if not hidden or hidden != widths(hidden[0], len(hidden)):
            return None
        found |= {"width": hidden[0], "depth": len(hidden)}
    chosen = {name: found[name] for name in varied}
    return chosen if all(value in varied[name] for name, value in chosen.items()) else None


def readable(settings: Mapping[str, Any], varied: Space) -> dict[str, Any]:
    """Settings with four digits that count, which is all that anybody can tell apart."""
    ranged = {name for name, one in varied.items() if isinstance(one, Range) and not one.whole}
    return {name: float(f"{value:.4g}") if name in ranged else value for name, value in settings.items()}


def widths(width: int, depth: int) -> tuple[int, ...]:
    """Hidden layers, each half as wide as the one before it."""
    return tuple(max(NARROWEST, width >> place) for place in range(depth))


def _round(value: float, down: float, up: float) -> Range:
    if not value:  # nothing has a size beside 0
        return Range(1e-4, 1e-1, whole=False, log=True)
    return Range(float(f"{value / down:.3g}"), float(f"{value * up:.3g}"), whole=False, log=True)


def _own(varied: Iterable[str]) -> dict[str, Range | Choice]:
    found: dict[str, Range | Choice] = {}
    for word in varied:
        name, sign, rest = word.partition("=")
        where = "chainrule search, --vary"
        if name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=0.0)[0]
            raise ArgumentError("cli_search.setting", where, got=repr(name), names=", ".join(SETTINGS), near=near)
        if name in found:
            raise ArgumentError("cli_search.twice", where, got=name)
        read = _read(name, rest) if sign else None
        if read is None:
            setting = SETTINGS[name]
            line = "activation=relu,tanh" if setting is None else f"{name}={_example(name)}"
            limits = ", ".join(get_args(Activation)) if setting is None else f"{setting.low:g} … {setting.high:g}"
            raise ArgumentError("cli_search.range", where, got=repr(word), limits=limits, line=line)
        found[name] = read
    return found


def _example(name: str) -> str:
    return {"width": "32..256", "depth": "1..3", "dropout": "0..0.3", "batch_size": "16,32,64"}.get(name, "0.001..0.1")


def _read(name: str, text: str) -> Range | Choice | None:
    """What stands behind `name=`; None where it is neither range nor values, or not within its limits."""
    setting = SETTINGS[name]
    low, dots, high = text.partition("..")
    words = [word.strip() for word in ([low, high] if dots else text.split(","))]
    if setting is None:
        return Choice(tuple(words)) if not dots and set(words) <= set(get_args(Activation)) else None
    try:
        numbers = [int(word) if setting.whole else float(word) for word in words]
    except ValueError:
        return None
    if not all(-inf < number < inf and setting.low <= number <= setting.high for number in numbers):
        return None
    if not dots:
        return Choice(tuple(numbers)) if len(set(numbers)) == len(numbers) else None
    if numbers[0] > numbers[1]:
        return None
    return Range(numbers[0], numbers[1], whole=setting.whole, log=setting.log and numbers[0] > 0)
