"""The budget is time that the process had; other people's work on the machine does not eat it up at once."""

from chainrule.doctor import clock
from chainrule.doctor.clock import Clock


def _clock(monkeypatch, budget, wall, own):
    times = {"wall": 0.0, "own": 0.0}
    monkeypatch.setattr(clock, "perf_counter", lambda: times["wall"])
    monkeypatch.setattr(clock, "process_time", lambda: times["own"])
    made = Clock(budget)
    times.update(wall=wall, own=own)
    return made.left


def test_alone_both_clocks_say_the_same(monkeypatch):
    assert _clock(monkeypatch, 10.0, 4.0, 4.0) == 6.0


def test_two_processors_do_not_spend_it_twice_as_fast(monkeypatch):
    assert _clock(monkeypatch, 10.0, 4.0, 8.0) == 6.0


def test_on_a_busy_machine_there_is_more_by_the_clock(monkeypatch):
    assert _clock(monkeypatch, 10.0, 12.0, 3.0) == 7.0


def test_but_never_three_times_as_much(monkeypatch):
    assert _clock(monkeypatch, 10.0, 29.0, 3.0) == 1.0
    assert _clock(monkeypatch, 10.0, 31.0, 3.0) < 0.0
