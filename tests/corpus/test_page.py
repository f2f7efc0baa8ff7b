"""The table for the documents is written from what is kept."""

import pytest

from corpus import page, store
from corpus.published.posts import POSTS


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
    text = page.write(["development", "sealed"]).read_text(encoding="utf-8")
    assert "2 of 3 cases: 1 fault, 1 published" in text
    assert "| detection | 1 of 1, 100.0%" in text
    assert "imbalance" not in text
    assert "Sealed part" not in text


def test_published_cases_stand_with_their_links(results):
    text = page.write(["development"]).read_text(encoding="utf-8")
    assert f"[{results.number}]({results.link})" in text
    assert results.said in text
    assert "seed_lottery (not what was wrong)" in text
