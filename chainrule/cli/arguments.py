"""Kinds of arguments: their words in the help page, and whole numbers that are read strictly."""

from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from cyclopts import Parameter


def option(about: str, *, negative: str = "") -> Parameter:
    """An argument whose words in the help page are those under `about`; `negative` is the option that says no."""
    return Parameter(help=about, negative=negative)


def whole(about: str) -> Parameter:
    """Like `option`, for a whole number: `1.5` is refused, where rounding would take it for 2."""
    return Parameter(help=about, converter=_whole, negative="")


def _whole(kind: Any, tokens: Sequence[Any]) -> int:
    return int(tokens[0].value)


def choices_of(hint: object) -> list[str]:
    """The values that a type names one by one; none when it does not."""
    if get_origin(hint) is Literal:
        return [str(value) for value in get_args(hint)]
    return [choice for part in get_args(hint) for choice in choices_of(part)]
