"""Which diagnoses are right for which fault: `accepted.toml`, read."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Right:
    """What counts as right.

    Attributes:
        number: of the catalogue.
        family: row of the confusion matrix.
        codes: that are right.
        note: whether a note suffices.
    """

    number: int
    family: str
    codes: tuple[str, ...]
    note: bool


@cache
def accepted() -> dict[str, Right]:
    """Every fault by its name."""
    found = tomllib.loads((Path(__file__).parent / "accepted.toml").read_text(encoding="utf-8"))
    return {
        name: Right(row["number"], row["family"], tuple(row["codes"]), row.get("note", False))
        for name, row in found.items()
    }


def family(code: str) -> str:
    """The family of a code: that of the fault that it names first."""
    for right in accepted().values():
        if right.codes[0] == code:
            return right.family
    return "other"
