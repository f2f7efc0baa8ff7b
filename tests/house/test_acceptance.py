"""The programs that fix the public API run as they stand and end in `ok`."""

import os
import subprocess
import sys

import pytest

from tests.house import source

PROGRAMS = sorted((source.ROOT / "tests" / "acceptance").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_program_ends_in_ok(program, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    command = [sys.executable, "-W", "error", program]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "ok"


def test_the_programs_are_there():
    assert [program.stem[:2] for program in PROGRAMS] == ["01", "02", "03", "04", "05", "06", "07"]
