"""docs/guard.md says what the guard says, and is found from where people begin to read."""

import pytest

from chainrule.train.guard import table
from tests.train.guard.page import PAGE, page

ROOT = PAGE.parents[1]


def test_the_page_is_that_of_the_code():
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.train.guard.page writes it anew"


def test_every_check_stands_in_it_with_its_words():
    text = PAGE.read_text(encoding="utf-8")
    for check in (*table.ANSWERS, *table.DATA):
        head = f"### {check.__doc__.splitlines()[0].rstrip('.')}\n"
        section = text.partition(head)[2].partition("\n#")[0]
        assert "  try:" in section, check.__name__


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/tour.md"])
def test_it_is_linked(name):
    assert "guard.md" in (ROOT / name).read_text(encoding="utf-8")
