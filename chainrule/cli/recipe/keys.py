"""What may stand in a `run.toml`: tables, keys, and what each value may be."""

from collections.abc import Callable
from math import inf
from typing import Any, NamedTuple, get_args

from chainrule.cli.run.options import Activation, Optimizer, Task
from chainrule.tables.design import DEEPEST, WIDEST

MOST = 10**9
SEEDS = 2**63 - 1


class Kind(NamedTuple):
    """What a value may be.

    Attributes:
        words: name of the words that say it.
        fits: whether a value is one.
        example: one of them, as TOML.
        values: what the words name in braces.
    """

    words: str
    fits: Callable[[Any], bool]
    example: str
    values: dict[str, object] = {}  # noqa: RUF012 - a NamedTuple's defaults are never written to


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(example: str) -> Kind:
    return Kind("text", lambda value: isinstance(value, str) and bool(value), f'"{example}"')


def _choice(names: tuple[str, ...]) -> Kind:
    shown = ", ".join(f'"{name}"' for name in names)
    return Kind("one_of", lambda value: value in names, f'"{names[0]}"', {"names": shown})


def _whole(low: int, example: int, high: int = MOST) -> Kind:
    fits = lambda value: _is_whole(value) and low <= value <= high
    return Kind("whole", fits, str(example), {"low": low, "high": f"{high:,}"})


def _pairs(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(pair, list) and all(map(_is_whole, pair)) for pair in value)


def _share(value: Any) -> bool:
    return _is_number(value) and (0 < value < 1 or (1 <= value <= MOST and value % 1 == 0))


def _widths(value: Any) -> bool:
    fits = isinstance(value, list) and len(value) <= DEEPEST
    return fits and all(_is_whole(width) and 1 <= width <= WIDEST for width in value)


FLAG = Kind("flag", lambda value: isinstance(value, bool), "true")
SHARE = Kind("share", _share, "0.2")
COUNT = _whole(0, 1, SEEDS)
VERSION = _text("1.0")

KEYS: dict[str, dict[str, Kind]] = {
    "data": {
        "source": _text("houses.csv"),
        "target": _text("price"),
        "task": _choice(get_args(Task)),
        "test": SHARE,
        "validation": SHARE,
        "seed": _whole(0, 0, SEEDS),
        "drop": FLAG,
        "delimiter": _text(";"),
        "encoding": _text("utf-8"),
        "header": FLAG,
    },
    "network": {
        "hidden": Kind("widths", _widths, "[64, 32]", {"widest": f"{WIDEST:,}", "deepest": DEEPEST}),
        "activation": _choice(get_args(Activation)),
        "dropout": Kind("dropout", lambda value: _is_number(value) and 0 <= value < 1, "0.1"),
    },
    "training": {
        "optimizer": _choice(get_args(Optimizer)),
        "lr": Kind("positive", lambda value: _is_number(value) and 0 < value < inf, "0.005"),
        "weight_decay": Kind("decay", lambda value: _is_number(value) and 0 <= value <= 10**6, "0.01"),
        "batch_size": _whole(1, 32),
        "epochs": _whole(1, 200),
        "patience": _whole(0, 50),
    },
    "found": {
        "bytes": COUNT,
        "blake2b": _text("0f1e2d"),
        "rows": COUNT,
        "learning": COUNT,
        "watching": COUNT,
        "judging": COUNT,
        "inputs": COUNT,
        "outputs": COUNT,
        "embeddings": Kind("pairs", _pairs, "[[70, 8]]"),
    },
    "made": dict.fromkeys(("chainrule", "numpy", "python", "machine", "engine"), VERSION),
}
ASKED = ("data", "network", "training")  # what a person decides; the other tables only say what was found
