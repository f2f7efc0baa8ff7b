"""What a check says before anything is proven."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change, told
from chainrule.doctor.experiment import Experiment
from chainrule.errors import FourParts
from chainrule.language import say

Proof = Literal["exact", "rerun", "statistic", "convention"]


@dataclass(frozen=True)
class Evidence:
    """A number and what it is measured by.

    Attributes:
        name: of its words in `evidence.toml`.
        values: what stands in it: the number, its yardstick, where; of an error what it got and what it expected.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def words(self, lang: str | None = None) -> str:
        """The evidence in one line."""
        values = {
            name: _words(value, lang) if isinstance(value, FourParts) else value for name, value in self.values.items()
        }
        return say(f"evidence.{self.name}", lang, **told(values))


def _words(error: FourParts, lang: str | None) -> str:
    """What an error says, in the language of the report and not in that of the moment when it was seen."""
    got, expected = (
        say(f"{error.key}.{part}", lang, where=error.where, **error.values) for part in ("got", "expected")
    )
    return f"{got} ({expected})"


@dataclass(frozen=True)
class Suspicion:
    """What one check suspects.

    Attributes:
        code: of the fault.
        proof: how it is decided: `"exact"` is proven already, `"rerun"` by an experiment, `"statistic"` never alone,
            `"convention"` is a note.
        evidence: the numbers.
        cures: changes that would cure it, the likeliest first.
        strength: how much the evidence says, 0 to 1: which experiment comes first.
        values: for its words.
        experiment: that the check has made itself, where what has to get better is not the loss that is learnt by.
        symptom: whether it is what other causes look like, too: then it comes after every other finding.
        spoils: whether every training is spoilt by it, so that it is cured before anything else is tried.
        lottery: whether some seeds get there and others do not, so that cures are judged by how many do.
        hint: whether it is a note where no experiment proves that it does harm.
    """

    code: str
    proof: Proof
    evidence: tuple[Evidence, ...]
    cures: tuple[Change, ...] = ()
    strength: float = 0.5
    values: Mapping[str, Any] = field(default_factory=dict)
    experiment: Experiment | None = None
    symptom: bool = False
    spoils: bool = False
    lottery: bool = False
    hint: bool = False


@dataclass(frozen=True)
class Check:
    """A fault of the catalogue.

    Attributes:
        number: there.
        codes: of the findings that it can yield.
        look: yields suspicions about a case.
        when: `"before"` training, or `"after"` the case was trained as it is.
    """

    number: int
    codes: tuple[str, ...]
    look: Callable[[Case], Iterator[Suspicion]]
    when: Literal["before", "after"] = "after"
