"""Malformed and awkward delimited files: one error that names the place, or a table, and never anything else.

The rows of `REFUSED` have a word that the message must contain; those of `READ` what the columns are found to be.
"""

import gzip
import os

import pytest

from chainrule.errors import ChainruleError
from chainrule.tables.reading import read
from chainrule.tables.table import Table

BODY = "".join(f"{i}.5,{'ab'[i % 2]},{i % 3}\n" for i in range(30))
HEAD = "x,w,y\n"
GOOD = HEAD + BODY


def after(lines, more):
    """The good file with a line in the middle of it."""
    rows = GOOD.splitlines(keepends=True)
    return "".join([*rows[:lines], more, *rows[lines:]])


# What the file holds, and words of the message; line 11 is in the middle.
def zipped(content):
    """Without the time of day: every process must collect the same tests."""
    return gzip.compress(content, mtime=0)


REFUSED = [
    ("", "empty"),
    (b"", "empty"),
    ("\n", "empty"),
    ("\n\n\n", "empty"),
    (" \n\t\n", "empty"),
    ("\r\r\r", "empty"),
    ("\ufeff", "empty"),
    (HEAD, "no rows"),
    ("x,w,y", "no rows"),
    ("x\n1\n2\n", "single column"),
    ("word\nanother\n", "single column"),
    ("x,,y\n1,2,3\n" * 20, "line 1, column 2"),
    (",x,y\n1,2,3\n4,5,6\n", "line 1, column 1"),
    ("x,y, \n1,2,3\n4,5,6\n", "line 1, column 3"),
    ("x,x,y\n1,2,3\n4,5,6\n", "'x'"),
    ("y,y\n1,2\n3,4\n", "'y'"),
    ("x, x,y\n1,2,3\n", "'x'"),
    (after(10, "1\n"), "line 11"),
    (after(10, "1,a\n"), "line 11"),
    (after(10, "1,a,2,3\n"), "line 11"),
    (after(10, "1,a,2,\n"), "line 11"),
    (after(10, ",,,\n"), "line 11"),
    (after(1, "1,a\n"), "line 2"),
    (after(31, "1,a\n"), "line 32"),
    (after(31, "1,a"), "line 32"),
    (after(10, "1;a;2\n"), "line 11"),
    (after(10, "1\ta\t2\n"), "line 11"),
    (after(10, 'x"y\n'), "line 11"),
    (after(10, '"1,a,2\n'), "quote"),
    (after(10, '1,"a,2\n'), "quote"),
    (after(10, '1,"a"b,2\n'), "line 11"),
    (after(10, '1,"a" ,2\n'), "line 11"),
    (after(31, '1,a,"2'), "quote"),
    (after(31, '"'), "quote"),
    (GOOD.encode() + b"1,\0,2\n", "line 32"),
    (b"\0" + GOOD.encode(), "line 1"),
    (b"\0" * 4000, "byte 0"),
    (GOOD.encode() + b"1,\xff,2\n", "0xFF"),
    (GOOD.encode() + b"1,\xe9t\xe9,2\n", "line 32"),
    (b"\xff,w,y\n1,2,3\n", "line 1"),
    ("größe,w,y\n1,a,2\n".encode("latin-1"), "line 1"),
    ("大小,w,y\n1,a,2\n".encode("gbk"), "line 1"),
    (b"\x80\x81\x82,\x83\n", "line 1"),
    (GOOD.encode("utf-16"), "UTF-16"),
    (GOOD.encode("utf-16-le"), "byte 0"),
    (GOOD.encode("utf-16-be"), "byte 0"),
    (GOOD.encode("utf-32"), "UTF-16"),
    (b"PK\x03\x04" + b"\0" * 99, "Excel"),
    (b"\xd0\xcf\x11\xe0" + b"\0" * 99, "Excel"),
    (b"%PDF-1.7\n1,2\n", "PDF"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\x93NUMPY\x01\0", "NumPy"),
    (b"\x80\x04\x95aaaa", "pickle"),
    (b"SQLite format 3\0", "SQLite"),
    (zipped(GOOD.encode())[:-9], "gzip"),
    (zipped(GOOD.encode())[:20], "gzip"),
    (zipped(GOOD.encode())[:30] + b"\xff" * 60, "gzip"),
    (b"\x1f\x8b" + b"\0" * 20, "gzip"),
    (b"\x1f\x8b", "gzip"),
    (zipped(b""), "empty"),
    (zipped(after(10, "1\n").encode()), "line 11"),
    (zipped(b"PK\x03\x04" + b"\0" * 99), "Excel"),
    (after(10, "1e999,a,2\n"), "line 11, column 'x'"),
    (after(10, "-1e999,a,2\n"), "line 11, column 'x'"),
    (after(10, "inf,a,2\n"), "line 11, column 'x'"),
    (after(10, "-inf,a,2\n"), "line 11, column 'x'"),
    (after(10, "Infinity,a,2\n"), "line 11, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "oops,1\nworse,2\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "oops,1\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "1_000,1\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "0x1F,1\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "1..2,1\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "--3,1\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "1 2,1\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + "٣,1\n", "line 62, column 'x'"),
    ("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(60)) + '"1,5",1\n', "line 62, column 'x'"),
    ("x,y\n" + "1,2\n2,3\n3,x\n" * 9, "'x'"),
    ("x,y\n" + "1,2\n2,3\n" * 9 + "3,2020-01-01\n", "y"),
    ("x,y\n" + "".join(f"{i},2020-01-{i % 28 + 1:02}\n" for i in range(60)), "dates"),
    ("x,y\n" + "".join(f"{i}.5,\n" for i in range(60)), "nothing in any row"),
    ("x,y\n" + "".join(f"{i}.5,NA\n" for i in range(60)), "nothing in any row"),
    ("x,y\n" + "".join(f"{i}.5,same\n" for i in range(60)), "same class"),
    ("x,y\n" + "".join(f"{i}.5,5\n" for i in range(60)), "same number"),
    ("x,y\n" + "".join(f"{i}.5,name {i}\n" for i in range(60)), "different words"),
    ("x,y\n" + "".join(f"1,{i}\n" for i in range(60)), "no column to learn from"),
    ("x,y\n" + "".join(f",{i}\n" for i in range(60)), "no column to learn from"),
    ("x,y\n" + "".join(f"row number {i},{i}\n" for i in range(60)), "no column to learn from"),
    ("x,y\n" + "".join(f"{i},{i % 7}\n" for i in range(60)), "no column to learn from"),
    ("x,z\n" + "1,2\n2,3\n" * 9, "'y'"),
    ("1,2\n3,4\n" * 9, "'y'"),
    ("X,Y\n" + "1,2\n2,3\n" * 9, "'y'"),
    ("x,y,extra\n" + "1,2\n" * 9, "line 2"),
    ("x|y|z\n1|2\n", "line 2"),
]
KINDS = "number category number"
READ = [
    (GOOD, {}),
    (GOOD.rstrip("\n"), {}),
    ("\ufeff" + GOOD, {}),
    (GOOD.replace("\n", "\r\n"), {}),
    (GOOD.replace("\n", "\r"), {}),
    (GOOD.replace(",", ";"), {}),
    (GOOD.replace(",", "\t"), {}),
    (GOOD.replace(",", "|"), {}),
    (GOOD.replace(".5", ",5").replace(",a,", ";a;").replace(",b,", ";b;").replace("x,w,y", "x;w;y"), {}),
    (GOOD + "\n\n\n", {}),
    ("\n\n" + GOOD, {}),
    (after(10, "\n"), {}),
    (after(10, "  \n"), {}),
    (GOOD.replace(",", ", "), {}),
    (GOOD.replace("a", '"a"'), {}),
    (after(10, '1.5,"a",2\n'), {}),
    (after(10, '"1.5",a,"2"\n'), {}),
    (after(10, '1.5,"a\nb",2\n'), {}),
    (after(10, '1.5,"a,b",2\n'), {}),
    (after(10, '1.5,"a""b",2\n'), {}),
    (after(10, '1.5,"",2\n'), {"w": 1}),
    (after(10, "1.5,,2\n"), {"w": 1}),
    (after(10, ",a,2\n"), {"x": 1}),
    (after(10, "NA,a,2\n"), {"x": 1}),
    (after(10, "nan,a,2\n"), {"x": 1}),
    (after(10, "NaN,n/a,2\n"), {"x": 1, "w": 1}),
    (after(10, "#N/A,null,2\n"), {"x": 1, "w": 1}),
    (after(10, "?,?,2\n"), {"x": 1, "w": 1}),
    (after(10, "None,<NA>,2\n"), {"x": 1, "w": 1}),
    (after(10, ",,\n"), {"x": 0, "w": 0}),
    (after(10, "1.5,a,\n"), {}),
    (after(10, "1e300,a,2\n"), {}),
    (after(10, "1e-320,a,2\n"), {}),
    (after(10, "-0,a,2\n"), {}),
    (after(10, "+1.5,a,2\n"), {}),
    (after(10, ".5,a,2\n"), {}),
    (after(10, "5.,a,2\n"), {}),
    (after(10, "1E5,a,2\n"), {}),
    (after(10, f"{'9' * 300},a,2\n"), {}),
    (after(10, f"1.5,{'long ' * 2000},2\n"), {}),
    (after(10, "1.5,=1+1,2\n"), {}),
    (after(10, "1.5,<b>é</b>,2\n"), {}),
    (after(10, "1.5,空格,2\n"), {}),
    (zipped(GOOD.encode()), {}),
    (zipped(("\ufeff" + GOOD).encode()), {}),
    (GOOD.replace("x,w,y", '"x","w","y"'), {}),
    (GOOD.replace("x,w,y", " x , w , y "), {}),
]


def table(tmp_path, content, **options):
    path = tmp_path / "given.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = sorted(tmp_path.iterdir())
    try:
        return read(path, "y", **options)
    finally:
        assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(("content", "word"), REFUSED)
def test_refused(tmp_path, content, word):
    with pytest.raises(ChainruleError) as error:
        table(tmp_path, content)
    told = str(error.value)
    assert word in told
    assert "given.csv" in told
    assert len(told.splitlines()) == 4


@pytest.mark.parametrize(("content", "gaps"), READ)
def test_read(tmp_path, content, gaps):
    found = table(tmp_path, content)
    assert isinstance(found, Table)
    assert [column.kind for column in (*found.columns,)] == ["number", "category"]
    assert {column.name: column.missing for column in found.columns if column.missing} == {
        name: count for name, count in gaps.items() if count
    } or gaps == {"x": 0, "w": 0}
    assert len(found) >= 30


def test_there_are_enough():
    assert len(REFUSED) + len(READ) >= 120


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"encoding": "klingon"}, "klingon"),
        ({"encoding": "utf-16"}, "utf-16"),
        ({"delimiter": "ab"}, "'ab'"),
        ({"delimiter": ""}, "''"),
        ({"delimiter": "\n"}, "'\\n'"),
        ({"delimiter": "~"}, "single column"),
        ({"task": "regression"}, "'regression'"),
        ({"task": "binary"}, "3 classes"),
        ({"ignore": ["nosuch"]}, "'nosuch'"),
        ({"header": False}, "'y'"),
    ],
)
def test_wrong_options(tmp_path, options, word):
    with pytest.raises(ChainruleError) as error:
        table(tmp_path, GOOD, **options)
    assert word in str(error.value)


@pytest.mark.skipif(os.name == "nt", reason="no pipes there")
def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    for name in ("pipe.csv", "folder.csv", "gone.csv", "missing.csv", "folder.csv/below.csv", "a\0b.csv"):
        with pytest.raises(ChainruleError) as error:
            read(tmp_path / name, "y")
        assert len(str(error.value).splitlines()) == 4


def test_many_columns(tmp_path):
    names = ",".join(f"c{i}" for i in range(20_000))
    rows = "".join(",".join(str((i * 7 + j) % 10 + 0.5) for j in range(20_000)) + f",{i % 2}\n" for i in range(12))
    found = table(tmp_path, f"{names},y\n{rows}")
    assert len(found.columns) == 20_000
