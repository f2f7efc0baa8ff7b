"""`chainrule doctor`: a function, a run, a table, a log; what its exit code says; its page."""

import pytest

FILE = """
import chainrule as cr
from chainrule import nn, optim

data = cr.data.clusters(80, noise=0.2, seed=0)
epochs = 60


def build(lr=0.03):
    model = nn.MLP([2, 8, 1], activation="tanh")
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=lr))


def slow():
    return build(1e-5)
"""
FLAT = "epoch,loss,val_loss,lr\n" + "".join(f"{k},0.6931,0.6932,0.1\n" for k in range(10))
GOOD = "epoch,loss,val_loss,learning_rate\n" + "".join(f"{k},{0.7 / (1 + k)},{0.8 / (1 + k)},0.1\n" for k in range(30))


@pytest.fixture
def files(tmp_path):
    (tmp_path / "experiment.py").write_text(FILE)
    (tmp_path / "flat.csv").write_text(FLAT)
    (tmp_path / "good.csv").write_text(GOOD)
    return tmp_path


def test_a_healthy_function(run, files):
    done = run("doctor experiment.py:build --budget 60")
    assert done.code == 0, done.err
    assert "Nothing is wrong." in done.out
    assert done.err == ""


def test_a_sick_function_in_chinese_with_its_page(run, files):
    done = run("doctor experiment.py:slow --budget 60 --lang zh --out page.html")
    assert done.code == 1, done.err
    assert "learning_rate_too_low" in done.out
    assert "已写入：page.html" in done.out
    page = (files / "page.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page
    assert "learning_rate_too_low" in page


def test_a_run_and_a_table(run, files):
    table = "a,b,y\n" + "".join(f"{k % 7},{k % 5},{'yes' if k % 7 > 3 else 'no'}\n" for k in range(90))
    (files / "table.csv").write_text(table)
    done = run("doctor table.csv --target y --epochs 60 --budget 60")
    assert done.code in (0, 1), done.err
    assert "trainings in" in done.out
    assert run("train table.csv --target y --epochs 20 --out here --no-progress").code == 0
    done = run("doctor here --budget 60")
    assert done.code in (0, 1), done.err
    assert "Floor" in done.out


def test_a_log(run, files):
    done = run("doctor flat.csv --columns loss,val_loss,lr --out page.html")
    assert done.code == 1, done.err
    assert "The loss never fell [flat]" in done.out
    assert "What this log cannot say:" in done.out
    assert (files / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    done = run("doctor good.csv --columns loss,val_loss,lr")  # it says learning_rate, and is understood
    assert done.code == 0, done.err
    assert "30 epochs of loss, val_loss, lr" in done.out


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("doctor nothing", "FILE.py:build; chainrule doctor log.csv --columns loss,val_loss,lr"),
        ("doctor nothing --lang zh", "chainrule doctor table.csv --target 列名"),
        ("doctor win", "chainrule doctor wine, if that data set or lesson is meant"),
        ("doctor .", "a folder without run.json"), ("doctor gone.csv", "'gone.csv', which is not there"),
        ("doctor flat.csv", "chainrule doctor flat.csv --columns loss,val_loss,lr"),
        ("doctor rows.csv", "--target y"),
        ("doctor flat.csv --columns loss,wrong", "no column wrong"),
        ("doctor none.csv --columns loss", "No such file"), ("doctor experiment.py --budget -1", "budget"),
        ("doctor good.csv --columns loss --out none/page.html", "where no file can be"), ("doctor", "SOURCE"),
        ("doctor experiment.py:nobody", "without nobody"),
    ],
)
def test_refusals(run, files, line, word):
    (files / "rows.csv").write_text("a,b,y\n1,2,0\n3,4,1\n")
    done = run(line)
    assert done.code == 2
    assert "odds" not in done.err
    assert word in done.err
    assert done.out == ""


def test_help(run):
    done = run("doctor --help")
    assert done.code == 0
    assert "1: something was found" in done.out
    assert "chainrule doctor log.csv --columns loss,val_loss,lr" in done.out
