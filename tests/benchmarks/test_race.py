"""The frame of the races: turns, medians round by round, losses, peers that are missing. No test here is timed."""

import json
import subprocess
import sys

import pytest

from benchmarks import __main__, race, report
from benchmarks.floor import Work
from benchmarks.race import Contestant, Race, Ready, Result
from tests.house import source


def _missing():
    raise ImportError("not installed")


def _race(turns=None, *, ours=1.0, loss=0.5):
    turns = [] if turns is None else turns

    def ready(name, seconds, loss):
        return Ready(lambda: turns.append(name) or seconds, lambda: loss)

    return Race(
        "P99", "nothing", "step",
        (
            Contestant("ours", lambda: ready("ours", ours, 0.5)),
            Contestant("peer", lambda: ready("peer", 2.0, loss)),
            Contestant("absent", _missing),
        ),
        "faster than the peer",
        lambda result: result.ratio("peer") > 1,
    )


def test_contestants_take_turns_after_warming_up():
    turns = []
    result = race.run(_race(turns), rounds=7)
    assert turns[:6] == ["ours", "peer", "ours", "peer", "peer", "ours"]
    assert [len(seconds) for seconds in result.seconds.values()] == [7, 7]
    assert result.missing == ("absent (not installed)",)


def test_ratios_are_taken_round_by_round():
    result = Result({"ours": [1.0, 2.0, 4.0], "peer": [3.0, 4.0, 4.0]})
    assert result.ratio("peer") == 2.0  # the middle of 3, 2 and 1
    assert result.excess("peer") == -2.0
    # A slow round that hits both says nothing about either: the ratio of the medians would be 1.5 here.
    assert Result({"ours": [1.0, 9.0, 2.0], "peer": [3.0, 9.0, 2.0]}).ratio("peer") == 1.0


def test_a_missing_contestant_of_ours_is_an_error():
    broken = Race("P99", "nothing", "step", (Contestant("ours", _missing),), "", lambda _: None)
    with pytest.raises(ImportError):
        race.run(broken)


@pytest.mark.parametrize(("ours", "word"), [(1.0, "- reached"), (3.0, "NOT reached")])
def test_the_goal_is_judged(ours, word):
    entered = _race(ours=ours)
    text = report.table(report.data(entered, race.run(entered, 7)))
    assert word in text
    assert "missing: absent (not installed)" in text
    assert "losses agree" in text


def test_losses_that_differ_are_said():
    entered = _race(loss=0.51)
    row = report.data(entered, race.run(entered, 7))
    assert row["losses agree"] is False
    assert "DO NOT AGREE" in report.table(row)
    assert json.loads(json.dumps(row))["contestants"][1]["seconds"] == [2.0] * 7


def test_a_round_lasts_long_enough():
    calls = []
    seconds = race.repeated(lambda: calls.append(None))()
    assert len(calls) > 1_000
    assert 0 < seconds < 1e-3


def test_the_floor_is_the_longer_of_arithmetic_and_bytes():
    from benchmarks import floor

    assert floor.floor(Work(1e9, 0))[1] == "arithmetic"
    assert floor.floor(Work(0, 1e9))[1] == "bytes"


def test_every_race_is_found_by_its_number():
    known = __main__.races()
    assert {"P14", "P15"} <= set(known)
    assert all(name == entered.id for name, entered in known.items())


@pytest.mark.parametrize("arguments", [["P0"], ["--rounds", "3"]])
def test_a_wrong_call_is_refused(arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
