"""The frame of the races: turns, medians round by round, losses, peers that are missing. No test here is timed."""

import json
import subprocess
import sys

import pytest

from benchmarks import __main__, race, report
from benchmarks.floor import Work
from benchmarks.race import TINY, Contestant, Goal, Race, Ready, Result
from tests.house import source


def _missing(pace):
    raise ImportError("not installed")


def _race(turns=None, *, ours=1.0, loss=0.5, **more):
    turns = [] if turns is None else turns

    def ready(name, seconds, loss):
        return Ready(lambda: turns.append(name) or seconds, lambda: loss)

    return Race(
        "P99", "nothing", "step",
        (
            Contestant("ours", lambda pace: ready("ours", ours, 0.5)),
            Contestant("peer", lambda pace: ready("peer", 2.0, loss)),
            Contestant("absent", _missing),
        ),
        (Goal("faster than the peer", lambda result: result.ratio("peer") > 1),),
        **more,
    )


def test_contestants_take_turns_after_warming_up():
    turns = []
    result = race.run(_race(turns), rounds=7)
    assert turns[:6] == ["ours", "peer", "ours", "peer", "peer", "ours"]
    assert [len(seconds) for seconds in result.seconds.values()] == [7, 7]
    assert result.missing == ("absent (not installed)",)
    assert set(result.prepared) == {"ours", "peer"}


def test_what_does_not_waver_is_measured_as_often_as_the_race_says():
    turns = []
    race.run(_race(turns, measure="bytes", rounds=1), rounds=7)
    assert turns == ["ours", "peer"]  # and is not warmed up


def test_what_was_needed_is_taken_away_even_when_a_contestant_breaks():
    closed = []

    def breaking():
        raise ValueError("broken")

    entered = Race("P99", "nothing", "step", (
        Contestant("ours", lambda pace: Ready(lambda: 1.0, close=lambda: closed.append("ours"))),
        Contestant("peer", lambda pace: Ready(breaking, close=lambda: closed.append("peer"))),
    ), ())
    with pytest.raises(ValueError, match="broken"):
        race.run(entered, 7)
    assert sorted(closed) == ["ours", "peer"]


def test_ratios_are_taken_round_by_round():
    result = Result({"ours": [1.0, 2.0, 4.0], "peer": [3.0, 4.0, 4.0]})
    assert result.ratio("peer") == 2.0  # the middle of 3, 2 and 1
    assert result.excess("peer") == -2.0
    # A slow round that hits both says nothing about either: the ratio of the medians would be 1.5 here.
    assert Result({"ours": [1.0, 9.0, 2.0], "peer": [3.0, 9.0, 2.0]}).ratio("peer") == 1.0


def test_a_peer_is_judged_in_its_best_mode():
    result = Result({"ours": [1.0], "PyTorch, one thread": [3.0], "PyTorch, 2 threads": [2.0], "JAX scan": [9.0]})
    assert result.best("PyTorch") == "PyTorch, 2 threads"
    assert result.best("scikit-learn") is None
    assert race.faster(2, "PyTorch").reached(result) is True
    assert race.faster(3, "PyTorch").reached(result) is False
    assert race.faster(3, "scikit-learn").reached(result) is None


def test_goals_that_need_no_peer():
    result = Result({"ours": [1.0, 3.0, 2.0]}, least=(1.0, "bytes"))
    assert [race.near_floor(factor).reached(result) for factor in (2.0, 1.9)] == [True, False]
    assert race.near_floor(2.0).reached(Result({"ours": [1.0]})) is None
    assert [race.within(most, "ours", "").reached(result) for most in (2.0, 1.9)] == [True, False]


def test_a_missing_contestant_of_ours_is_an_error():
    broken = Race("P99", "nothing", "step", (Contestant("ours", _missing),), ())
    with pytest.raises(ImportError):
        race.run(broken)


@pytest.mark.parametrize(("ours", "word"), [(1.0, "- reached"), (3.0, "NOT reached")])
def test_the_goal_is_judged(ours, word):
    entered = _race(ours=ours)
    row = report.data(entered, race.run(entered, 7))
    text = report.table(row)
    assert word in text
    assert "missing: absent (not installed)" in text
    assert "losses agree" in text
    assert word.removeprefix("- ") in report.markdown([row])


