"""One finding of the doctor."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.change import Change, told
from chainrule.doctor.experiment import Experiment
from chainrule.doctor.suspicion import Suspicion
from chainrule.language import say
from chainrule.train.plain import plain
from chainrule.train.trainer import Trainer

Level = Literal["fault", "suspect", "note"]


@dataclass(frozen=True)
class Finding:
    """What is wrong, how it shows, and what cures it; `print` it.

    Attributes:
        code: name of the fault, as in `docs/doctor.md`.
        level: `"fault"` is proven, `"suspect"` is not, `"note"` is a hint.
        suspicion: what was seen before anything was tried.
        experiment: what proved it; None where nothing had to be tried, or there was no time.
        behind: faults that vanish under this one's cure; suspects that may be why, and are not proven.
        lang: of its words; None for the language in force.
    """

    code: str
    level: Level
    suspicion: Suspicion
    experiment: Experiment | None = None
    behind: tuple["Finding", ...] = field(default=())
    lang: str | None = None

    @property
    def cure(self) -> Change | None:
        """The change that cures it."""
        if self.experiment is not None:
            return self.experiment.change
        return self.suspicion.cures[0] if self.suspicion.cures else None

    @property
    def name(self) -> str:
        """What it is called."""
        return say(f"faults.{self.code}.name", self.lang)

    @property
    def sentence(self) -> str:
        """What is wrong, for a learner."""
        return say(f"faults.{self.code}.why", self.lang, **told(self.suspicion.values))

    @property
    def evidence(self) -> tuple[str, ...]:
        """The numbers, each with its yardstick."""
        return tuple(found.words(self.lang) for found in self.suspicion.evidence)

    @property
    def fix(self) -> str:
        """What to do, and the code to write."""
        return f"{self.advice}\n{self.code_change}" if self.code_change else self.advice

    @property
    def advice(self) -> str:
        """What to do, in words."""
        return say(f"faults.{self.code}.fix", self.lang, **told(self.suspicion.values))

    @property
    def code_change(self) -> str:
        """What to write instead, as Python; empty where no change cures it."""
        return "" if self.cure is None else self.cure.code(self.lang)

    @property
    def proof(self) -> str:
        """How sure that is."""
        found = self.experiment
        if found is None:
            return say(f"doctor.proof_{self.suspicion.proof}", self.lang)
        if found.odds is not None:
            return say(
                "doctor.proof_odds", self.lang, change=found.change.words(self.lang), before=found.odds[0],
                after=found.odds[1], seeds=found.pairs,
            )
        key = "doctor.proof_unseen" if found.unseen else "doctor.proof_tried"
        return say(
            key, self.lang, change=found.change.words(self.lang), before=_middle(found.before),
            after=_middle(found.after), wins=found.wins, pairs=found.pairs,
        )

    @property
    def doubt(self) -> str:
        """What would change its mind."""
        if self.level == "note":
            kind = "note"
        elif self.suspicion.proof == "exact":
            kind = "exact"
        else:
            kind = "open" if self.experiment is None or self.level == "suspect" else "tried"
        return say(f"doctor.doubt_{kind}", self.lang)

    def apply(self, build: Callable[..., Trainer]) -> Callable[..., Trainer]:
        """A function like `build` that gives the cured Trainer; a cure that lies in the rows changes nothing there."""
        return build if self.cure is None else self.cure.apply(build)

    def folded(self) -> list[tuple[str, tuple["Finding", ...]]]:
        """What stands behind it, under a title each: what vanishes with it, and what is suspected as well."""
        found = []
        for level, title in (("fault", "behind"), ("suspect", "suspected")):
            others = tuple(replace(other, lang=self.lang) for other in self.behind if other.level == level)
            if others:
                names = ", ".join(other.name for other in others)
                found.append((say(f"doctor.{title}", self.lang, names=names), others))
        return found

    def __str__(self) -> str:
        level = say(f"doctor.level_{self.level}", self.lang)
        lines = [f"{level}: {self.name} [{self.code}]", f"  {self.sentence}"]
        lines += [f"  - {line}" for line in self.evidence]
        lines += [f"  {self.proof}", f"  {self.doubt}"]
        lines += [f"  {line}" for line in self.fix.splitlines()]
        lines += [f"  {title}" for title, _ in self.folded()]
        return "\n".join(lines)


def _middle(losses: NDArray[np.float64]) -> str:
    finite = np.where(np.isfinite(losses), losses, np.inf)
    return plain(float(np.median(finite)))
