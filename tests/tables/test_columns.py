"""What a column is found to be, and how its cells are read."""

import numpy as np
import pytest

from chainrule.tables import cells
from chainrule.tables.reading import read

MANY = 60


def column(tmp_path, made, *, delimiter=";", name="c"):
    rows = "".join(f"{cell}{delimiter}{i % 2}\n" for i, cell in enumerate(made))
    (tmp_path / "t.csv").write_text(f"{name}{delimiter}y\n{rows}")
    table = read(tmp_path / "t.csv", "y", delimiter=delimiter)
    return table.columns[0], table.rows.columns[0]


def filled(rows):
    return [rows[i % len(rows)] for i in range(MANY)]


@pytest.mark.parametrize(
    ("rows", "way", "values"),
    [
        (["1", "2.5", "-3"], cells.POINT, [1, 2.5, -3]),
        (["1", "1e3", ".5"], cells.POINT, [1, 1000, 0.5]),
        (["1,5", "2", "-3,25"], cells.COMMA, [1.5, 2, -3.25]),
        (["1.234,5", "2,5"], cells.COMMA, [1234.5, 2.5]),
        (["1,234.5", "2,000,000"], cells.THOUSANDS, [1234.5, 2e6]),
        (["1,5", "2,", "3"], None, None),
        (["1.5", "NA", "3"], cells.POINT, [1.5, np.nan, 3]),
        (["007", "+5", "1"], cells.POINT, [7, 5, 1]),
    ],
)
def test_numbers(tmp_path, rows, way, values):
    found, read_as = column(tmp_path, filled(rows))
    if way is None:
        assert found.kind == "category"
        return
    assert (found.kind, found.way) == ("number", way)
    assert np.array_equal(read_as, filled(values), equal_nan=True)


@pytest.mark.parametrize(
    ("rows", "way", "first"),
    [
        (["2024-01-31", "2024-02-01"], cells.ISO, "2024-01-31"),
        (["2024/1/31", "2024/2/1"], cells.ISO, "2024-01-31"),
        (["2024-01-31T12:30", "2024-02-01 00:00:05.25"], cells.ISO, "2024-01-31T12:30"),
        (["2024-01-31T12:30+02:00", "2024-02-01T00:00Z"], cells.ISO, "2024-01-31T10:30"),
        (["31.01.2024", "01.02.2024"], cells.DAY_FIRST, "2024-01-31"),
        (["01/31/2024", "02/01/2024"], cells.MONTH_FIRST, "2024-01-31"),
        (["01/02/2024", "03/02/2024"], cells.DAY_FIRST, "2024-02-01"),
        (["1949-01", "1949-02"], cells.ISO, "1949-01"),
    ],
)
def test_dates(tmp_path, rows, way, first):
    found, read_as = column(tmp_path, filled(rows))
    assert (found.kind, found.way) == ("date", way)
    assert read_as[0] == np.datetime64(first, "s").astype(np.int64)


@pytest.mark.parametrize("wrong", ["2024-13-01", "31.31.2024", "2024-02-30", "24-01-01", "2024-01-01x"])
def test_what_is_no_date_is_a_word(tmp_path, wrong):
    found, _ = column(tmp_path, filled(["2024-01-01", wrong]))
    assert found.kind == "category"


@pytest.mark.parametrize(
    ("made", "kind", "name"),
    [
        (range(MANY), "identifier", "n"),
        (range(1000, 1000 + MANY), "identifier", "n"),
        ([i * 7 % 61 * 10 for i in range(MANY)], "number", "n"),
        ([i * 7 % 61 * 10 for i in range(MANY)], "identifier", "customer_id"),
        ([i * 7 % 61 * 10 for i in range(MANY)], "identifier", "ID"),
        ([f"name {i}" for i in range(MANY)], "identifier", "c"),
        ([f"a longer text about the row {i}" for i in range(MANY)], "text", "c"),
        ([f"w{i // 2}" for i in range(MANY)], "category", "c"),
        (["same"] * MANY, "constant", "c"),
        ([4.5] * MANY, "constant", "c"),
        (["2024-01-01"] * MANY, "constant", "c"),
        ([""] * MANY, "empty", "c"),
        (["same", ""] * (MANY // 2), "category", "c"),
        ([4.5, ""] * (MANY // 2), "number", "c"),
        (["True", "False"] * (MANY // 2), "category", "c"),
        (["1", "2", "x"] * (MANY // 3), "category", "c"),
    ],
)
def test_kinds(tmp_path, made, kind, name):
    rows = [f"{cell};{i % 2};{i % 5}" for i, cell in enumerate(made)]
    (tmp_path / "t.csv").write_text("\n".join([f"{name};y;other", *rows]) + "\n")
    table = read(tmp_path / "t.csv", "y")
    assert table.columns[0].kind == kind
    assert name in str(table)


def test_one_word_among_numbers_stands_for_what_is_missing(tmp_path):
    made = [f"{i}.5" for i in range(MANY)] + ["unknown"] * 3
    found, read_as = column(tmp_path, made)
    assert (found.kind, found.markers) == ("number", ("unknown",))
    assert np.isnan(read_as[-3:]).all()


@pytest.mark.parametrize(
    ("made", "task", "classes"),
    [
        (["yes", "no"] * 30, "binary", ("no", "yes")),
        (["a", "b", "c"] * 20, "classes", ("a", "b", "c")),
        ([0, 1] * 30, "binary", ("0", "1")),
        ([3, 4, 5] * 20, "classes", ("3", "4", "5")),
        ([1.5, 2.5] * 30, "numbers", ()),
        (range(60), "numbers", ()),
        (["1,5", "2,25", "3"] * 20, "numbers", ()),
        (["True", "False"] * 30, "binary", ("False", "True")),
    ],
)
def test_targets(tmp_path, made, task, classes):
    (tmp_path / "t.csv").write_text("x;y\n" + "".join(f"{i % 7};{cell}\n" for i, cell in enumerate(made)))
    target = read(tmp_path / "t.csv", "y").target
    assert (target.task, target.classes) == (task, classes)


def test_the_task_can_be_asked_for(tmp_path):
    (tmp_path / "t.csv").write_text("x;y\n" + "".join(f"{i % 7};{i % 3}\n" for i in range(60)))
    assert read(tmp_path / "t.csv", "y", task="numbers").target.task == "numbers"
    assert read(tmp_path / "t.csv", "y", task="classes").target.classes == ("0", "1", "2")
