"""What `cr.examine` gives back: each gradient judged, and the mistakes by name."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy.typing as npt

from chainrule.errors import ArgumentError
from chainrule.language import say

Array = npt.NDArray[Any]
Layout = Literal["articles", "pytorch"]


@dataclass(frozen=True)
class Finding:
    """One mistake.

    Attributes:
        name: stable, such as `"activation_derivative"`.
        where: `"layer 1"`, `"loss"`, `"everywhere"`.
        words: what the sentences name.
        right: the lines as they should be, `("dz1 = da1 * (1 - a1 * a1)",)`.
    """

    name: str
    where: str
    words: tuple[tuple[str, Any], ...] = ()
    right: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where, in words."""
        kind, _, rest = self.where.partition(" ")
        if kind in ("layer", "layers", "loss", "everywhere") and (rest or kind in ("loss", "everywhere")):
            return say(f"examine.where.{kind}", None, numbers=rest.replace("layer ", ""))
        return self.where

    def __str__(self) -> str:
        return say(f"examine.{self.name}.what", None, where=self.place, **dict(self.words))

    @property
    def advice(self) -> str:
        """What to write instead."""
        return say(f"examine.{self.name}.instead", None, where=self.place, **dict(self.words))


@dataclass(frozen=True, eq=False)
class Verdict:
    """One gradient, judged.

    Attributes:
        name: of the parameter.
        correct: whether it is the gradient of the loss, up to rounding.
        deviation: the largest difference from the right gradient, relative to its largest magnitude; None where the
            shapes differ or nothing was returned.
        got: what the learner returned, weights as (inputs, outputs); None for nothing.
        expected: the right gradient.
        formula: how the right one is computed.
    """

    name: str
    correct: bool
    deviation: float | None
    got: Array | None
    expected: Array
    formula: str


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """A learner's backward pass, examined; `print` it.

    Attributes:
        correct: whether every gradient is right.
        findings: the mistakes, from the loss downwards; notes where nothing is wrong.
        layout: `"articles"` for weights as (inputs, outputs), `"pytorch"` for (outputs, inputs).
        verdicts: each gradient, by the parameter's name.
    """

    correct: bool
    findings: tuple[Finding, ...]
    layout: Layout
    verdicts: dict[str, Verdict]

    @property
    def finding(self) -> str:
        """The stable name of the first finding; `"correct"` when there is none."""
        return self.findings[0].name if self.findings else "correct"

    @property
    def where(self) -> str:
        """Where the first finding is; empty when there is none."""
        return self.findings[0].where if self.findings else ""

    def __getitem__(self, name: str) -> Verdict:
        found = self.verdicts.get(name) or self.verdicts.get(name.removeprefix("d"))
        if found is None:
            raise ArgumentError("examine.unknown", "Report", got=repr(name), known=", ".join(self.verdicts))
        return found

    def __str__(self) -> str:
        lines = [say("examine.title_right" if self.correct else "examine.title_wrong")]
        for number, finding in enumerate(self.findings, start=1):
            mark = f"{number}. " if len(self.findings) > 1 else ""
            lines += ["", f"{mark}{finding}", f"   {finding.advice}"]
            lines += [f"   {say('examine.right')} {line}" for line in finding.right]
            lines.append(f"   [{finding.name}]")
        lines.append("")
        width = max((len(verdict.formula) for verdict in self.verdicts.values()), default=0)
        for verdict in self.verdicts.values():
            mark = "✓" if verdict.correct else "✗"
            lines.append(f"  {mark} {verdict.formula:<{width}}   {self._said(verdict)}")
        lines.append(say(f"examine.layout_{self.layout}"))
        return "\n".join(lines)

    __repr__ = __str__

    def _said(self, verdict: Verdict) -> str:
        if verdict.got is None:
            return say("examine.nothing")
        if verdict.deviation is None:
            return say("examine.shapes", None, got=verdict.got.shape, want=verdict.expected.shape)
        if verdict.correct:
            return say("examine.agrees", None, deviation=f"{verdict.deviation:.1e}")
        return say("examine.differs", None, deviation=f"{verdict.deviation:.2g}")
