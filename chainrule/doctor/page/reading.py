"""The page of a log that was read."""

from html import escape
from typing import TYPE_CHECKING

from chainrule.doctor.page.html import framed, heading, items, paragraph, titled
from chainrule.doctor.page.pictures import curves
from chainrule.doctor.symptoms.symptom import Symptom
from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.doctor.reading import Reading


def page_of_reading(reading: "Reading", *, whole: bool) -> str:
    """As a whole page, or as a fragment for a notebook."""
    lang = reading.lang
    title = say("symptoms.quiet" if reading.healthy else "symptoms.looks", lang, count=len(reading.findings))
    lines = {name: numbers.tolist() for name, numbers in reading.curves.items() if name != "lr"}
    parts = [
        f"<h1>{escape(title)}</h1>", paragraph(reading.summary, "lead"),
        curves(lines, {}, len(reading.curves["loss"]) - 1, lang),
        *(card_of_symptom(found, lang) for found in reading.findings),
    ]
    if reading.notes:
        inside = "".join(card_of_symptom(found, lang) for found in reading.notes)
        count = say("doctor.page_notes", lang, count=len(reading.notes))
        parts.append(f"<details><summary>{escape(count)}</summary>{inside}</details>")
    parts += [heading(say("symptoms.unknown", lang)), items(reading.unknown)]
    return framed(parts, lang, whole=whole)


def card_of_symptom(found: Symptom, lang: str | None) -> str:
    """One symptom."""
    parts = [
        titled(found.level, say(f"doctor.level_{found.level}", lang), found.name, found.code),
        paragraph(found.sentence), items(found.evidence),
    ]
    if found.could_be:
        parts.append(paragraph(say("symptoms.could_be", lang, names=", ".join(found.candidates))))
    return f'<section class="card {found.level}">{"".join(parts)}</section>'
