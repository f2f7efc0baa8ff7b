"""`chainrule script`: lessons and data sets as programs."""

import ast

import pytest


@pytest.mark.parametrize("name", ["lesson1", "lesson2", "lesson3", "lesson4"])
def test_every_lesson(run, name):
    done = run(f"script {name} --epochs 2")
    assert done.code == 0, done.err
    functions = [node.name for node in ast.parse(done.out).body if isinstance(node, ast.FunctionDef)]
    assert functions[-3:] == ["forward", "backward", "update"]


def test_a_folder_in_chinese(run, tmp_path):
    done = run("script iris --epochs 2 --out there --lang zh")
    assert done.code == 0, done.err
    assert "network.py" in done.out
    assert "前向传播" in (tmp_path / "there" / "network.py").read_text(encoding="utf-8")
