"""`report.html`: one page with everything, and nothing of it from outside or from the data as code."""

import re
from html.parser import HTMLParser

import pytest

TITLES = ["The run", "The data", "The training", "The scores", "Answers and truth", "Can it be believed?",
          "What each column is worth", "The worst answers", "How to use it"]  # fmt: skip
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Headings, tables and the balance of tags."""

    def __init__(self):
        super().__init__()
        self.open, self.titles, self.tables, self.bad = [], [], 0, []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.tables += tag == "table"
        self.bad += [name for name, _ in attributes if name.startswith("on") or name in ("src", "href")]
        self.bad += [tag] if tag in ("script", "iframe", "img", "link") else []

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.titles.append(data)


def read(path):
    text = path.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert reader.bad == []
    assert not re.search(r"https?:", text)
    assert path.stat().st_size < 2_000_000
    return reader, text


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "diabetes"])
def test_of_our_own_sets(run, tmp_path, name):
    assert run(f"train {name} --epochs 4 --quiet").code == 0
    reader, text = read(tmp_path / f"run-{name}" / "report.html")
    assert reader.titles == TITLES
    assert "best constant" in text
    assert not re.search(r"\bnan\b", text)


def test_of_a_table_with_words_that_are_code(run, tmp_path):
    words = ["<script>alert(1)</script>", "' onload='x", "R&D", "=1+1"]
    rows = (f"{i % 9}|{'' if i % 7 == 0 else i % 5}|{words[i % 4]}|{i % 9 * (i % 4 + 1)}\n" for i in range(120))
    (tmp_path / "t.csv").write_text("a<b>|gap|w|y\n" + "".join(rows), encoding="utf-8")
    assert run("train t.csv --target y --task numbers --epochs 40 --quiet").code == 0
    reader, text = read(tmp_path / "run-t" / "report.html")
    assert reader.titles == TITLES
    assert "&lt;script&gt;" in text
    bars = re.findall(r'text-anchor="end">([^<]+)</text>\n<rect', text)
    assert sorted(bars) == ["a&lt;b&gt;", "gap", "w"]
    assert bars[-1] == "gap"  # the target does not depend on it


def test_in_chinese_and_the_same_bytes_for_the_same_seed(run, tmp_path):
    for name in "ab":
        assert run(f"train wine --epochs 3 --lang zh --quiet --out {name}").code == 0
    pages = [(tmp_path / name / "report.html").read_bytes() for name in "ab"]
    assert "最差的答案" in pages[0].decode()
    stable = [re.sub(rb"[\d.]+ (s|ms)", b"", page) for page in pages]
    assert stable[0] == stable[1]


def test_a_picture_has_no_row_of_four_hundred_columns(run, tmp_path):
    assert run("train digits --epochs 1 --quiet").code == 0
    reader, text = read(tmp_path / "run-digits" / "report.html")
    assert "What each column is worth" not in reader.titles
    assert len(text) < 200_000
