"""Something that looks wrong: what was seen, and which faults look like that. Nothing was tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chainrule.language import say

Level = Literal["suspect", "note"]


@dataclass(frozen=True)
class Seen:
    """A number and what it is measured by.

    Attributes:
        name: of its words in `symptoms.toml`, behind `seen_`.
        values: what stands in them.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def words(self, lang: str | None = None) -> str:
        """What was seen, in one line."""
        told = {name: f"{value:.4g}" if isinstance(value, float) else value for name, value in self.values.items()}
        return say(f"symptoms.seen_{self.name}", lang, **told)


@dataclass(frozen=True)
class Symptom:
    """Something that looks wrong in a training that nobody has tried to repeat; `print` it.

    Attributes:
        code: name of the symptom, as in `docs/doctor.md`.
        level: `"suspect"`, or `"note"` for what healthy trainings often show too; never a fault, which takes a proof.
        seen: the numbers with their yardsticks.
        could_be: codes of the faults that look like that.
        lang: of its words; None for the language in force.
    """

    code: str
    level: Level
    seen: tuple[Seen, ...]
    could_be: tuple[str, ...] = ()
    lang: str | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return say(f"symptoms.{self.code}.name", self.lang)

    @property
    def sentence(self) -> str:
        """What that means, for a learner."""
        return say(f"symptoms.{self.code}.why", self.lang)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The numbers, each with its yardstick."""
        return tuple(seen.words(self.lang) for seen in self.seen)

    @property
    def candidates(self) -> tuple[str, ...]:
        """What the faults are called that look like that."""
        return tuple(say(f"faults.{code}.name", self.lang) for code in self.could_be)

    def __str__(self) -> str:
        level = say(f"doctor.level_{self.level}", self.lang)
        lines = [f"{level}: {self.name} [{self.code}]", f"  {self.sentence}"]
        lines += [f"  - {line}" for line in self.evidence]
        if self.could_be:
            lines.append("  " + say("symptoms.could_be", self.lang, names=", ".join(self.candidates)))
        return "\n".join(lines)
