"""Two changes at once, where neither helps alone."""

from dataclasses import dataclass
from typing import Any

from chainrule.doctor.change import Change
from chainrule.language import say
from chainrule.train.trainer import Trainer


@dataclass(frozen=True)
class Together(Change):
    """Several changes, made one after the other.

    Args:
        parts: the changes.
    """

    parts: tuple[Change, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from other changes."""
        return self.name, *(part.key for part in self.parts)

    def words(self, lang: str | None = None) -> str:
        """What is changed, each in a few words."""
        first, second = (part.words(lang) for part in self.parts)
        return say("changes.together.words", lang, first=first, second=second)

    def code(self, lang: str | None = None) -> str:
        """What is to be written instead, as Python."""
        return "\n".join(part.code(lang) for part in self.parts)


def together(first: Change, second: Change) -> Change:
    """Both changes, the first one first."""
    parts = (first, second)

    def alter(trainer: Trainer) -> None:
        for part in parts:
            if part.alter is not None:
                part.alter(trainer)

    def data(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        for part in parts:
            rows = rows if part.data is None else part.data(rows)
        return rows

    changed = data if first.data is not None or second.data is not None else None
    return Together(
        "together", {}, alter, second.batch_size or first.batch_size, first.epochs * second.epochs, changed,
        first.unit * second.unit, first.comparable and second.comparable, parts,
    )
