"""`chainrule explain`: a step of lessons, data sets and users' own functions."""

import pytest

FILE = """
import chainrule as cr
from chainrule import nn, optim

data = cr.data.xor()


def build(lr=0.1):
    model = nn.MLP([2, 3, 1], activation="tanh")
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=lr))
"""


@pytest.mark.parametrize("source", ["lesson1", "lesson2", "lesson3", "lesson4", "iris"])
def test_a_step(run, source):
    done = run(f"explain {source}")
    assert done.code == 0, done.err
    assert "dW1 = X.T @ dz1" in done.out
    assert "central differences agree" in done.out


def test_own_function_in_chinese_as_a_page(run, tmp_path):
    (tmp_path / "experiment.py").write_text(FILE)
    done = run("explain experiment.py:build --rows 3 --after 2 --out step.html --lang zh")
    assert done.code == 0, done.err
    assert "反向传播" in done.out
    assert "3 行" in done.out
    assert "已写入：step.html" in done.out
    assert "<table>" in (tmp_path / "step.html").read_text(encoding="utf-8")


def test_why(run, tmp_path):
    (tmp_path / "experiment.py").write_text(FILE)
    done = run("explain experiment.py:build --rows 1 --why dW1")  # the first row of XOR is 0, 0
    assert "X[:, 0] is 0 in every row" in done.out
    assert run("explain experiment.py:build --why z1").code == 2
    assert run("explain experiment.py:build --rows 0").code == 2
