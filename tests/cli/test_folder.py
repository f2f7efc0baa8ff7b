"""The folder of a run is there whole, or not at all."""

import os
import stat

import pytest

from chainrule.cli.run.folder import check, written
from chainrule.errors import FileError


def write(folder, text="new", *, overwrite=False, error=None):
    with written(folder, overwrite=overwrite) as made:
        (made / "run.json").write_text(text)
        if error is not None:
            raise error


def test_appears_when_it_is_whole(tmp_path):
    with written(tmp_path / "a" / "b", overwrite=False) as made:
        (made / "run.json").write_text("new")
        assert not (tmp_path / "a" / "b").exists()
    assert (tmp_path / "a" / "b" / "run.json").read_text() == "new"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_of_a_failure(tmp_path, error):
    with pytest.raises(error):
        write(tmp_path / "run", "half", error=error())
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_run(tmp_path):
    write(tmp_path / "run", "old")
    with pytest.raises(ValueError, match="no"):
        write(tmp_path / "run", overwrite=True, error=ValueError("no"))
    assert (tmp_path / "run" / "run.json").read_text() == "old"


def test_a_failure_while_replacing_brings_the_old_run_back(tmp_path, monkeypatch):
    write(tmp_path / "run", "old")
    rename, calls = type(tmp_path).rename, []

    def second_fails(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(5, "disk gone")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", second_fails)
    with pytest.raises(OSError, match="disk gone"):
        write(tmp_path / "run", overwrite=True)
    assert (tmp_path / "run" / "run.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_came_meanwhile_is_not_replaced(tmp_path):
    with pytest.raises(FileError), written(tmp_path / "run", overwrite=False):
        (tmp_path / "run").mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_overwrite_replaces(tmp_path):
    write(tmp_path / "run", "old")
    with pytest.raises(FileError):
        check(tmp_path / "run", overwrite=False)
    write(tmp_path / "run", overwrite=True)
    assert (tmp_path / "run" / "run.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(os.name == "nt", reason="rights are POSIX's")
def test_rights_are_those_of_other_new_files(tmp_path):
    before = os.umask(0o027)
    try:
        with written(tmp_path / "run", overwrite=False) as made:
            (made / "run.json").touch(mode=0o600)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "run" / "run.json").stat().st_mode) == 0o640
