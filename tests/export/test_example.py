"""The example that sends a network everywhere."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.house import source


@pytest.mark.slow
def test_iris_everywhere(tmp_path):
    program = source.ROOT / "examples" / "travel" / "iris_everywhere.py"
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    command = [sys.executable, program, tmp_path / "out"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    words = {line.split()[0] for line in done.stdout.splitlines()}
    here = {"C": "cc", "JavaScript": "node"}
    assert {"NumPy", "iris.py", "iris.c", "iris.h", "iris.mjs"} <= words
    assert {name for name, tool in here.items() if shutil.which(tool)} <= words
