"""Results become files, tables, pictures and a page."""

import json
import subprocess
import sys

import pytest

from benchmarks import curves, learning, page, race, report, results
from benchmarks.race import TINY, Contestant, Goal, Race, Ready
from tests.house import source


def _row(id, *, reached, seconds=1.0):
    def contestant(name, spent):
        return Contestant(name, lambda pace: Ready(lambda: spent, lambda: 0.5))

    entered = Race(
        id, "work", "step", (contestant("chainrule", seconds), contestant("PyTorch, one thread", 2.0)),
        (Goal("a goal", lambda result: reached),),
    )
    return report.data(entered, race.run(entered, 7))


ABOUT = {"processor": "some", "versions": {"numpy": "2.4", "jax": None}}
CURVE = {
    "words": "what stays",
    "points": [
        {"at": at, "ours": 1e-6, "floor": 1e-7, "medians": {"chainrule": 1e-6, "JAX scan": ratio * 1e-6},
         "best peer": "JAX scan", "ratio": ratio, "losses agree": True, "missing": []}
        for at, ratio in ((4, 2.0), (8, 0.95), (16, 0.5))
    ],
}


def test_a_result_is_written_and_read_again(tmp_path):
    path = results.write(tmp_path, "p04", "race", ABOUT, _row("P4", reached=True))
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["machine"] == ABOUT
    assert content["date"].startswith("20")
    assert results.read(tmp_path, "race")["p04"]["race"]["id"] == "P4"
    assert results.read(tmp_path, "curves") == {}


@pytest.mark.parametrize(("id", "name"), [("P4", "p04"), ("P11a", "p11a"), ("P17", "p17")])
def test_files_sort_as_races_do(id, name):
    assert results.number(id) == name


def test_tables_say_what_was_measured_and_on_what(tmp_path):
    results.write(tmp_path, "p04", "race", ABOUT, _row("P4", reached=False))
    results.write(tmp_path, "p04_one_core", "race", ABOUT, _row("P4", reached=True, seconds=4.0))
    text = results.write_table(tmp_path).read_text(encoding="utf-8")
    everything, alone = text.split("## One processor")
    assert "PyTorch, one thread 2 s (2.00x)" in everything
    assert "(0.50x)" in alone
    assert "jax missing" in everything


def test_only_the_best_mode_of_many_is_shown():
    row = _row("P4", reached=True)
    slow = {**row["contestants"][1], "name": "PyTorch, 2 threads", "ratio": 9.0}
    scan = {**slow, "name": "JAX scan"}
    many = {**row, "contestants": [*row["contestants"], slow, scan, {**scan, "name": "JAX jit", "ratio": 10.0}]}
    assert report.peers(many) == "PyTorch, one thread 2 s (2.00x); JAX scan 2 s (9.00x)"


@pytest.mark.parametrize(
    ("value", "measure", "words"),
    [(1.5, "seconds", "1.5 s"), (2e-3, "seconds", "2 ms"), (5.3e-8, "seconds", "53 ns"), (1.31e8, "bytes", "131 MB")],
)
def test_amounts_are_written_in_the_unit_that_reads_best(value, measure, words):
    assert report.amount(value, measure) == words


def test_the_page_tells_losses_too(tmp_path):
    folder = tmp_path / "benchmarks" / "results"
    results.write(folder, "p03", "race", ABOUT, _row("P3", reached=True))
    results.write(folder, "p04", "race", ABOUT, _row("P4", reached=False))
    results.write(folder, "curves", "curves", ABOUT, {"width": CURVE})
    curves.draw("width", CURVE["words"], CURVE["points"], folder / "curve_width.png")
    (folder / "notes.toml").write_text('P4 = "Limited by memory."\nP3 = "Nothing to say."\n', encoding="utf-8")
    text = page.text(folder, tmp_path / "docs" / "performance.md")
    lost = text.split("## Goals that were not reached")[1]
    assert "**P4**, a goal: NOT reached, 1 s a step." in lost
    assert "Limited by memory." in lost
    assert "P3" not in lost
    assert "](../benchmarks/results/curve_width.png)" in text
    assert "width 16" in text
    assert "width 8 " not in text  # within a tenth
    assert (folder / "curve_width.png").stat().st_size > 5_000


