"""Blind mode: what the log of a training says, whichever system wrote it, and what it cannot say."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from chainrule import language
from chainrule.doctor.logs import ROLES, Numbers, curves_of, curves_of_file
from chainrule.doctor.page.paged import Paged
from chainrule.doctor.page.reading import page_of_reading
from chainrule.doctor.symptoms.curves import FEWEST, Curves, symptoms_of
from chainrule.doctor.symptoms.symptom import Symptom
from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.train.plain import plain


@dataclass(frozen=True)
class Reading(Paged):
    """What a log says, and what it cannot say; `print` it.

    Attributes:
        findings: suspects, the worst first; a log alone proves no fault.
        notes: what healthy trainings often show too.
        curves: name to numbers, one an epoch: `"loss"`, `"val_loss"`, `"lr"` where they were there.
        unknown: what nobody can know from this log, in words.
        lang: of the words; None for the language in force.
    """

    findings: tuple[Symptom, ...]
    notes: tuple[Symptom, ...]
    curves: dict[str, Numbers]
    unknown: tuple[str, ...]
    lang: str | None = None

    @property
    def healthy(self) -> bool:
        """Whether nothing looks wrong in what the log has."""
        return not self.findings

    @property
    def summary(self) -> str:
        """What was read, in one line."""
        loss = self.curves["loss"]
        names = ", ".join(self.curves)
        return say(
            "symptoms.read", self.lang, epochs=len(loss), names=names, first=plain(float(loss[0])),
            last=plain(float(loss[-1])),
        )

    def __str__(self) -> str:
        title = say("symptoms.quiet" if self.healthy else "symptoms.looks", self.lang, count=len(self.findings))
        lines = [title, self.summary]
        for found in (*self.findings, *self.notes):
            lines += ["", str(found)]
        lines += ["", say("symptoms.unknown", self.lang), *(f"  - {line}" for line in self.unknown)]
        return "\n".join(lines)

    __repr__ = __str__

    def _page(self, *, whole: bool) -> str:
        return page_of_reading(self, whole=whole)


def read_log(log: Any, columns: Sequence[str] | None = None, lang: str | None = None) -> Reading:
    """Read the log of a training that cannot be repeated here, of whichever system.

    Loss, loss on unseen rows and learning rate can say that a training diverged, never began to learn, ended too early,
    overfitted, jumps, or lost its learning rate. Why it did so they cannot say: nothing is more than suspected.

    Args:
        log: a CSV file with names in its first line (Keras' `CSVLogger`, Lightning's `metrics.csv`, ours), a History,
            or a mapping of names to numbers.
        columns: of a file, the columns for loss, loss on unseen rows, learning rate, in this order, `"-"` for none; or
            `"lr=column"`; default by their names.
        lang: of the words: `"en"` or `"zh"`; default the language in force.

    Returns:
        Reading: `findings`, `notes`, and `unknown`, which is what the log cannot say.

    Raises:
        FileError: a file that cannot be read, or has no such columns.
        ArgumentError: no numbers, or an unknown language.

    Example:
        >>> import chainrule as cr
        >>> found = cr.doctor.read_log({"loss": [0.7, 0.9, 1.4, 2.2, 3.1, 4.0, 5.2]})
        >>> [symptom.code for symptom in found.findings], len(found.unknown)
        (['diverged'], 5)
    """
    if lang is not None and lang not in language.LANGUAGES:
        raise ArgumentError("doctor.lang", "read_log, argument lang", got=repr(lang))
    if isinstance(log, str | os.PathLike):
        curves = curves_of_file(Path(log).expanduser(), columns)
    else:
        found = curves_of(log)
        if found is None or not found["loss"].size:
            raise ArgumentError("symptoms.no_curves", "read_log, argument log", got=type(log).__name__)
        curves = found
    seen = Curves(curves["loss"], curves.get("val_loss"), curves.get("lr"))
    symptoms = [Symptom(one.code, one.level, one.seen, one.could_be, lang) for one in symptoms_of(seen)]
    return Reading(
        tuple(one for one in symptoms if one.level == "suspect"), tuple(one for one in symptoms if one.level == "note"),
        curves, tuple(_unknown(curves, lang)), lang,
    )


def _unknown(curves: dict[str, Numbers], lang: str | None) -> list[str]:
    """What these curves cannot say."""
    found = [say("symptoms.unknown_cause", lang)]
    end = float(np.median(curves["loss"][-3:]))
    if np.isfinite(end) and 0 < end < 50:
        found.append(say("symptoms.unknown_floor", lang, loss=plain(end), odds=f"{exp(-end):.1%}"))
    else:
        found.append(say("symptoms.unknown_yardstick", lang))
    missing = [role for role in ROLES if role not in curves]
    found += [say(f"symptoms.unknown_{role}", lang) for role in missing]
    if len(curves["loss"]) < FEWEST + 2:
        found.append(say("symptoms.unknown_end", lang, epochs=len(curves["loss"])))
    found.append(say("symptoms.unknown_luck", lang))
    return found
