"""The command line within this process: `run("train iris")` gives exit code, standard output and standard error."""

import shlex
from typing import NamedTuple

import pytest

from chainrule.cli.entry import main


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("CHAINRULE_DATA", "CHAINRULE_TRACEBACK", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))

    def go(line):
        capsys.readouterr()
        code = main(shlex.split(line) if isinstance(line, str) else line)
        return Done(code, *capsys.readouterr())

    return go
