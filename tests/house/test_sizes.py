"""No file of the package grows into the place where everything ends up."""

from tests.house import sizes, source


def test_no_file_is_longer_than_the_limit():
    rows = sizes.lines(source.PACKAGE).items()
    source.nothing([f"{name}: {count} lines, at most {sizes.LIMIT}" for name, count in rows if count > sizes.LIMIT])


def test_no_file_is_a_dumping_ground():
    names = {"utils.py", "core.py", "helpers.py", "common.py", "misc.py"}
    assert [module.where for module in source.modules().values() if module.path.name in names] == []


def test_lines_are_counted(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "long.py").write_text("x = 1\n" * 501)
    (tmp_path / "short.py").write_text("x = 1\n")
    counts = sizes.lines(tmp_path)
    assert list(counts.values()) == [501, 1]
    assert "long.py 501" in sizes.report(counts)
