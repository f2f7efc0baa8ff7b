"""`chainrule search`: the same trials however often it is killed, and judged by rows that no trial ever saw."""

import csv
import json
import signal
import subprocess
import sys
import time
import tomllib

import pytest

from chainrule.cli.run.folder import FILES
from chainrule.cli.run.options import Options
from chainrule.cli.searching import trial
from chainrule.cli.searching.space import Choice, Range, of_design, space, widths
from chainrule.errors import ArgumentError
from chainrule.tables.design import Wishes, design

pytest.importorskip("optuna")

QUICK = "search iris --epochs 6 --seeds 1 --no-progress"
COMPLETE, PRUNED = 1, 2  # Optuna's numbers of states


def rows(folder):
    """All trials without the time they took."""
    with (folder / "search.csv").open(encoding="utf-8") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def finished(journal):
    """The lines of a journal that say that a trial is done."""
    lines = [json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}")]
    return [line for line in lines if line.get("op_code") == 6 and line["state"] in (COMPLETE, PRUNED)]


def test_what_it_leaves(run, tmp_path):
    done = run("search iris --epochs 6 --seeds 2 --trials 7 --no-progress")
    assert (done.code, done.err) == (0, "")
    folder = tmp_path / "search-iris"
    files = {path.name for path in folder.iterdir()}
    assert {"search.csv", "search.html", "search.journal", "model.safetensors", "run.toml", "report.html"} <= files
    assert files <= set(FILES)
    assert [path.name for path in tmp_path.iterdir() if "search" in path.name] == ["search-iris"]
    found = rows(folder)
    assert [int(row["trial"]) for row in found] == list(range(7))
    assert (found[0]["width"], found[0]["depth"], found[0]["lr"]) == ("64", "2", "0.005")  # the default design
    assert len({row["lr"] for row in found}) == 7
    assert "default (trial 0)" in done.out
    assert "On 30 rows that no trial ever saw:" in done.out
    assert "default design" in done.out
    page = (folder / "search.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http" not in page


def test_the_winner_is_what_train_makes_of_its_file(run, tmp_path):
    assert run(f"{QUICK} --trials 5").code == 0
    done = run("train --config search-iris --out again")
    assert (done.code, done.err) == (0, "")
    for name in ("model.safetensors", "history.csv", "run.toml"):
        assert (tmp_path / "search-iris" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    for line in ("odds search-iris --seeds 3 --no-progress", "explain search-iris", "script search-iris"):
        assert run(line).code == 0


def test_going_on_is_the_same_as_not_stopping(run, tmp_path):
    run(f"{QUICK} --trials 13 --out whole")
    for trials in (1, 4, 12, 13):
        assert run(f"{QUICK} --trials {trials} --out parts").code == 0
        assert len(rows(tmp_path / "parts")) == trials
    assert rows(tmp_path / "whole") == rows(tmp_path / "parts")
    for name in ("model.safetensors", "run.toml"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()
    run(f"{QUICK} --trials 4 --seed 1 --out other")
    assert rows(tmp_path / "other")[1:] != rows(tmp_path / "parts")[1:4]


def test_less_trials_than_there_are_lose_none(run, tmp_path):
    run(f"{QUICK} --trials 5")
    assert run(f"{QUICK} --trials 2").code == 0
    assert len(rows(tmp_path / "search-iris")) == 5


def start(tmp_path, line):
    words = [sys.executable, "-m", "chainrule", *line.split()]
    return subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(journal, count, process):
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        if journal.exists() and len(finished(journal)) >= count:
            return
        time.sleep(0.002)


@pytest.mark.slow
def test_a_kill_loses_nothing_and_repeats_nothing(run, tmp_path):
    line = QUICK.replace("--epochs 6", "--epochs 40") + " --trials 12"
    assert run(f"{line} --out whole").code == 0
    journal, before = tmp_path / "killed.journal", []
    for count in (1, 4, 6, 9, 11):
        process = start(tmp_path, f"{line} --out killed")
        wait_for(journal, count, process)
        time.sleep(0.01 * count)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = finished(journal)
        assert now[: len(before)] == before
        before = now
    assert not (tmp_path / "killed").exists()
    assert run(f"{line} --out killed").code == 0
    assert not journal.exists()
    after = finished(tmp_path / "killed" / "search.journal")
    assert after[: len(before)] == before
    assert len(after) == 12
    assert rows(tmp_path / "whole") == rows(tmp_path / "killed")
    assert (tmp_path / "whole" / "model.safetensors").read_bytes() == (
        tmp_path / "killed" / "model.safetensors"
    ).read_bytes()


@pytest.mark.slow
def test_ctrl_c_ends_with_what_is_found(run, tmp_path):
    line = QUICK.replace("--epochs 6", "--epochs 60") + " --trials 5000 --out stopped"
    process = start(tmp_path, line)
    wait_for(tmp_path / "stopped.journal", 3, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Stopped by Ctrl-C" in out
    assert len(rows(tmp_path / "stopped")) >= 3
    assert err == ""


def test_ctrl_c_between_trials(run, tmp_path, monkeypatch):
    run(f"{QUICK} --trials 6 --out whole")
    real, calls = trial.fit, []

    def fit(*args, **options):
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(trial, "fit", fit)
        assert run(f"{QUICK} --trials 6 --out stopped").code == 130
    assert len(rows(tmp_path / "stopped")) == 3
    assert run(f"{QUICK} --trials 6 --out stopped").code == 0
    assert rows(tmp_path / "whole") == rows(tmp_path / "stopped")


def test_half_a_line_is_taken_away(run, tmp_path):
    run(f"{QUICK} --trials 4 --out whole")
    run(f"{QUICK} --trials 2 --out torn")
    journal = tmp_path / "torn" / "search.journal"
    journal.write_bytes(journal.read_bytes() + b'{"op_code": 6, "trial_')
    assert run(f"{QUICK} --trials 4 --out torn").code == 0
    assert rows(tmp_path / "whole") == rows(tmp_path / "torn")


@pytest.mark.skipif(sys.platform == "win32", reason="files are held by flock")
def test_two_at_once_are_refused(run, tmp_path):
    import fcntl

    with (tmp_path / "search-iris.journal").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run(f"{QUICK} --trials 2")
    assert done.code == 2
    assert "a search that is running" in done.err


def test_another_search_is_refused(run, tmp_path):
    run(f"{QUICK} --trials 1")
    done = run(f"{QUICK} --trials 2 --seed 9")
    assert done.code == 2
    assert "seed 0 → 9" in done.err
    assert run(f"{QUICK} --trials 2 --vary lr=0.001..0.01").code == 2
    assert len(rows(tmp_path / "search-iris")) == 1
    assert run(f"{QUICK} --trials 2 --seed 9 --overwrite").code == 0
    assert len(rows(tmp_path / "search-iris")) == 2


def test_what_no_search_wrote_is_left_alone(run, tmp_path):
    run("train iris --epochs 1 --out search-iris")
    assert run(f"{QUICK} --trials 1").code == 2
    assert not (tmp_path / "search-iris" / "search.csv").exists()
    (tmp_path / "other.journal").write_text("no journal\nat all\n")
    done = run(f"{QUICK} --trials 1 --out other")
    assert done.code == 2
    assert "what no search wrote" in done.err
    assert (tmp_path / "other.journal").read_text() == "no journal\nat all\n"


def test_the_rows_to_judge_by_are_looked_at_once_at_the_end(run, monkeypatch):
    from chainrule.train.trainer import Trainer

    events, fit, predict = [], Trainer.fit, Trainer.predict
    monkeypatch.setattr(Trainer, "fit", lambda self, *a, **b: (events.append("fit"), fit(self, *a, **b))[1])
    monkeypatch.setattr(Trainer, "predict", lambda self, X, **b: (events.append(len(X)), predict(self, X, **b))[1])
    assert run(f"{QUICK} --trials 4").code == 0
    looks = [place for place, event in enumerate(events) if event == 30]
    assert events.count("fit") >= 4 + 4  # trials, again with another seed
    assert looks
    assert "fit" not in events[looks[0] :]


def test_numbers_and_words_and_what_is_fixed(run, tmp_path):
    lines = ["word,x,y", *(f"w{i % 70},{i % 13},{(i % 70) * 3 + i % 5}.5" for i in range(300))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    line = "search t.csv --target y --epochs 3 --seeds 1 --trials 4 --hidden 8 --lr 0.01 --vary dropout=0,0.1 --quiet"
    done = run(f"{line} --json")
    assert done.code == 0, done.err
    about = json.loads(done.out)
    assert about["trials"] == 4
    assert {tuple(one["plan"]["sizes"][1:-1]) for one in about["candidates"]} == {(8,)}
    found = rows(tmp_path / "search-t")
    assert set(found[0]) == {
        *("trial", "hopeless", "val_loss", "val_metric", "epochs"),
        *("activation", "dropout", "weight_decay", "batch_size"),
    }
    assert {row["dropout"] for row in found} <= {"0.0", "0.1"}
    kept = tomllib.loads((tmp_path / "search-t" / "run.toml").read_text(encoding="utf-8"))
    assert kept["training"]["lr"] == 0.01
    assert kept["found"]["embeddings"]


def test_the_default_stands_beside_where_no_trial_has_it(run):
    done = run(f"{QUICK} --trials 3 --vary depth=3..4 --lang en")
    assert done.code == 0
    assert "default   " in done.out
    assert "default (trial" not in done.out


def test_a_file_says_which_rows(run, tmp_path):
    (tmp_path / "my.toml").write_text('[data]\nsource = "wine"\nseed = 4\n[network]\nhidden = [3]\n')
    done = run("search --config my.toml --trials 1 --seeds 0 --epochs 2 --no-progress")
    assert done.code == 0
    assert "its rows are taken" in done.err
    assert tomllib.loads((tmp_path / "search-wine" / "run.toml").read_text(encoding="utf-8"))["data"]["seed"] == 4


def test_minutes_end_it(run, tmp_path):
    assert run(f"{QUICK} --trials 500 --minutes 0").code == 0
    assert len(rows(tmp_path / "search-iris")) == 1


def test_nothing_but_divergence_is_said(run, tmp_path):
    done = run("search diabetes --epochs 3 --optimizer sgd --vary lr=1000 --vary depth=4 --trials 2 --no-progress")
    assert done.code == 1
    assert "none that came to its end" in done.err
    assert not (tmp_path / "search-diabetes").exists()


def test_without_optuna_the_line_that_installs_it(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    done = run(f"{QUICK} --trials 1")
    assert done.code == 5
    assert 'pip install "chainrule[tune]"' in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--vary rate=1..2", "did you mean"),
        ("--vary lr", "NAME=LOW..HIGH"),
        ("--vary lr=", "NAME=LOW..HIGH"),
        ("--vary lr=2..1", "2..1"),
        ("--vary lr=nan..1", "nan"),
        ("--vary width=2.5..9", "2.5"),
        ("--vary depth=0..2", "0..2"),
        ("--vary dropout=0..1", "0 … 0.95"),
        ("--vary activation=relu..tanh", "relu..tanh"),
        ("--vary activation=rely", "relu, leaky_relu"),
        ("--vary lr=0.1,0.1", "0.1,0.1"),
        ("--vary lr=0.1 --vary lr=0.2", "lr twice"),
        ("--vary lr=0.1..0.2 --lr 0.1", "lr twice"),
        ("--trials 0", "--trials"),
        ("--minutes -1", "--minutes"),
        ("--seeds 1.5", "--seeds"),
    ],
)
def test_what_cannot_be_is_one_message(run, tmp_path, words, said):
    done = run(f"search iris {words}")
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 4
    assert list(tmp_path.glob("search*")) == []


def test_every_setting_fixed_leaves_nothing(run):
    fixed = "--hidden 4 --activation relu --dropout 0 --lr 0.01 --weight-decay 0 --batch-size 16"
    assert "every setting fixed" in run(f"search iris {fixed}").err


@pytest.mark.parametrize("count", [20, 96, 120, 900, 5_000, 50_000, 2_000_000])
def test_the_default_design_lies_in_its_space(count):
    for wishes in (Wishes(), Wishes(optimizer="sgd")):
        plan = design(wishes, count, 12, 3)
        found = space(plan, count, Options())
        settings = of_design(plan, found)
        assert settings is not None
        assert widths(settings["width"], settings["depth"]) == plan.sizes[1:-1]


def test_ranges_are_read():
    plan = design(Wishes(), 500, 12, 3)
    found = space(plan, 500, Options(), ["lr=0.001..0.1", "width=32,64", "dropout=0..0.2"])
    assert found["lr"] == Range(0.001, 0.1, whole=False, log=True)
    assert found["width"] == Choice((32, 64))
    assert found["dropout"] == Range(0.0, 0.2, whole=False, log=False)
    with pytest.raises(ArgumentError):
        space(plan, 500, Options(activation="relu"), ["activation=tanh"])
    assert "activation" not in space(plan, 500, Options(activation="relu"))


def test_a_hopeless_trial_ends_early():
    class Stub:
        def __init__(self):
            self.epoch, self.stopped = -1, None
            self.history = type("H", (), {"last": {"val_loss": 1.0}})()

        def stop(self, why):
            self.stopped = why

    asked, trainer = [], Stub()
    callback = trial.Hopeless(20, lambda loss, rung: asked.append((loss, rung)) or rung == 4)
    for epoch in range(20):
        trainer.epoch, trainer.history.last["val_loss"] = epoch, 2.0 - 0.1 * epoch
        callback.on_epoch_end(trainer)
        if trainer.stopped:
            break
    assert [rung for _, rung in asked] == [1, 2, 3, 4]
    assert trainer.epoch == 7
    assert callback.ended
    assert [loss for loss, _ in asked] == pytest.approx([1.9, 1.7, 1.5, 1.3])


def test_some_are_hopeless_in_a_longer_search(run, tmp_path):
    assert run("search breast_cancer --epochs 20 --seeds 0 --trials 14 --no-progress").code == 0
    found = rows(tmp_path / "search-breast_cancer")
    hopeless = [row for row in found if row["hopeless"] == "1"]
    assert hopeless
    assert all(int(row["epochs"]) < 20 for row in hopeless)
    assert (tmp_path / "search-breast_cancer" / "search.html").stat().st_size > 2_000
