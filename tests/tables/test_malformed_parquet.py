"""Malformed and awkward Parquet files: one error that names the file, or a table; DuckDB's own words stay inside."""

from contextlib import suppress

import numpy as np
import pytest

from chainrule.errors import ChainruleError
from chainrule.tables.reading import read

pytest.importorskip("duckdb")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

COUNT = 60
X = [i / 2 for i in range(COUNT)]
Y = [i % 3 for i in range(COUNT)]


def columns(**more):
    return {"x": X, **more, "y": Y}


def some(make):
    return [None if i % 7 == 0 else make(i) for i in range(COUNT)]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("parquet") / "good.parquet"
    pq.write_table(pa.table(columns(w=["ab"[i % 2] for i in range(COUNT)])), path, row_group_size=20)
    return path.read_bytes()


def refused(path):
    before = sorted(path.parent.iterdir())
    with pytest.raises(ChainruleError) as error:
        read(path, "y")
    told = str(error.value)
    assert path.name in told
    assert len(told.splitlines()) == 4
    assert sorted(path.parent.iterdir()) == before


# Places where a file is cut off, as shares of its length, and bytes that are written over at a place.
CUTS = [0.0, 0.001, 0.002, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
ENDS = [b"", b"PAR", b"PAR0", b"\0\0\0\0", b"\xff\xff\xff\xffPAR1", b"\xff\xff\xff\x7fPAR1", b"\0\0\0\0PAR1", b"PARE"]


@pytest.mark.parametrize("share", CUTS)
def test_cut_off(tmp_path, good, share):
    path = tmp_path / "torn.parquet"
    path.write_bytes(good[: int(share * len(good))])
    refused(path)


@pytest.mark.parametrize("end", ENDS)
def test_another_ending(tmp_path, good, end):
    path = tmp_path / "end.parquet"
    path.write_bytes(good[:-8] + end)
    refused(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"P", b"PAR1", b"PAR1PAR1", b"PAR1" * 20, b"x,y\n1,2\n", b"\0" * 100, b"PK\x03\x04", b"\x1f\x8b" + b"\0" * 50,
     b"PAR1" + b"\0" * 100, b"PAR1" + b"\xff" * 100 + b"PAR1", b"ARROW1\0\0", b"ORC", b"Obj\x01", b'{"x": 1}'],
)  # fmt: skip
def test_foreign(tmp_path, content):
    path = tmp_path / "foreign.parquet"
    path.write_bytes(content)
    refused(path)


def _types():
    from decimal import Decimal

    whole = {name: pa.array(some(lambda i: i % 50), getattr(pa, name)()) for name in (
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    )}  # fmt: skip
    day = pa.array(some(lambda i: 18_000 + i), pa.int32())
    moment = pa.array(some(lambda i: 10**6 * i * 86_400), pa.int64())
    kinds = {name: ("number", array) for name, array in whole.items()}
    kinds["decimal"] = ("number", pa.array(some(lambda i: Decimal(i) / 4), pa.decimal128(10, 2)))
    kinds["bool"] = ("category", pa.array(some(lambda i: i % 2 == 0)))
    kinds["string"] = ("category", pa.array(some(lambda i: "ab"[i % 2])))
    kinds["large_string"] = ("category", pa.array(some(lambda i: "ab"[i % 2]), pa.large_string()))
    kinds["dictionary"] = ("category", pa.array(some(lambda i: "ab"[i % 2])).dictionary_encode())
    kinds["date32"] = ("date", day.cast(pa.date32()))
    kinds["timestamp"] = ("date", moment.cast(pa.timestamp("us")))
    kinds["timestamp_ns"] = ("date", moment.cast(pa.timestamp("us")).cast(pa.timestamp("ns")))
    kinds["timestamp_utc"] = ("date", moment.cast(pa.timestamp("us", tz="UTC")))
    kinds["all_null"] = ("empty", pa.array([None] * COUNT, pa.float64()))
    kinds["same"] = ("constant", pa.array([1.5] * COUNT))
    kinds["counter"] = ("identifier", pa.array(range(COUNT)))
    kinds["names"] = ("identifier", pa.array([f"n{i}" for i in range(COUNT)]))
    kinds["text"] = ("text", pa.array([f"a long sentence about row {i}" for i in range(COUNT)]))
    return kinds


TYPES = _types()


@pytest.mark.parametrize("name", TYPES)
def test_types(tmp_path, name):
    kind, array = TYPES[name]
    path = tmp_path / "typed.parquet"
    pq.write_table(pa.table(columns(c=array)), path)
    found = next(column for column in read(path, "y").columns if column.name == "c")
    assert found.kind == kind
    assert found.missing == array.null_count


STRUCTURES = {
    "list": lambda: pa.array([[1, 2]] * COUNT),
    "struct": lambda: pa.array([{"a": 1}] * COUNT),
    "map": lambda: pa.array([[("a", 1)]] * COUNT, pa.map_(pa.string(), pa.int64())),
    "binary": lambda: pa.array([b"a"] * COUNT),
    "time": lambda: pa.array([1] * COUNT, pa.int64()).cast(pa.time64("us")),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_structures(tmp_path, name):
    path = tmp_path / "nested.parquet"
    pq.write_table(pa.table(columns(c=STRUCTURES[name]())), path)
    refused(path)


@pytest.mark.parametrize(
    "table",
    [
        {"x": X},
        {"y": Y},
        {"x": [], "y": []},
        {"x": [None] * COUNT, "y": Y},
        {"x": [1.0] * COUNT, "y": Y},
        {"x": [float("inf"), *X[1:]], "y": Y},
        {"x": [float("-inf"), *X[1:]], "y": Y},
        {"x": X, "y": [None] * COUNT},
        {"x": X, "y": [5] * COUNT},
        {"x": X, "y": ["same"] * COUNT},
        {"x": X, "y": [f"n{i}" for i in range(COUNT)]},
        {"x": X, "y": np.arange("2020-01-01", COUNT, dtype="datetime64[D]")[:COUNT]},
    ],
)
def test_nothing_to_learn(tmp_path, table):
    path = tmp_path / "useless.parquet"
    pq.write_table(pa.table(table), path)
    refused(path)


@pytest.mark.parametrize("name", ["a b.parquet", "[a]*?.parquet", "quote'.parquet", "名.parquet", "no_ending", "a.csv"])
def test_names_of_files(tmp_path, good, name):
    path = tmp_path / name
    path.write_bytes(good)
    (tmp_path / "a.parquet").write_bytes(b"another file, which a pattern would find")
    assert len(read(path, "y")) == COUNT


@pytest.mark.parametrize("name", ["a b", 'quote"', "semi;colon", "名", "select", "x);--", "X" * 500])
def test_names_of_columns(tmp_path, name):
    path = tmp_path / "names.parquet"
    pq.write_table(pa.table(columns(**{name: X[::-1]})), path)
    assert name in [column.name for column in read(path, "y").columns]


@pytest.mark.parametrize(
    "seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.night) for seed in range(20, 500))]
)
def test_mutants(tmp_path, good, seed):
    """Some bytes changed by chance: an error of ours or a table, never anything else."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    data = bytearray(good)
    for _ in range(rng.integers(1, 9)):
        data[rng.integers(4, len(data))] = rng.integers(256)
    path = tmp_path / "mutant.parquet"
    path.write_bytes(bytes(data))
    with suppress(ChainruleError):
        assert len(read(path, "y")) <= COUNT
