"""The programs that fix the public API run as they stand and end in `ok`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import source

FOLDER = source.ROOT / "tests" / "acceptance"
PROGRAMS = sorted(FOLDER.glob("*.py"))
MEANT = {"08_sklearn": ["-W", "default"]}
"""Programs that are to be warned: scikit-learn's checks stop before anything has converged, and say what they skip."""
DATA = Path(os.environ.get("CHAINRULE_DATA") or source.ROOT.parent / "shared" / "data")


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_program_ends_in_ok(program, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    command = [sys.executable, "-W", "error", *MEANT.get(program.stem, ()), program]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "ok"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the real tables")
def test_the_commands_end_in_ok(tmp_path):
    (tmp_path / "acceptance").mkdir()
    program = shutil.copy(FOLDER / "10_commands.sh", tmp_path / "acceptance")
    (tmp_path / "data").symlink_to(DATA)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT), "PATH": path}
    done = subprocess.run(["bash", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "ok"


def test_the_programs_are_there():
    found = [program.stem[:2] for program in sorted(FOLDER.iterdir())]
    assert found == ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"]
