"""`chainrule odds`: the odds of lessons, runs, data sets and users' own functions."""

import json

import pytest

import chainrule as cr
from chainrule.lessons.configurations import CONFIGURATIONS

FILE = """
import chainrule as cr
from chainrule import nn, optim
from beside import WIDTH

data = cr.data.xor()
epochs = 20


def build(lr=0.1):
    model = nn.MLP([2, WIDTH, 1], activation="tanh")
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=lr))


def wide():
    return build(0.5)
"""


@pytest.fixture
def experiment(tmp_path):
    (tmp_path / "experiment.py").write_text(FILE)
    (tmp_path / "beside.py").write_text("WIDTH = 3\n")


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_lesson(run, name):
    done = run(f"odds {name} --seeds 3 --epochs 3 --json --no-progress")
    assert done.code == 0, done.err
    about = json.loads(done.out)
    assert about["seeds"] == [0, 1, 2]
    assert about["epochs"] == 3
    found = CONFIGURATIONS[name]()
    again = cr.odds(found.build, found.data, epochs=3, batch_size=found.batch_size, seeds=3)
    assert about["losses"] == again.losses.tolist()
    assert (about["floor"] is not None) == (again.floor is not None)


def test_the_words(run):
    done = run("odds lesson1 --seeds 4 --epochs 5 --no-progress")
    assert "of 4 seeds succeed" in done.out
    assert "95 % interval" in done.out
    assert done.err == ""
    assert "个种子中有" in run("odds lesson1 --seeds 2 --epochs 2 --no-progress --lang zh").out


def test_a_sweep(run):
    done = run("odds lesson1 --seeds 2 --epochs 2 --vary lr=0.1,0.01 --vary hidden=2,4 --no-progress --json")
    rows = json.loads(done.out)["sweep"]
    assert [row["settings"] for row in rows] == [
        {"lr": lr, "hidden": hidden} for lr in (0.1, 0.01) for hidden in (2, 4)
    ]
    assert "median loss" in run("odds lesson1 --seeds 2 --epochs 2 --vary lr=0.1 --no-progress").out


def test_a_file_of_the_user(run, experiment):
    done = run("odds experiment.py:build --seeds 2 --no-progress --json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["epochs"] == 20
    assert json.loads(done.out)["batch_size"] == 32
    assert json.loads(run("odds experiment.py --seeds 2 --json --no-progress").out)["losses"] == (
        json.loads(done.out)["losses"]
    )
    other = json.loads(run("odds experiment.py:wide --seeds 2 --epochs 7 --batch-size 2 --json --no-progress").out)
    assert (other["epochs"], other["batch_size"]) == (7, 2)


def test_a_data_set(run):
    done = run("odds iris --seeds 2 --epochs 2 --vary lr=0.01 --vary hidden=4 --vary optimizer=adam,sgd --no-progress")
    assert done.code == 0, done.err
    assert "sgd" in done.out


def test_a_csv_file(run, tmp_path):
    lines = "\n".join(f"{x},{(x * 7) % 5},{int(x > 20)}" for x in range(40))
    (tmp_path / "rows.csv").write_text(f"a,b,c\n{lines}\n")
    assert run("odds rows.csv --target c --seeds 2 --epochs 2 --no-progress").code == 0
    assert "--target" in run("odds rows.csv --seeds 2 --epochs 2").err


def test_a_run(run, tmp_path):
    assert run("train iris --epochs 3 --hidden 5 --quiet --out first").code == 0
    done = run("odds first --seeds 2 --json --no-progress")
    assert done.code == 0, done.err
    assert json.loads(done.out)["epochs"] == 3
    assert json.loads(run("odds first/run.json --seeds 2 --json --no-progress").out)["losses"] == (
        json.loads(done.out)["losses"]
    )
    (tmp_path / "first" / "run.json").write_text("{}")
    done = run("odds first --seeds 2")
    assert done.code == 2
    assert "no run wrote" in done.err


def test_a_folder_with_all_of_it(run, tmp_path):
    done = run("odds lesson1 --seeds 2 --epochs 2 --out kept --no-progress")
    assert done.code == 0
    assert "odds.json, odds.png, odds.txt" in done.out
    assert json.loads((tmp_path / "kept" / "odds.json").read_text())["asked"] == 2
    assert "of 2 seeds" in (tmp_path / "kept" / "odds.txt").read_text(encoding="utf-8")
    assert (tmp_path / "kept" / "odds.png").read_bytes().startswith(b"\x89PNG")
    assert run("odds lesson1 --seeds 2 --epochs 2 --out kept").code == 2
    assert run("odds lesson1 --seeds 2 --epochs 2 --out kept --overwrite --json --no-progress").code == 0


def test_without_matplotlib(run, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = run("odds lesson1 --seeds 2 --epochs 2 --out kept --no-progress")
    assert done.code == 0
    assert 'pip install "chainrule[viz]"' in done.out
    assert not (tmp_path / "kept" / "odds.png").exists()


def test_ctrl_c(run, experiment, tmp_path):
    (tmp_path / "stopped.py").write_text(
        FILE + "\n\ncalls = []\n\n\ndef stops():\n    calls.append(None)\n    if len(calls) == 4:\n"
        "        raise KeyboardInterrupt\n    return build()\n"
    )
    done = run("odds stopped.py:stops --seeds 9 --no-progress")
    assert done.code == 130


REFUSED = {
    "odds": "SOURCE",
    "odds lesson9": "did you mean lesson",
    "odds lesson1 --seeds 0": "chainrule odds, --seeds",
    "odds lesson1 --seeds 1.5": "whole number",
    "odds lesson1 --epochs 0": "--epochs",
    "odds lesson1 --batch-size 0": "batch",
    "odds lesson1 --vary lr": "--vary lr=0.1,0.01",
    "odds lesson1 --vary lr=": "--vary lr=0.1,0.01",
    "odds lesson1 --vary lr=1 --vary lr=2": "each name once",
    "odds lesson1 --vary speed=1 --seeds 2 --epochs 1": "momentum",
    "odds nothing.py:build": "no such file",
    "odds experiment.py:missing --epochs 1": "without missing",
    "odds bare.py --epochs 1": "without data",
    "odds timeless.py": "--epochs 1000",
    "odds number.py --epochs 1": "a function that gives a fresh Trainer",
}


@pytest.mark.parametrize("line", REFUSED)
def test_refusals(run, line, experiment, tmp_path):
    (tmp_path / "bare.py").write_text("def build(): pass\n")
    (tmp_path / "timeless.py").write_text("data = 1, 2\ndef build(): pass\n")
    (tmp_path / "number.py").write_text("build = 3\ndata = [0.0], [1.0]\n")
    done = run(line)
    assert done.code == 2, done.out + done.err
    assert REFUSED[line] in done.err
    assert len(done.err.splitlines()) >= 4
