"""Progress: a bar in a terminal, silence in a pipe, one display handle in a notebook, always on stderr."""

import io
import os
import re
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

import chainrule as cr
from chainrule import nn, train
from chainrule.train.progress.choosing import choose
from chainrule.train.progress.display import Display
from chainrule.train.progress.lines import Lines
from chainrule.train.progress.notebook import Notebook, page
from chainrule.train.progress.standing import Standing
from chainrule.train.progress.terminal import Terminal, fitted

X, Y = cr.data.moons(40, noise=0.1, seed=0)

PROGRAM = """
import sys
import chainrule as cr
from chainrule import nn, train
X, y = cr.data.moons(64, noise=0.1, seed=0)
model = nn.MLP([2, 8, 1])
trainer = cr.Trainer(model, nn.BCEWithLogitsLoss(), metrics=["accuracy"], seed=0)
trainer.fit((X, y), validation=0.25, epochs=int(sys.argv[1]), batch_size=8, progress=eval(sys.argv[2]))
print("done")
"""


def environment(**more):
    plain = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "CHAINRULE_PROGRESS")}
    return {**plain, "PYTHONPATH": ".", "TERM": "xterm-256color", "COLUMNS": "160", **more}


def in_a_terminal(*arguments, **more):
    """What a program writes to its terminal (stderr), and to a pipe (stdout)."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env=environment(**more),
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown.decode()
    return shown.decode(), out.decode()


def in_a_pipe(*arguments, **more):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], env=environment(**more), capture_output=True, text=True, check=True
    )
    return done.stderr, done.stdout


def bare(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_terminal_gets_a_bar_that_stays():
    shown, out = in_a_terminal("400", "None", CHAINRULE_ENGINE="numpy")
    assert out == "done\n"
    last = [line for line in bare(shown).replace("\r", "\n").split("\n") if line.strip()][-1]
    for word in ("Epoch 400/400", "━", "loss 0.", "accuracy", "val_loss", "batches/s", "samples/s"):
        assert word in last, last
    assert "<" in bare(shown)  # time that is left, while it ran
    assert "\x1b[?25h" in shown  # the cursor is back
    assert shown.count("Epoch 400/400") < 10


def test_a_narrow_terminal_keeps_what_matters():
    shown, _ = in_a_terminal("40", "None", COLUMNS="60")
    last = [line for line in bare(shown).replace("\r", "\n").split("\n") if line.strip()][-1]
    assert last.startswith("Epoch 40/40 ━")
    assert "loss 0." in last
    assert re.search(r"\d (ms|s)$", last.rstrip())
    assert len(last) <= 60
    measures, speed = "loss 0.5000  accuracy 0.9000", "10 batches/s"
    width = len(f"{measures}  {speed}  1.0 s")
    assert fitted(measures, speed, "1.0 s", width) == f"{measures}  {speed}  1.0 s"
    assert fitted(measures, speed, "1.0 s", width - 1) == f"{measures}  1.0 s"
    assert fitted(measures, speed, "1.0 s", 20) == "loss 0.5000 …  1.0 s"
    assert fitted(measures, speed, "1.0 s", 5) == "1.0 s"


def test_no_color_and_dumb_terminals_and_ci():
    shown, _ = in_a_terminal("20", "None", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)
    assert "Epoch 20/20" in bare(shown)
    shown, _ = in_a_terminal("3", "None", TERM="dumb")
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 3
    assert in_a_terminal("3", "None", CI="true") == ("", "done\n")
    assert in_a_terminal("3", "False") == ("", "done\n")
    assert in_a_terminal("3", "None", CHAINRULE_PROGRESS="0") == ("", "done\n")


def test_a_pipe_gets_nothing_unless_asked():
    assert in_a_pipe("3", "None") == ("", "done\n")
    shown, out = in_a_pipe("3", "True")
    assert out == "done\n"
    assert "\x1b" not in shown
    lines = shown.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3"]
    assert all("val_accuracy" in line and "samples/s" in line for line in lines)
    assert len(in_a_pipe("3", "None", CHAINRULE_PROGRESS="1")[0].splitlines()) == 3


def test_many_epochs_make_a_hundred_lines():
    shown, _ = in_a_pipe("1000", "True")
    numbers = [int(re.match(r"Epoch (\d+)/1000", line)[1]) for line in shown.splitlines()]
    assert numbers == [1, *range(10, 1001, 10)]


@pytest.fixture
def notebook(monkeypatch):
    """An IPython that only remembers what it was asked to display."""
    shown = []
    handle = SimpleNamespace(update=lambda html: shown.append(html.data))

    def display(html, display_id):
        assert display_id is True
        shown.append(html.data)
        return handle

    ipython, inside = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())
    inside.display, inside.HTML = display, lambda data: SimpleNamespace(data=data)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", inside)
    return shown


def test_a_notebook_gets_one_handle_that_changes(notebook, capsys):
    trainer = cr.Trainer(nn.MLP([2, 4, 1]), nn.BCEWithLogitsLoss(), seed=0)
    trainer.fit((X, Y), epochs=3)
    assert isinstance(choose(None), Notebook)
    assert len(notebook) >= 2
    assert "Epoch 1/3" in notebook[0]
    assert "Epoch 3/3" in notebook[-1]
    assert '<progress value="6" max="6">' in notebook[-1]
    assert "script" not in "".join(notebook)
    assert capsys.readouterr() == ("", "")
    notebook.clear()
    trainer.fit((X, Y), epochs=1, progress=False)
    assert notebook == []


def test_the_page_escapes_what_it_shows():
    standing = Standing(1, None, 3, None, 30, 1.0, 0.5, {"<b>": 1.0}, "ended & done")
    assert "&lt;b&gt;" in page(standing)
    assert "<progress>" in page(standing)
    assert 'value="1"' in page(standing, running=False)
    assert "ended &amp; done" in page(standing)


def test_which_display(monkeypatch):
    for name in ("CI", "CHAINRULE_PROGRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(choose(None)) is Display
    assert type(choose(False)) is Display
    assert isinstance(choose(True), Lines)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert isinstance(choose(None), Terminal)
    monkeypatch.setenv("CHAINRULE_PROGRESS", "0")
    assert type(choose(None)) is Display
    assert isinstance(choose(True), Terminal)
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    assert type(choose(True)) is Display


def test_how_far_it_is_in_words():
    standing = Standing(3, 10, 30, 100, 960, 2.0, 0.25, {"loss": 0.5, "val_loss": 0.6, "lr": 0.1})
    assert standing.place == "Epoch 3/10"
    assert standing.speed == "15 batches/s, 480 samples/s"
    assert standing.time == "2.0 s < 4.7 s"
    assert standing.measures() == "loss 0.2500  val_loss 0.6000"
    assert standing.measures(running=False) == "loss 0.5000  val_loss 0.6000"
    assert Standing(1, None, 0, None, 0, 0.0).place == "Epoch 1"
    with cr.settings(lang="zh"):
        assert standing.place == "周期 3/10"


def test_it_says_why_it_ended_early(capsys):
    stop = train.LambdaCallback(on_epoch_end=lambda t: t.epoch == 1 and t.stop("enough is enough"))
    trainer = cr.Trainer(nn.MLP([2, 4, 1]), nn.BCEWithLogitsLoss(), seed=0, callbacks=[stop])
    trainer.fit((X, Y), epochs=9, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "enough is enough"
    assert lines[-2].startswith("Epoch 2/9")


def test_the_bar_ends_when_the_fit_fails(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def fail(trainer):
        raise ValueError("no")

    bad = train.LambdaCallback(on_epoch_end=fail)
    trainer = cr.Trainer(nn.MLP([2, 4, 1]), nn.BCEWithLogitsLoss(), seed=0, callbacks=[bad])
    with pytest.raises(cr.StateError):
        trainer.fit((X, Y), progress=True)
    assert terminal.getvalue().endswith("\x1b[?25h") or "\x1b[?25h" in terminal.getvalue()


def test_displays_do_not_change_the_training():
    def weights(progress):
        cr.manual_seed(0)
        trainer = cr.Trainer(nn.MLP([2, 4, 1], dropout=0.2), nn.BCEWithLogitsLoss(), seed=0)
        trainer.fit((X, Y), epochs=2, progress=progress)
        return [p.numpy().tobytes() for p in trainer.model.parameters()]

    assert weights(True) == weights(False)
