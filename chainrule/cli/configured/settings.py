"""`--vary lr=0.1,0.01`: names and their values, as words."""

from collections.abc import Sequence

from chainrule.errors import ArgumentError


def settings(words: Sequence[str]) -> dict[str, list[int | float | str]]:
    """Names to values; numbers are numbers, everything else is text.

    Raises:
        ArgumentError: for words that are no name with values, or a name twice.
    """
    found: dict[str, list[int | float | str]] = {}
    for word in words:
        name, sign, rest = word.partition("=")
        values = [value.strip() for value in rest.split(",")]
        if not name.isidentifier() or not sign or not all(values) or name in found:
            raise ArgumentError("cli_odds.vary", "chainrule odds, --vary", got=repr(word))
        found[name] = [_value(value) for value in values]
    return found


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
