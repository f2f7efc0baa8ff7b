"""What was asked is not asked again, unless the doctor or the case has changed."""

import argparse
from dataclasses import replace

import pytest

from corpus import keeping, running, store
from corpus.__main__ import parser
from corpus.case import digest, source
from corpus.sets import SETS


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A folder of results with two kept cases, and a doctor who counts how often he is asked."""
    monkeypatch.setattr(store, "FOLDER", tmp_path)
    monkeypatch.setattr(running, "doctors_digest", lambda: "first")
    for index in range(2):
        store.append(store.kept("development"), {
            "id": f"healthy/moons/development/{index}", "source": "s", "base": index, "verdict": "healthy",
        })
    calls = []

    def verdict(row, budget):
        calls.append(row["id"])
        return {**row, "findings": [], "notes": [], "seconds": 0.1, "broke": "", "data": "moons"}

    monkeypatch.setattr(running, "_verdict", verdict)
    return calls


def score(**changes):
    given = {"part": ["development"], "kind": None, "name": None, "share": 1.0, "draw": 0, "jobs": 1, "budget": 1.0,
             "again": False}
    running.scored(argparse.Namespace(**{**given, **changes}))


def test_a_second_run_asks_nothing(asked, capsys):
    score()
    score()
    assert len(asked) == 2
    assert "0/2 = 0.0%" in capsys.readouterr().out


def test_a_changed_doctor_is_asked_again(asked, monkeypatch):
    score()
    monkeypatch.setattr(running, "doctors_digest", lambda: "second")
    score()
    assert len(asked) == 4


def test_more_time_is_another_question(asked):
    score()
    score(budget=2.0)
    assert len(asked) == 4


def test_a_changed_case_is_asked_again(asked):
    score()
    store.append(store.kept("development"), {
        "id": "healthy/moons/development/1", "source": "t", "base": 1, "verdict": "healthy",
    })
    score()
    assert asked[2:] == ["healthy/moons/development/1"]


def test_a_case_that_counts_no_more_leaves_the_results(asked):
    score()
    first, second = (f"healthy/moons/development/{index}" for index in range(2))
    store.append(store.kept("development"), {"id": second, "source": "t", "base": 1, "verdict": "rejected"})
    score()
    assert list(store.read(store.FOLDER / "development.jsonl")) == [first]
    score(kind=["fault"])
    assert list(store.read(store.FOLDER / "development.jsonl")) == [first]


def test_what_a_data_set_of_before_had_is_no_base(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "FOLDER", tmp_path)
    monkeypatch.setattr(keeping, "HEALTHY", {"development": 2})
    first, second = (running._candidate("development", index) for index in range(2))
    old = replace(second, name=first.name).id, replace(first, index=len(SETS) * 9).id
    for id in (*old, second.id, "fault/label_noise/development/0"):
        store.append(store.kept("development"), {"id": id, "source": "s", "verdict": "healthy"})
    asked = []

    def looked_at(part, index):
        asked.append(index)
        case = running._candidate(part, index)
        return [{"id": case.id, "source": source(case), "verdict": "healthy"}]

    monkeypatch.setattr(running, "_kept_healthy", looked_at)
    running.keep(["development"], ["healthy"], None, jobs=1)
    assert asked == [0, 1]
    assert set(store.read(store.kept("development"))) == {first.id, second.id, "fault/label_noise/development/0"}


def test_a_share_is_a_share(asked):
    score(share=0.5)
    assert len(asked) == 1


def test_a_line_cut_off_is_left_out_and_the_newest_counts(tmp_path):
    path = tmp_path / "some.jsonl"
    store.append(path, {"id": "a", "n": 1})
    store.append(path, {"id": "a", "n": 2})
    with path.open("a") as file:
        file.write('{"id": "b", "n"')
    assert store.read(path) == {"a": {"id": "a", "n": 2}}


def test_comments_and_docstrings_do_not_change_a_digest(tmp_path):
    one, two, three = (tmp_path / name for name in ("one.py", "two.py", "three.py"))
    one.write_text('"""Some."""\ndef f(x):\n    return x + 1\n')
    two.write_text('"""Other."""\n\n\ndef f(x):  # why\n    """What."""\n    return (x +\n            1)\n')
    three.write_text("def f(x):\n    return x + 2\n")
    assert digest([one]) == digest([two])
    assert digest([one]) != digest([three])


def test_the_command_line():
    found = parser().parse_args(["score", "--part", "sealed", "--kind", "neutral", "--share", "0.1"])
    assert (found.part, found.kind, found.share, found.jobs) == (["sealed"], ["neutral"], 0.1, 2)
