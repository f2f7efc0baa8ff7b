"""The table for the documents is written from what is kept."""

import re

import pytest

from corpus import neutrality, page, scoring, store, words
from corpus.published.posts import POSTS
from corpus.rivals import racing


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder with two verdicts of this doctor, and one of an earlier one."""
    monkeypatch.setattr(store, "FOLDER", tmp_path)
    monkeypatch.setattr(page, "doctors_digest", lambda: "now")
    post = next(post for post in POSTS if post.part == "development")
    rows = [
        ("fault/label_noise/development/0", "hurts", "label_noise", "now"),
        ("fault/label_noise/development/1", "hurts", "imbalance", "before"),
        (f"published/{post.number}/development/0", "given", "seed_lottery", "now"),
    ]
    for id, verdict, code, doctor in rows:
        kept = {"id": id, "source": "s", "base": 0, "verdict": verdict}
        store.append(store.kept("development"), kept)
        store.append(tmp_path / "development.jsonl", {
            **kept, "doctor": doctor, "budget": 10.0, "findings": [{"code": code, "level": "fault", "behind": []}],
            "notes": [], "seconds": 1.0, "cpu": 0.5, "broke": "", "data": "moons",
            "faults": list(post.faults) if verdict == "given" else None,
        })
    return post


def test_the_table_counts_what_this_doctor_said(results):
    text, chinese = (path.read_text(encoding="utf-8") for path in page.write(["development", "sealed"]))
    assert "| 检出率 | 1 中 1，100.0%" in chinese
    assert "2 of 3 cases: 1 fault, 1 published" in text
    assert "| detection | 1 of 1, 100.0%" in text
    assert "imbalance" not in text
    assert "Sealed part" not in text


def test_published_cases_stand_with_their_links(results):
    text = page.write(["development"])[0].read_text(encoding="utf-8")
    assert f"[{results.number}]({results.link})" in text
    assert results.said in text
    assert "seed_lottery (not what was wrong)" in text


def test_everything_that_the_table_says_is_said_in_chinese(results):
    names = {*scoring.score([]).shares, *(one.family for one in neutrality.accepted().values()), *page.COMPARED}
    names |= {*page.TITLES.values(), page.SHARE, page.SPENT, "random forest", *racing.RULES, "nothing"}
    assert names <= set(words.CHINESE)
    for english, chinese in words.CHINESE.items():
        assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", chinese)), english
