"""One change in a fresh Trainer: what an experiment tries, and what a finding offers as its cure."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chainrule.language import say
from chainrule.train.trainer import Trainer


@dataclass(frozen=True)
class Change:
    """Something that is done to a Trainer before it trains, or to how it is trained.

    Args:
        name: `changes.toml` has its words and its code.
        values: numbers and names that stand in them.
        alter: changes a fresh Trainer in place.
        batch_size: rows a batch instead of those asked for; None for the same.
        epochs: how many times as many epochs.
        data: changes rows `(X, y, ...)` before they are learnt from; None for the same.
        unit: how much of a loss as it is one of the loss with it is worth.
        comparable: whether the loss means with it what it means without; False for other weights of the rows.

    Example:
        >>> from chainrule.doctor.changes.training import batches
        >>> batches(64).words("en")
        'batches of 64 rows'
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    alter: Callable[[Trainer], None] | None = None
    batch_size: int | None = None
    epochs: float = 1.0
    data: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None = None
    unit: float = 1.0
    comparable: bool = True

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from other changes."""
        return self.name, *((name, repr(value)) for name, value in sorted(self.values.items()))

    def words(self, lang: str | None = None) -> str:
        """What is changed, in a few words, in a language or the one in force.

        Args:
            lang: `"en"`, `"zh"` or None; default None.
        """
        return say(f"changes.{self.name}.words", lang, **told(self.values))

    def code(self, lang: str | None = None) -> str:
        """What is to be written instead, as Python.

        Args:
            lang: of its comments: `"en"`, `"zh"` or None; default None.
        """
        return say(f"changes.{self.name}.code", lang, **told(self.values))

    def apply(self, build: Callable[..., Trainer]) -> Callable[..., Trainer]:
        """A function like `build` whose Trainers are changed; rows, batches and epochs stay the caller's."""
        if self.alter is None:
            return build
        alter = self.alter

        @functools.wraps(build)
        def cured(*args: Any, **settings: Any) -> Trainer:
            trainer = build(*args, **settings)
            alter(trainer)
            return trainer

        return cured


AS_IT_IS = Change("none")


def told(values: Mapping[str, Any]) -> dict[str, str]:
    """Numbers and names as they stand in sentences."""
    return {name: f"{value:.3g}" if isinstance(value, float) else str(value) for name, value in values.items()}