def test_a_page_without_results_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        page.write(tmp_path)


def test_curves_run_without_peers(monkeypatch):
    monkeypatch.setattr(curves, "ROUNDS", 1)
    monkeypatch.setattr("benchmarks.pytorch.contestants", lambda *args, **kwargs: ())
    monkeypatch.setattr("benchmarks.in_jax.contestants", lambda *args: ())
    for curve in curves.CURVES:
        made = curves.point(curve, curve.points[1], TINY)
        assert made["ours"] > 0
        assert made["best peer"] is None
        assert made["losses agree"]
        assert "no peer" in curves.line(made)
        assert "BEHIND" not in curves.line(made)
    assert "BEHIND" in curves.line(CURVE["points"][2])
    assert {curve.name: (curve.points[0], curve.points[-1]) for curve in curves.CURVES} == {
        "width": (4, 4096), "batch": (1, 4096), "depth": (1, 64),
    }


@pytest.mark.parametrize("name", ["dense", "gpt"])
def test_learning_is_judged_on_unseen_rows(name, monkeypatch):
    import dataclasses

    import numpy as np

    random = np.random.default_rng(0)
    shapes = {"dense": ((64, 784), (64,), 10), "gpt": ((12, 64), (12, 64), 65)}
    X, y, kinds = shapes[name]
    inputs = random.random(X).astype(np.float32) if name == "dense" else random.integers(0, kinds, X)
    data = (inputs, random.integers(0, kinds, y))
    found = next(lesson for lesson in learning.LESSONS if lesson.name == name)
    lesson = dataclasses.replace(found, rows=lambda epoch: data, unseen=lambda: data, numpy_too=False)

    def missing(*arguments):
        raise ImportError("not installed")

    monkeypatch.setattr(learning, "with_torch", missing)
    row = learning.learn(lesson, epochs=2, share=1.0)
    assert [len(entry["scores"]) for entry in row["contestants"]] == [2]
    assert row["missing"] == ["PyTorch (not installed)"]
    assert row["goal"]["reached"] is False
    assert "NOT reached" in learning.table(row)
    assert "never" in learning.markdown([row])


def test_pytorch_learns_the_same_from_the_same():
    pytest.importorskip("torch")
    import dataclasses

    import numpy as np

    random = np.random.default_rng(0)
    data = (random.integers(0, 65, (24, 64)), random.integers(0, 65, (24, 64)))
    found = next(lesson for lesson in learning.LESSONS if lesson.name == "gpt")
    lesson = dataclasses.replace(found, rows=lambda epoch: data, unseen=lambda: data)
    mine = [score for _, score in learning.with_chainrule(lesson, None, 2, 1.0)]
    theirs = [score for _, score in learning.with_torch(lesson, 2, 1.0)]
    assert mine == pytest.approx(theirs, rel=1e-4)


def test_a_goal_of_learning_is_reached_when_pytorch_needs_as_long():
    lesson = learning.LESSONS[0]
    mine = {"name": "chainrule", "scores": [0.97, 0.984], "last": 0.984, "epochs to goal": 2}
    theirs = {"name": "PyTorch", "scores": [0.97, 0.985], "last": 0.985, "epochs to goal": 2}
    assert learning._reached(lesson, [mine, theirs]) is True
    assert learning._reached(lesson, [mine, {**theirs, "epochs to goal": 1}]) is False
    assert learning._reached(lesson, [{**mine, "last": 0.97, "epochs to goal": None}, theirs]) is False
    assert learning._reached(lesson, [theirs]) is None


@pytest.mark.slow
def test_one_race_as_a_command_writes_json_and_a_table(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "P12", "--quick", "--rounds", "7", "--json", "--out", tmp_path]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed["races"][0]["id"] == "P12"
    assert {path.name for path in tmp_path.iterdir()} == {"p12.json", "races.md"}
