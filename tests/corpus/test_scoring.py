"""The arithmetic of the score, on invented verdicts."""

import pytest

from chainrule.metrics.intervals import wilson_interval
from corpus import report
from corpus.scoring import Share, Spent, named, score


def verdict(id, *codes, behind=(), notes=(), kept="hurts", **more):
    findings = [{"code": code, "level": "fault", "behind": list(behind) if not place else []}
                for place, code in enumerate(codes)]
    return {"id": id, "verdict": kept, "findings": findings, "notes": list(notes), "seconds": 1.0, "broke": "",
            "data": "moons", **more}


ROWS = [
    verdict("fault/label_noise/development/0", "label_noise", restored=0.95),
    verdict("fault/label_noise/development/1", "learning_rate_too_high", behind=["label_noise"], restored=0.5),
    verdict("fault/learning_rate_too_low/development/0"),
    verdict("fault/few_test_rows/development/0", notes=["few_test_rows"], kept="certain"),
    verdict("fault/clip_too_tight/development/0", kept="neutral"),
    verdict("fault/clip_too_tight/development/1", "clip_too_tight", kept="neutral"),
    verdict("healthy/moons/development/0", kept="healthy"),
    verdict("healthy/moons/development/1", "learning_rate_too_low", kept="healthy"),
    verdict("healthy/moons/development/2", notes=["few_test_rows"], kept="healthy"),
    verdict("provocation/dead_third/development/0", kept="healthy"),
    verdict("compound/activation_twice+label_noise/development/0", "label_noise", "activation_twice"),
    verdict("compound/activation_twice+label_noise/development/1", "activation_twice"),
    verdict("published/123/development/0", "activation_twice", faults=["activation_twice"], kept="given"),
    verdict("article/lesson3/development/0", faults=[], kept="given", data="digits", seconds=9.0),
]


@pytest.fixture(scope="module")
def counted():
    return score(ROWS)


@pytest.mark.parametrize(("measure", "count", "total"), [
    ("detection", 3, 4),
    ("right cause first", 2, 4),
    ("right cause in the first three", 3, 4),
    ("precision of named causes", 1, 2),
    ("first cure restores 90 % of the twin, of all faults", 1, 4),
    ("first cure restores 90 % of the twin, where one is offered", 1, 2),
    ("false alarms, healthy", 1, 3),
    ("false alarms, provocations", 0, 1),
    ("silence on neutral mutants", 1, 2),
    ("compounds: at least one cause", 2, 2),
    ("compounds: all causes", 1, 2),
    ("published cases: diagnosed", 1, 1),
    ("articles: right", 1, 1),
    ("verdicts without breaking", 14, 14),
])
def test_shares(counted, measure, count, total):
    assert counted.shares[measure] == Share(count, total)


def test_families_and_confusion(counted):
    assert counted.families["labels"] == Share(1, 2)
    assert counted.confusion["labels"] == {"labels": 1, "rate": 1}
    assert counted.confusion["rate"] == {"nothing": 1}


def test_misses_are_named(counted):
    missed = {line.split(": ")[0] for line in counted.misses}
    assert missed == {
        "fault/label_noise/development/1", "fault/learning_rate_too_low/development/0",
        "fault/clip_too_tight/development/1", "healthy/moons/development/1",
    }


def test_seconds_of_digits_stand_apart(counted):
    assert counted.seconds["toy"] == Spent(1.0, 1.0, 1.0, 13)
    assert counted.seconds["digits"].middle == 9.0


def test_what_stands_behind_comes_after_the_first():
    row = verdict("fault/label_noise/development/0", "a", "b", behind=["c"])
    assert named(row) == ["a", "c", "b"]


def test_a_verdict_that_broke_is_a_miss():
    found = score([verdict("healthy/moons/development/0", kept="healthy", broke="Traceback\nIndexError: 4")])
    assert found.shares["verdicts without breaking"] == Share(0, 1)
    assert "IndexError: 4" in found.misses[0]


def test_intervals_are_wilsons():
    assert Share(3, 4).interval == wilson_interval(3, 4)
    assert str(Share(0, 0)) == "–"
    assert str(Share(3, 4)) == "3/4 = 75.0% (30.1% – 95.4%)"


def test_the_report_says_all_of_it(counted):
    text = report.text(counted)
    assert "detection" in text
    assert "3/4 = 75.0%" in text
    assert "misses (4)" in text