def test_losses_that_differ_are_said():
    entered = _race(loss=0.51)
    row = report.data(entered, race.run(entered, 7))
    assert row["losses agree"] is False
    assert "DO NOT AGREE" in report.table(row)
    assert "do not agree" in report.markdown([row])
    assert json.loads(json.dumps(row))["contestants"][1]["seconds"] == [2.0] * 7


def test_a_round_lasts_long_enough():
    calls = []
    seconds = race.repeated(lambda: calls.append(None), 0.1)()
    assert len(calls) > 1_000
    assert 0 < seconds < 1e-3


@pytest.mark.parametrize("seconds", [0.0, 0.02])
def test_pieces_are_counted_and_never_more_at_once_than_allowed(seconds):
    calls = []
    one_round = race.counted(calls.append, seconds, most=3)
    calls.clear()
    one_round()
    assert max(calls) <= 3
    assert (sum(calls) > 100) == (seconds > 0)


def test_the_floor_is_the_longer_of_arithmetic_and_bytes():
    from benchmarks import floor

    assert floor.floor(Work(1e9, 0))[1] == "arithmetic"
    assert floor.floor(Work(0, 1e9))[1] == "bytes"


def test_registers_are_no_slower_than_a_matrix_product():
    pytest.importorskip("llvmlite")
    from benchmarks import floor, peak

    run, count, _ = peak.product(1)
    # Half, because this machine is shared: it is twice the product on processors that BLAS does not know.
    assert floor.rate(1)[0] > 0.5 * count / floor.best(run)


@pytest.mark.parametrize("width", [4, 8, 16])
def test_the_loop_of_multiply_adds_is_a_program(width):
    pytest.importorskip("llvmlite")
    from benchmarks import peak

    llvm = pytest.importorskip("llvmlite.binding")
    llvm.parse_assembly(peak.text(width)).verify()


def test_every_race_is_found_by_its_number():
    known = __main__.races()
    single = [*(f"P{n}" for n in range(1, 11)), "P11a", "P11b", *(f"P{n}" for n in range(12, 18))]
    assert list(known) == [*single, "P18a", "P18b", "P19"]
    assert all(name == entered.id for name, entered in known.items())
    assert __main__.chosen(["P11", "P2", "P0"], known) == (["P11a", "P11b", "P2"], ["P0"])
    assert __main__.chosen([], known)[0] == list(known)


@pytest.mark.parametrize("entered", __main__.races().values(), ids=lambda entered: entered.id)
def test_every_race_has_what_the_table_needs(entered):
    assert entered.work
    assert entered.goals
    assert all(goal.words for goal in entered.goals)
    names = [contestant.name for contestant in entered.contestants]
    assert names[0].startswith("chainrule")
    assert len(set(names)) == len(names)
    peers = {name.replace(",", " ").split()[0] for name in names} - {"chainrule"}
    # Without a peer it is a race against ourselves: what a part costs beside the same without it, or beside a limit.
    assert peers & {"PyTorch", "JAX", "scikit-learn", "NumPy"} or (not peers and len(names) > 1)
    assert entered.measure in {"seconds", "bytes"}
    if entered.arithmetic is not None:
        assert entered.arithmetic.multiply_adds > 1e4


def test_a_race_we_cannot_take_part_in_is_said():
    entered = Race("P99", "nothing", "step", (Contestant("ours", _missing),), ())
    row = report.absent(entered, "not there yet: cr.odds")
    assert "not there yet" in report.table(row)
    assert "not there yet" in report.markdown([row])


@pytest.mark.parametrize("arguments", [["P0"], ["--rounds", "3"]])
def test_a_wrong_call_is_refused(arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_tiny_rounds_end_at_once():
    calls = []
    race.repeated(lambda: calls.append(None), TINY.seconds)()
    assert len(calls) == 3  # what is done once, how long it takes, the round
