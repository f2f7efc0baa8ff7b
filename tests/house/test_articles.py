"""Every row of docs/articles.md has a test that bears its ID, or waits for a part that is named."""

import pytest

from tests.house import articles, source


def test_page_and_tests_agree():
    page = articles.PAGE.read_text(encoding="utf-8")
    source.nothing(articles.complaints(page, articles.marks(source.ROOT / "tests")))


TABLE = "\n".join(f"| {name} | a row | a/test_a.py | |" for name in articles.IDS)
W03 = "| W-03 | a row | a/test_a.py | |"
MARKED = {name: {"a/test_a.py"} for name in articles.IDS}


def test_a_whole_table_passes():
    assert articles.complaints(TABLE, MARKED) == []
    waits = TABLE.replace("a row | a/test_a.py | |", "a row | | doctor (6) |")
    last = "\n".join(f"| {name} | doctor (6) | something |" for name in articles.IDS)
    assert articles.complaints(f"{waits}\n{last}", {}) == []


@pytest.mark.parametrize(
    ("text", "marked", "word"),
    [
        (TABLE.replace("| S1-08 |", "| S1-80 |"), MARKED, "S1-08"),
        (TABLE, MARKED | {"S9-01": {"a/test_a.py"}}, "S9-01: no such row"),
        (TABLE, MARKED | {"W-03": set()}, "W-03: the page says"),
        (TABLE, MARKED | {"W-03": {"a/test_a.py", "b/test_b.py"}}, "W-03: the page says"),
        (TABLE.replace(W03, "| W-03 | a row | | |"), MARKED | {"W-03": set()}, "neither"),
        (TABLE.replace(W03, "| W-03 | a row | a/test_a.py | later |"), MARKED, "waits for"),
        (TABLE.replace(W03, "| W-03 | a row | a/test_a.py | doctor (6) |"), MARKED, "last table"),
        (TABLE + "\n| W-03 | doctor (6) | something |", MARKED, "last table"),
    ],
)
def test_a_disagreement_is_found(text, marked, word):
    assert any(word in complaint for complaint in articles.complaints(text, marked))


def test_marks_are_read_from_source(tmp_path):
    (tmp_path / "test_a.py").write_text("@pytest.mark.article('W-01', 'W-02')\ndef test_it(): ...\n")
    assert articles.marks(tmp_path) == {"W-01": {"test_a.py"}, "W-02": {"test_a.py"}}


def test_the_page_is_written_back_as_it_was_read():
    for line in articles.PAGE.read_text(encoding="utf-8").splitlines():
        if articles.ROW.match(line):
            assert str(articles.rows(line)[0]) == line
