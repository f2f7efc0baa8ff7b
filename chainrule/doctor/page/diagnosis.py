"""The page of a diagnosis: one finding first, the rest behind it."""

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from chainrule.doctor.experiment import MATERIAL
from chainrule.doctor.finding import Finding
from chainrule.doctor.page.html import framed, heading, items, numbers, paragraph, titled
from chainrule.doctor.page.pictures import curves, pairs
from chainrule.language import say
from chainrule.train.plain import plain

if TYPE_CHECKING:
    from chainrule.doctor.diagnosis import Diagnosis


def page_of_diagnosis(diagnosis: "Diagnosis", *, whole: bool) -> str:
    """As a whole page, or as a fragment for a notebook."""
    lang = diagnosis.lang
    levels = _levels(diagnosis)
    first, others = diagnosis.findings[:1], diagnosis.findings[1:]
    found = say("doctor.healthy" if diagnosis.healthy else "doctor.ill", lang, count=len(diagnosis.findings))
    title = say("doctor.page_title", lang)
    parts = [f"<h1>{escape(title)}</h1>", paragraph(found, "lead"), numbers(_yardsticks(diagnosis))]
    if diagnosis.far_off:
        parts.append(paragraph(diagnosis.far_off))
    parts += [_card(found, levels, lang) for found in first]
    if diagnosis.curves:
        lines = {str(seed): losses.tolist() for seed, losses in enumerate(diagnosis.curves)}
        last = max(1, diagnosis.epochs - 1)
        parts += [heading(say("doctor.page_curves", lang)), curves(lines, levels, last, lang)]
    if others:
        parts.append(_folded(say("doctor.page_more", lang, count=len(others)), others, levels, lang))
    if diagnosis.notes:
        parts.append(_folded(say("doctor.page_notes", lang, count=len(diagnosis.notes)), diagnosis.notes, levels, lang))
    foot = [say("doctor.cost", lang, trainings=diagnosis.trainings, seconds=f"{diagnosis.seconds:.1f}")]
    if diagnosis.ran_out:
        foot.append(say("doctor.ran_out", lang))
    parts.append("<footer>" + "".join(paragraph(line) for line in foot) + "</footer>")
    return framed(parts, lang, whole=whole)


def _levels(diagnosis: "Diagnosis") -> dict[str, float]:
    found = {"floor": diagnosis.floor, "constant": diagnosis.best_constant}
    return {say(f"doctor.page_{name}", diagnosis.lang): loss for name, loss in found.items() if loss is not None}


def _yardsticks(diagnosis: "Diagnosis") -> list[tuple[str, str]]:
    rows = [(name, plain(loss)) for name, loss in _levels(diagnosis).items()]
    if diagnosis.loss is not None:
        shown = plain(diagnosis.loss) if np.isfinite(diagnosis.loss) else "∞"
        rows.insert(0, (say("doctor.page_loss", diagnosis.lang), shown))
    return rows


def _folded(title: str, found: tuple[Finding, ...], levels: dict[str, float], lang: str | None) -> str:
    inside = "".join(_card(finding, levels, lang) for finding in found)
    return f"<details><summary>{escape(title)}</summary>{inside}</details>"


def _card(found: Finding, levels: dict[str, float], lang: str | None) -> str:
    """A finding: what, the numbers, the experiment, the change, how sure, and what stands behind it."""
    level = say(f"doctor.level_{found.level}", lang)
    parts = [titled(found.level, level, found.name, found.code), paragraph(found.sentence)]
    if found.evidence:
        parts += [heading(say("doctor.page_evidence", lang)), items(found.evidence)]
    if found.experiment is not None:
        picture = pairs(found.experiment.before, found.experiment.after, levels, lang)
        parts += [heading(say("doctor.page_experiment", lang)), paragraph(found.proof), picture]
    parts += [heading(say("doctor.page_change", lang)), paragraph(found.advice)]
    if found.code_change:
        parts.append(f"<pre>{escape(found.code_change)}</pre>")
    parts.append(heading(say("doctor.page_sure", lang)))
    if found.experiment is None:
        parts.append(paragraph(found.proof))
    elif np.isfinite(found.experiment.gain):
        parts.append(paragraph(say("doctor.page_gain", lang, gain=f"{found.experiment.gain:.2f}", least=MATERIAL)))
    parts.append(paragraph(found.doubt))
    parts += [_folded(title, others, levels, lang) for title, others in replace(found, lang=lang).folded()]
    return f'<section class="card {found.level}">{"".join(parts)}</section>'
