"""The catalogue in the documents names every fault that a check can find, and no other; all sixty are there."""

import re

import pytest

from chainrule.doctor.checks.table import CHECKS
from chainrule.language import say
from tests.house import source

DOCUMENTS = {"en": "doctor.md", "zh": "doctor.zh-CN.md"}
BESIDE = {"does_not_run"}  # found before any check can look


def _told(lang):
    text = (source.ROOT / "docs" / DOCUMENTS[lang]).read_text(encoding="utf-8")
    return dict(re.findall(r"^\| [\d–]+ \| `(\w+)` \| (.+?) \|", text, flags=re.MULTILINE))


@pytest.mark.parametrize("lang", DOCUMENTS)
def test_every_fault_stands_there_under_its_name(lang):
    codes = {code for check in CHECKS for code in check.codes}
    assert _told(lang) == {code: say(f"faults.{code}.name", lang) for code in codes}


def test_all_sixty_are_there():
    assert {check.number for check in CHECKS} >= set(range(1, 61))


def test_whatever_has_words_can_be_found():
    from chainrule.language import catalogue

    assert set(catalogue("faults")) == {code for check in CHECKS for code in check.codes} | BESIDE
