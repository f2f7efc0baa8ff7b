"""Reading CSV files: what is read, what is told, and what is refused with file, line and column."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.data import read_csv

HOUSING = Path(os.environ.get("CHAINRULE_DATA") or "no such folder") / "california_housing" / "housing.csv"
GOOD = "a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n"


@pytest.fixture
def write(tmp_path):
    def make(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace(",", "|"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace(",", " , "),
        GOOD.replace("a,b,y", '"a","b","y"'),
        GOOD.replace("1,2,0", '"1","2","0"'),
        GOOD.replace("1,2,0", "+1.0,2e0,0.0"),
        GOOD.replace("1,2,0", ".1e1, 200E-2,-0"),
        GOOD.rstrip("\n"),
        GOOD + "\n\n  \n",
        "\n\n" + GOOD,
        GOOD.encode("utf-8-sig"),
        gzip.compress(GOOD.encode(), mtime=0),
    ],
)
def test_one_table_in_many_clothes(write, content):
    samples = read_csv(write(content), target="y")
    np.testing.assert_array_equal(samples.X, [[1, 2], [3, 4], [5, 6], [7, 8]])
    np.testing.assert_array_equal(samples.y, [[0], [1], [0], [1]])
    assert samples.X.dtype == samples.y.dtype == np.float64
    assert samples.X.flags.c_contiguous
    assert samples.feature_names == ("a", "b")
    assert samples.kind == "classes"
    assert samples.name == "table"
    assert not samples.dropped


@pytest.mark.parametrize(("target", "names"), [("a", ("b", "y")), (0, ("b", "y")), (-3, ("b", "y")), (-1, ("a", "b"))])
def test_the_target_by_name_or_number(write, target, names):
    assert read_csv(write(GOOD), target).feature_names == names
    assert read_csv(write(GOOD)).feature_names == ("a", "b")


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        ("1,2,0\n3,4,1\n5,6,0\n7,8,1\n", ("column 1", "column 2"), 4),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n6,3,virginica\n5,3,virginica\n", ("column 1", "column 2"), 4),
        ("0,1,target\n5.1,3.5,1\n4.9,3.0,0\n5,3,1\n5,4,0\n", ("0", "1"), 4),  # pandas' numbers for names
        ("size,2010,kind\n5.1,3.5,x\n4.9,3.0,z\n5,3,x\n5,4,z\n", ("size", "2010"), 4),
        ("0,1,target\n5,3,x\n4,3,z\n5,3,x\n5,4,z\n", ("0", "1"), 4),  # the word never comes again
        ("a,b,c\n1,2,3\n", ("a", "b"), 1),
    ],
)
def test_names_or_data_in_the_first_row(write, content, names, rows):
    samples = read_csv(write(content))
    assert samples.feature_names == names
    assert len(samples.X) == rows


def test_the_header_may_be_told(write):
    assert len(read_csv(write("1,2,3\n4,5,6\n"), header=True).X) == 1
    with pytest.raises(cr.FileError, match="line 1, column 'column 1'"):
        read_csv(write(GOOD), header=False)


@pytest.mark.parametrize(
    ("cells", "kind", "shape", "names"),
    [
        (["no", "yes", "no", "yes"], "classes", (4, 1), ("no", "yes")),
        (["b", "c", "a", "b"], "classes", (4,), ("a", "b", "c")),
        (["1", "2", "1", "2"], "classes", (4, 1), ("1", "2")),
        (["-1", "1", "-1", "1"], "classes", (4, 1), ("-1", "1")),
        (["0.5", "1.5", "0.5", "1.5"], "numbers", (4, 1), ("y",)),
        (["1", "2", "3", "4"], "numbers", (4, 1), ("y",)),
        (["7", "7", "7", "7"], "numbers", (4, 1), ("y",)),
    ],
)
def test_targets_are_classes_or_numbers(write, cells, kind, shape, names):
    path = write("a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    samples = read_csv(path)
    assert (samples.kind, samples.y.shape, samples.target_names) == (kind, shape, names)
    assert samples.y.dtype == (np.int64 if shape == (4,) else np.float64)
    if kind == "classes":
        assert [names[int(number)] for number in samples.y.ravel()] == cells


def test_the_kind_may_be_told(write):
    path = write("a,y\n1,1\n2,2\n3,3\n4,1\n")
    assert read_csv(path, kind="classes").y.tolist() == [0, 1, 2, 0]
    assert read_csv(path, kind="numbers").y.ravel().tolist() == [1, 2, 3, 1]
    mixed = write("a,y\n1,3+\n2,1\n3,2\n4,3+\n")
    assert read_csv(mixed, kind="classes").target_names == ("1", "2", "3+")


MESSY = "size,town,rooms,price\n10,x,1,5\n,y,2,6.5\n30,z,NA,7\n40,x,4,\n50,y,5,9\n60,z,6,9.5\n"


def test_what_is_dropped_is_told(write):
    samples = read_csv(write(MESSY), "price", drop=True)
    np.testing.assert_array_equal(samples.X, [[10, 1], [50, 5], [60, 6]])
    np.testing.assert_array_equal(samples.y.ravel(), [5, 9, 9.5])
    assert samples.feature_names == ("size", "rooms")
    assert samples.dropped.columns == ("town",)
    assert samples.dropped.lines.tolist() == [3, 4, 5]
    assert "town" in str(samples.dropped)
    assert "3, 4, 5" in str(samples.dropped)
    with cr.settings(lang="zh"):
        assert "town" in str(samples.dropped)


def test_dropping_keeps_what_is_whole(write):
    assert not read_csv(write(GOOD), drop=True).dropped
    empty = read_csv(write("a,b,y\n1,,2\n2,,3.5\n"), drop=True)
    assert empty.feature_names == ("a",)
    assert empty.dropped.columns == ("b",)
    assert len(empty.X) == 2


@pytest.mark.skipif(not HOUSING.exists(), reason="the table of houses is not on this machine")
def test_california_housing():
    samples = read_csv(HOUSING, "median_house_value", drop=True)
    assert samples.X.shape == (20_433, 8)
    assert samples.y.shape == (20_433, 1)
    assert samples.kind == "numbers"
    assert samples.dropped.columns == ("ocean_proximity",)
    assert len(samples.dropped.lines) == 207
    assert abs(samples.y.mean() - 206_856) < 100
    with pytest.raises(cr.FileError, match=r"housing.csv, line 2, column 'ocean_proximity'"):
        read_csv(HOUSING, "median_house_value")


def test_large_tables_are_read_in_parts(write):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30_000, 9)).round(3)
    lines = [",".join(map(str, row)) for row in X.tolist()]
    lines[25_000] = lines[25_000].rsplit(",", 1)[0] + ",word"
    path = write("\n".join([",".join("abcdefghy"), *lines]))
    with pytest.raises(cr.FileError, match="line 25002, column 'y'") as caught:
        read_csv(path)
    assert caught.value.key == "csv.mixed_target"
    samples = read_csv(path, "a", drop=True)
    np.testing.assert_array_equal(samples.X, X[:, 1:8])
    assert samples.dropped.columns == ("y",)


@pytest.mark.parametrize(
    ("content", "key", "where"),
    [
        ("", "csv.empty", ""),
        ("\n \n\n", "csv.empty", ""),
        (b"\xef\xbb\xbf", "csv.empty", ""),
        (gzip.compress(b"", mtime=0), "csv.empty", ""),
        ("a,b,y\n", "csv.no_rows", ""),
        ("abc\n1\n2\n", "csv.one_column", "line 1"),
        ("a b y\n1 2 3\n", "csv.one_column", "line 1"),
        (GOOD + "1,2\n", "csv.ragged", "line 6"),
        (GOOD + "1,2,3,4\n", "csv.ragged", "line 6"),
        ("a,b,y\n1,2,0\n3,x\n", "csv.ragged", "line 3"),
        ("a,b,y\n1,2,3,\n", "csv.ragged", "line 2"),
        ("a,,y\n1,2,3\n", "csv.empty_name", "line 1, column 2"),
        (",a,y\n0,1,2\n", "csv.empty_name", "line 1, column 1"),
        ("a,b,a\n1,2,3\n", "csv.same_name", "line 1, column 3"),
        ("a,b,y\n1,\0,3\n", "csv.nul", "line 2"),
        (GOOD.encode("utf-16"), "csv.foreign", ""),
        (GOOD.encode("utf-16-le"), "csv.nul", "line 1"),
        ("größe,y\n1,2\n".encode("latin-1"), "csv.encoding", "line 1"),
        ("a,y\n1,2\n3,é\n".encode("cp1252"), "csv.encoding", "line 3"),
        (b"PK\x03\x04rest", "csv.foreign", ""),
        (b"PAR1\x15\x04", "csv.foreign", ""),
        (b"\x89PNG\r\n", "csv.foreign", ""),
        ('a,b,y\n1,"2,3\n4,5,6\n', "csv.quotes", "line 3"),
        ('a,b,y\n1,"2"x,3\n', "csv.quotes", "line 2"),
        ("a,y\n" + "1" * 140_000 + ",2\n", "csv.quotes", "line 2"),
        ("a,b,y\n1,x,3\n", "csv.word", "line 2, column 'b'"),
        ("a,b,y\n1,2,3\n1,0x1F,3\n", "csv.word", "line 3, column 'b'"),
        ("a,b,y\n1,1_000,3\n", "csv.word", "line 2, column 'b'"),
        ("a,b,y\n1,2 3,3\n", "csv.word", "line 2, column 'b'"),
        ("a,b,y\n1,2020-01-02,3\n", "csv.word", "line 2, column 'b'"),
        ("a;b;y\n1,5;2;3\n", "csv.decimal_comma", "line 2, column 'a'"),
        ("a,b,y\n1,,3\n", "csv.gap", "line 2, column 'b'"),
        ("a,b,y\n1,nan,3\n", "csv.gap", "line 2, column 'b'"),
        ("a,b,y\n1,2,3\n1,NA,3\n", "csv.gap", "line 3, column 'b'"),
        ("a,b,y\n1,2,3\n1,5,\n", "csv.gap", "line 3, column 'y'"),
        ("a,b,y\n1,2,yes\n1,5,\n1,5,no\n", "csv.gap", "line 3, column 'y'"),
        ("a,b,y\n1,inf,3\n", "csv.not_finite", "line 2, column 'b'"),
        ("a,b,y\n1,-Infinity,3\n", "csv.not_finite", "line 2, column 'b'"),
        ("a,b,y\n1,1e400,3\n", "csv.not_finite", "line 2, column 'b'"),
        ("a,b,y\n1,1,inf\n", "csv.not_finite", "line 2, column 'y'"),
        ("a,b,y\n1,2,0\n3,4,x\n5,6,1\n", "csv.mixed_target", "line 3, column 'y'"),
        ("a,y\n1,same\n2,same\n", "csv.one_class", "column 'y'"),
        (gzip.compress(GOOD.encode(), mtime=0)[:-6], "data.torn_gzip", ""),
        (gzip.compress(GOOD.encode(), mtime=0)[:12] + b"\xff" * 20, "data.torn_gzip", ""),
        (b"\x1f\x8bnot gzip at all", "data.torn_gzip", ""),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(write, content, key, where):
    path = write(content)
    with pytest.raises((cr.FileError, cr.DataError)) as caught:
        read_csv(path, -1)
    assert caught.value.key == key
    assert caught.value.where.startswith(str(path))
    assert where in caught.value.where
    for lang in ("en", "zh"):
        with cr.settings(lang=lang):
            assert all(caught.value.part(part) for part in ("got", "expected", "try"))


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("a,b,y\n1,inf,3\n", "csv.not_finite"),  # never dropped in silence
        ("a,b,y\nx,z,3\nq,w,4\n", "csv.no_columns"),
        ("a,b,y\n1,,3\n,2,4\n", "csv.all_gaps"),
        ("a,b,y\n1,2\n", "csv.ragged"),
    ],
)
def test_dropping_has_its_limits(write, content, key):
    with pytest.raises(cr.ChainruleError) as caught:
        read_csv(write(content), "y", drop=True)
    assert caught.value.key == key


def test_line_numbers_count_lines_not_rows(write):
    with pytest.raises(cr.FileError, match=r"line 6, column 'b'"):
        read_csv(write('a,"b",y\n\n1,"2\n",3\n\n4,word,5\n'), "y")


def test_other_encodings_by_name(write):
    path = write("大小,类别\n1,好\n2,坏\n3,好\n4,坏\n".encode("gb18030"))
    with pytest.raises(cr.FileError, match="gbk"):
        read_csv(path)
    samples = read_csv(path, "类别", encoding="gbk")
    assert samples.feature_names == ("大小",)
    assert set(samples.target_names) == {"好", "坏"}


def test_a_missing_target_meets_the_nearest_name(write):
    with pytest.raises(cr.ArgumentError) as caught:
        read_csv(write(MESSY), "prise")
    assert "'price'" in caught.value.part("try")
    assert "rooms" in caught.value.part("expected")
    assert "table.csv" in caught.value.where


@pytest.mark.parametrize(
    "bad",
    [
        {"target": 3},
        {"target": -4},
        {"target": True},
        {"target": 1.0},
        {"target": None},
        {"kind": "numeric"},
        {"delimiter": ""},
        {"delimiter": ",,"},
        {"delimiter": "\n"},
        {"delimiter": 3},
        {"encoding": "klingon"},
        {"encoding": "utf-16"},
        {"encoding": None},
    ],
)
def test_arguments_are_checked(write, bad):
    with pytest.raises(cr.ArgumentError):
        read_csv(write(GOOD), **bad)


def test_places_that_are_no_files(tmp_path):
    (tmp_path / "prices.csv").write_text(GOOD)
    with pytest.raises(cr.FileError, match=r"prices\.csv") as caught:
        read_csv(tmp_path / "price.csv")
    assert caught.value.key == "data.missing_near"
    with pytest.raises(cr.FileError) as caught:
        read_csv(tmp_path)
    assert caught.value.key == "data.folder"
    for path, key in ((tmp_path / "no" / "such.csv", "data.missing"), ("nul\0.csv", "data.unreadable")):
        with pytest.raises(cr.FileError) as caught:
            read_csv(path)
        assert caught.value.key == key
    for path in (3, None, b"table.csv", ["table.csv"]):
        with pytest.raises(cr.DtypeError):
            read_csv(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(cr.FileError) as caught:
        read_csv(tmp_path / "pipe.csv")
    assert caught.value.key == "data.not_regular"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file(write):
    path = write(GOOD)
    path.chmod(0)
    with pytest.raises(cr.FileError) as caught:
        read_csv(path)
    assert caught.value.key == "data.unreadable"


def test_a_wide_table(write):
    width = 30_000
    path = write(",".join(f"c{j}" for j in range(width)) + "\n" + ",".join(["1.5"] * width) + "\n")
    assert read_csv(path).X.shape == (1, width - 1)


@given(
    st.lists(st.lists(st.floats(-1e300, 1e300), min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
)
def test_every_number_comes_back_exactly(tmp_path_factory, rows, delimiter):
    path = tmp_path_factory.mktemp("exact") / "t.csv"
    path.write_text("\n".join(delimiter.join(map(repr, row)) for row in [*rows]))
    samples = read_csv(path, kind="numbers", header=False, delimiter=delimiter)
    np.testing.assert_array_equal(np.column_stack((samples.X, samples.y)), rows)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused_by_our_own_error(tmp_path_factory, content, drop):
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_bytes(content)
    words = ""
    try:
        read_csv(path, drop=drop)
    except cr.ChainruleError as error:
        words = str(error)
    assert not words or str(path) in words


@given(st.text(alphabet='01.,;"\n\r ax-e', max_size=60), st.booleans())
def test_any_text_is_read_or_refused_by_our_own_error(tmp_path_factory, content, drop):
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_text(content, newline="")
    words = ""
    try:
        samples = read_csv(path, drop=drop)
    except cr.ChainruleError as error:
        words = str(error)
    assert not words or str(path) in words
    if not words:
        assert np.isfinite(samples.X).all()
        assert len(samples.X) == len(samples.y)
