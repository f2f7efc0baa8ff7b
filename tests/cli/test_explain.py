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


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("lesson9", "chainrule explain, SOURCE"), ("lesson1 --rows 0", "chainrule explain, --rows"),
        ("lesson1 --seed -1", "chainrule explain, --seed"), ("lesson1 --after x", "chainrule explain, --after"),
        ("lesson1 --why dQ", "chainrule explain, --why"),
        ("lesson1 --out nowhere/step.html", "chainrule explain, --out"),
        ("lesson1 --out .", "chainrule explain, --out"), ("lesson1 --lang fr", "chainrule, --lang"),
        ("lesson1 two", "chainrule explain"), ("", "chainrule explain"), ("nothing.py:build", "nothing.py"),
        ("nothing.csv", "chainrule explain, SOURCE"),
    ],
)
def test_what_cannot_be_is_one_message_and_nothing_else(run, asked, where):
    done = run(f"explain {asked}")
    assert done.code == 2
    assert done.out == ""
    lines = done.err.rstrip().split("\n")
    assert lines[0] == where
    assert len(lines) == 4
    chinese = run(f"explain {asked} --lang zh") if "--lang" not in asked else done
    assert chinese.code == 2


def test_a_column_of_numbers_from_a_file(run, tmp_path):
    lines = ["a,b,price", *(f"{k},{k * k % 7},{3 * k + 1}" for k in range(40))]
    (tmp_path / "houses.csv").write_text("\n".join(lines))
    done = run("explain houses.csv --target price --rows 3 --out page.html")
    assert done.code == 0, done.err
    assert "3 rows" in done.out
    assert "dW1 = X.T @ dz1" in done.out
    assert (tmp_path / "page.html").exists()


def test_a_page_is_written_whole_or_not_at_all(run, tmp_path, monkeypatch):
    (tmp_path / "step.html").write_text("before")
    from pathlib import Path

    def fails(self, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fails)
        from chainrule.errors import StateError
        from chainrule.glass.explaining.written import written

        with pytest.raises(StateError, match="No space left"):
            written(tmp_path / "step.html", "after")
    assert [path.name for path in tmp_path.iterdir()] == ["step.html"]
    assert (tmp_path / "step.html").read_text() == "before"
    assert run("explain lesson1 --out step.html").code == 0
    assert "<table>" in (tmp_path / "step.html").read_text(encoding="utf-8")
