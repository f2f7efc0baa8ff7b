"""What the doctor says."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.finding import Finding
from chainrule.doctor.page.diagnosis import page_of_diagnosis
from chainrule.doctor.page.paged import Paged
from chainrule.language import say
from chainrule.train.plain import plain
from chainrule.train.trainer import Trainer

FAR = 0.5  # of the way from the best constant to the floor


@dataclass(frozen=True)
class Diagnosis(Paged):
    """What the doctor found; `print` it.

    Attributes:
        findings: faults and suspects, the first cause first.
        notes: hints that are no alarm.
        floor: the least loss that the targets allow; None where nobody knows.
        best_constant: the loss of the best answer that is the same for every row; None where nobody knows.
        loss: the median loss after the training as it is.
        trainings: how many trainings that took.
        seconds: how long it took.
        ran_out: whether the time was too short to try everything.
        lang: of the words; None for the language in force.
        curves: (points,) losses over the epochs of each training as it is; none where nothing was trained.
        epochs: of each of them.
    """

    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    floor: float | None
    best_constant: float | None
    loss: float | None
    trainings: int
    seconds: float
    ran_out: bool = False
    lang: str | None = None
    curves: tuple[NDArray[np.float64], ...] = ()
    epochs: int = 0

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def far_off(self) -> str:
        """What is said where nothing was found, and much of what there is to be learnt is not; else empty."""
        if not self.healthy or self.loss is None or self.floor is None or self.best_constant is None:
            return ""
        left = (self.loss - self.floor) / max(self.best_constant - self.floor, 1e-12)
        return say("doctor.far_off", self.lang, share=f"{left:.0%}") if left > FAR else ""

    def apply(self, build: Callable[..., Trainer]) -> Callable[..., Trainer]:
        """A function like `build` that gives the Trainer with every finding's cure; cures in the rows change nothing.

        Args:
            build: as for `cr.doctor.diagnose`.
        """
        for found in self.findings:
            build = found.apply(build)
        return build

    def __str__(self) -> str:
        lines = [say("doctor.healthy" if self.healthy else "doctor.ill", self.lang, count=len(self.findings))]
        if self.loss is not None:
            lines.append(say("doctor.loss", self.lang, loss=plain(self.loss)))
        if self.floor is not None and self.best_constant is not None:
            floor, constant = plain(self.floor), plain(self.best_constant)
            lines.append(say("doctor.yardsticks", self.lang, floor=floor, constant=constant))
        if self.far_off:
            lines.append(self.far_off)
        for found in (*self.findings, *self.notes):
            lines += ["", str(found)]
        lines += ["", say("doctor.cost", self.lang, trainings=self.trainings, seconds=f"{self.seconds:.1f}")]
        if self.ran_out:
            lines.append(say("doctor.ran_out", self.lang))
        return "\n".join(lines)

    __repr__ = __str__

    def _page(self, *, whole: bool) -> str:
        return page_of_diagnosis(self, whole=whole)
