"""The examples that write text learn from any text, and go on from its first character."""

import os
import re
import subprocess
import sys

import pytest

from tests.house import source

FOLDER = source.ROOT / "examples" / "characters"
VERSE = "to be, or not to be, that is the question:\nwhether 'tis nobler in the mind to suffer\n"


def _run(*arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)


def test_every_example_says_how_it_is_called():
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert names == {"gpt", "gru"}
    for name in names:
        text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
        assert f"python examples/characters/{name}.py TEXT [FOLDER] [STEPS]" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gpt", "gru"])
def test_a_network_learns_to_write(name, tmp_path):
    text = tmp_path / "verse.txt"
    text.write_text(VERSE * 30, encoding="utf-8")
    done = _run(FOLDER / f"{name}.py", text, tmp_path / "out", "20", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    step, known, unseen = re.search(r"step +(\d+)  loss (\d\.\d+)  unseen (\d\.\d+)", done.stdout).groups()
    assert int(step) == 20
    assert 0 < float(unseen) < 3.2  # 26 kinds at first: ln 26 = 3.26
    assert 0 < float(known) < 3.3
    report = (tmp_path / "out" / "report.txt").read_text(encoding="utf-8")
    assert report in done.stdout.replace("\n", "\n\n", 1)
    written = report.split("\n\n", 1)[1]
    assert len(written) == 302  # the first character, 300 more, the end of the file
    assert set(written) <= set(VERSE)


@pytest.mark.parametrize("name", ["gpt", "gru"])
def test_without_a_text_it_says_how_it_is_called(name, tmp_path):
    done = _run(FOLDER / f"{name}.py", cwd=tmp_path)
    assert done.returncode == 1
    assert "TEXT [FOLDER] [STEPS]" in done.stderr
