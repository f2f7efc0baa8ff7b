"""Tables that do not fit into memory: the same schema, every row once an epoch, and as good a network."""

import json
import subprocess
import sys

import numpy as np
import pytest

from chainrule.tables.design import Wishes
from chainrule.tables.fields import Category
from chainrule.tables.fitting import fit
from chainrule.tables.hashing import words
from chainrule.tables.judging import judge
from chainrule.tables.preparing import prepared
from chainrule.tables.reading import opened, read, table_of
from chainrule.tables.stream import Stream
from chainrule.tables.training import planned

COUNT = 6_000


def text(count, seed=0):
    rng = np.random.Generator(np.random.Philox(key=seed))
    x, z = rng.normal(size=(2, count))
    word = rng.integers(0, 4, count)
    y = 2 * x * (word > 1) + np.abs(z) + 0.1 * rng.normal(size=count)
    gaps = rng.random(count) < 0.1
    rows = zip(x, z, word, y, gaps, strict=True)
    return "x,z,w,y\n" + "".join(f"{'' if g else f'{a:.5f}'},{b:.5f},{'abcd'[w]},{t:.5f}\n" for a, b, w, t, g in rows)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("stream") / "large.csv"
    path.write_text(text(COUNT))
    return path


@pytest.fixture(scope="module")
def streamed(file):
    """The table as if only 4,000 of its 24,000 cells fitted into memory; its sample has 2,000 rows."""
    table = table_of(opened(file), "y", held=4_000)
    assert not table.whole
    return table


def test_what_is_seen_is_the_same(file, streamed):
    whole = read(file, "y")
    assert whole.whole
    assert streamed.columns == whole.columns
    assert streamed.target == whole.target
    assert len(streamed) == len(whole) == COUNT


def test_pieces_are_all_rows(file, streamed):
    whole = read(file, "y")
    pieces = list(streamed.pieces())
    assert np.array_equal(np.concatenate([y for _, y, _ in pieces]), whole.y)
    assert np.array_equal(np.concatenate([numbers for _, _, numbers in pieces]), np.arange(COUNT))
    for place in range(3):
        joined = np.concatenate([rows.columns[place] for rows, _, _ in pieces])
        assert np.array_equal(joined, whole.rows.columns[place], equal_nan=True)


def test_rows_are_parted_without_loss(streamed):
    parts = prepared(streamed, seed=3)
    assert isinstance(parts.learning, Stream)
    assert sum(parts.counts) == COUNT
    assert abs(parts.counts[2] / COUNT - 0.2) < 0.02
    assert len(parts.truth) == parts.counts[2]


def test_an_epoch_has_every_row_once_in_another_order(streamed):
    stream = prepared(streamed, seed=3, batch_size=64).learning
    epochs = [list(stream) for _ in range(2)]
    assert [len(batches) for batches in epochs] == [len(stream)] * 2
    assert {len(y) for _, y in epochs[0][:-1]} == {64}
    first, second = (np.concatenate([np.hstack([X, y]) for X, y in batches]) for batches in epochs)
    assert len(first) == stream.rows
    assert not np.array_equal(first, second)
    assert np.array_equal(np.sort(first.sum(axis=1)), np.sort(second.sum(axis=1)))
    stream.epoch = 0
    again = np.concatenate([np.hstack([X, y]) for X, y in stream])
    assert np.array_equal(first, again)


def test_it_learns_as_well(file, streamed):
    found = []
    for table in (read(file, "y"), streamed):
        parts = prepared(table, seed=1)
        trained = fit(planned(Wishes(epochs=20), parts), parts, 1, progress=False)
        found.append(judge(trained.trainer, parts).scores["network"]["r2"])
    assert min(found) > 0.85
    assert abs(found[0] - found[1]) < 0.05


def test_the_schema_is_near_that_of_all_rows(file, streamed):
    whole, part = (prepared(table, seed=1).schema for table in (read(file, "y"), streamed))
    for one, two in zip(whole.fields, part.fields, strict=True):
        assert type(one) is type(two)
        if isinstance(one, Category):
            assert one == two
        else:
            assert one.gaps == two.gaps
            assert two.center == pytest.approx(one.center, abs=0.1 * one.scale)


def test_random_words_do_not_depend_on_the_pieces():
    rows = np.arange(1000)
    whole = words(rows, 5)
    assert np.array_equal(whole, np.concatenate([words(rows[:300], 5), words(rows[300:], 5)]))
    assert len(np.unique(whole)) == 1000
    assert not np.array_equal(whole, words(rows, 6))
    assert abs((whole / 2.0**64).mean() - 0.5) < 0.05


def test_streamed_batches_are_those_of_the_design(streamed):
    parts = prepared(streamed, seed=2)
    plan = planned(Wishes(), parts)
    assert parts.learning.batch_size == plan.batch_size
    assert len(parts.learning) * plan.epochs == plan.steps


MEASURE = """
import json, resource, sys
from chainrule.cli.entry import main
code = main(["train", sys.argv[1], "--target", "y", "--epochs", "2", "--out", sys.argv[2], "--no-progress", "--quiet"])
code = code or main(["predict", sys.argv[2], sys.argv[1], "--out", sys.argv[2] + ".csv"])
print(json.dumps([code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


@pytest.mark.night
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_memory_stays_small(tmp_path, ending):
    """A few hundred megabytes of rows; memory is bounded by what a piece takes, not by the file."""
    path = tmp_path / f"large.{ending}"
    if ending == "csv":
        piece = text(200_000).split("\n", 1)
        with path.open("w") as file:
            file.write(piece[0] + "\n")
            for _ in range(60):
                file.write(piece[1])
        assert path.stat().st_size > 250e6
    else:
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        rng = np.random.Generator(np.random.Philox(key=1))
        with pq.ParquetWriter(path, pa.schema([(name, pa.float64()) for name in "abcdey"])) as writer:
            for _ in range(60):
                X = rng.normal(size=(5, 200_000))
                writer.write_table(pa.table([*X, X[0] * X[1]], names=list("abcdey")))
        assert path.stat().st_size > 250e6
    words = [sys.executable, "-c", MEASURE, str(path), str(tmp_path / "run")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    code, megabytes = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert megabytes < 1500
    with (tmp_path / "run.csv").open() as file:
        assert sum(1 for _ in file) == 12_000_001
