"""JSON as the standard has it: no name twice, no NaN, no infinity, no depth without end."""

import json
from math import isfinite
from typing import Any


def parsed(text: bytes | str) -> Any:
    """The plain data in a JSON text.

    Raises:
        ValueError: for anything that is not strictly JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def written(data: Any) -> str:
    """Plain data as JSON, without a space too many, in ASCII."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the same name twice")
    return found


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is too large")
    return number
