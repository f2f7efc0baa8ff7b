"""`chainrule train FILE`, `evaluate`, `predict`: tables with words, gaps and dates, from a file to answers."""

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr

DATA = Path(os.environ.get("CHAINRULE_DATA") or Path(__file__).parents[3] / "shared" / "data")
PENGUINS = DATA / "penguins" / "penguins.csv"


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def shop(run, tmp_path):
    """A run that has learnt prices from size, town and day."""
    rng = np.random.Generator(np.random.Philox(key=4))
    lines = ["size,town,day,price"]
    for i in range(240):
        size, town = rng.normal(50, 10), i % 3
        gap = "" if i % 11 == 0 else f"{size:.2f}"
        lines.append(f"{gap},{('Rome', 'Oslo', 'Lima')[town]},2024-{i % 12 + 1:02}-05,{size * (town + 1):.2f}")
    (tmp_path / "shop.csv").write_text("\n".join(lines) + "\n")
    done = run("train shop.csv --target price --epochs 40 --quiet")
    assert done.code == 0, done.err
    return lines


@pytest.mark.skipif(not PENGUINS.exists(), reason="penguins.csv is not here")
def test_penguins_from_the_file_to_answers(run, tmp_path):
    done = run(f"train {PENGUINS} --target species --epochs 60 --out here")
    assert done.code == 0
    for words in ("bill_length_mm (2 missing)", "island (3 words)", "gradient boosting", "3 classes: Adelie (44%)"):
        assert words in done.out
    scores = json.loads((tmp_path / "here" / "run.json").read_text(encoding="utf-8"))["scores"]
    assert list(scores) == ["network", "linear", "boosting", "constant"]
    assert scores["network"]["accuracy"] > 0.95
    judged = json.loads(run(f"evaluate here {PENGUINS} --json").out)
    assert judged["rows"] == 344
    assert judged["scores"]["network"]["accuracy"] > 0.97
    assert run(f"predict here {PENGUINS} --out answers.csv").code == 0
    head, *rows = rows_of(tmp_path / "answers.csv")
    assert head == ["species", "p(Adelie)", "p(Chinstrap)", "p(Gentoo)"]
    truth = [row[0] for row in rows_of(PENGUINS)[1:]]
    assert sum(row[0] == name for row, name in zip(rows, truth, strict=True)) == round(
        344 * judged["scores"]["network"]["accuracy"]
    )
    shares = np.array([[float(cell) for cell in row[1:]] for row in rows])
    assert np.allclose(shares.sum(axis=1), 1)
    assert [head[1 + place][2:-1] for place in shares.argmax(axis=1)] == [row[0] for row in rows]


class TestPredict:
    def test_the_order_of_columns_does_not_matter(self, run, shop, tmp_path):
        cells = [line.split(",") for line in shop]
        (tmp_path / "turned.csv").write_text("\n".join(";".join(reversed(row)) for row in cells) + "\n")
        assert run("predict run-shop shop.csv --out a.csv").code == 0
        assert run("predict run-shop turned.csv --out b.csv").code == 0
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
        assert len(rows_of(tmp_path / "a.csv")) == 241

    def test_is_what_python_says(self, run, shop, tmp_path):
        run("predict run-shop shop.csv --out a.csv")
        found = cr.tables.load(tmp_path / "run-shop").predict(tmp_path / "shop.csv")
        assert [float(row[0]) for row in rows_of(tmp_path / "a.csv")[1:]] == found.tolist()

    def test_more_columns_are_named(self, run, shop, tmp_path):
        done = run("predict run-shop shop.csv")
        assert "not looked at, as nothing was learnt from them: price" in done.err
        assert "240 answers in predictions.csv" in done.out

    def test_a_column_that_is_missing_is_named(self, run, shop, tmp_path):
        (tmp_path / "new.csv").write_text("size,Town,day\n1,Rome,2024-01-05\n")
        done = run("predict run-shop new.csv --out a.csv")
        assert done.code == 2
        assert "no column 'town'" in done.err
        assert "'Town'" in done.err
        assert not (tmp_path / "a.csv").exists()

    def test_words_that_were_never_learnt_are_counted(self, run, shop, tmp_path):
        (tmp_path / "new.csv").write_text("size,town,day\n50,Paris,2024-01-05\n50,Rome,2024-01-05\n50,,\n")
        done = run("predict run-shop new.csv --out a.csv")
        assert done.code == 0
        assert "town: 1 cells with a word that was never learnt" in done.err
        assert all(np.isfinite(float(row[0])) for row in rows_of(tmp_path / "a.csv")[1:])

    @pytest.mark.parametrize(("cell", "column"), [("big", "size"), ("1e999", "size"), ("5 May", "day"), ("5", "day")])
    def test_a_cell_of_another_kind(self, run, shop, tmp_path, cell, column):
        row = {"size": "50", "town": "Rome", "day": "2024-01-05", column: cell}
        (tmp_path / "new.csv").write_text(f"size,town,day\n50,Rome,2024-01-05\n{','.join(row.values())}\n")
        before = sorted(tmp_path.iterdir())
        done = run("predict run-shop new.csv --out a.csv")
        assert done.code == 2
        assert f"new.csv, line 3, column '{column}'" in done.err
        assert cell in done.err
        assert sorted(tmp_path.iterdir()) == before

    def test_a_file_that_is_there(self, run, shop, tmp_path):
        (tmp_path / "mine.csv").write_text("mine")
        assert run("predict run-shop shop.csv --out mine.csv").code == 2
        assert (tmp_path / "mine.csv").read_text() == "mine"
        assert run("predict run-shop shop.csv --out mine.csv --overwrite").code == 0
        assert run("predict run-shop shop.csv --out run-shop --overwrite").code == 2
        assert run("predict run-shop shop.csv --out nowhere/a.csv").code == 2

    def test_no_word_becomes_a_formula(self, run, tmp_path):
        names = ["=1+1", "+2", "-bad", "@x", "fine"]
        rows = "".join(f"{i % 5}.5,{names[i % 5]}\n" for i in range(100))
        (tmp_path / "t.csv").write_text(f"x,=y\n{rows}")
        assert run("train t.csv --target =y --epochs 30 --quiet").code == 0
        assert run("predict run-t t.csv --out a.csv").code == 0
        cells = {row[0] for row in rows_of(tmp_path / "a.csv")}
        assert cells >= {"'=y", "fine"}
        assert not any(cell.startswith(("=", "-", "@")) for cell in cells)
        assert "'=1+1" in cells


class TestEvaluate:
    def test_beside_the_best_constant(self, run, shop):
        done = run("evaluate run-shop shop.csv")
        assert done.code == 0
        assert "On 240 rows of shop.csv:" in done.out
        assert "best constant" in done.out

    def test_rows_without_a_target_are_left_out_aloud(self, run, shop, tmp_path):
        (tmp_path / "new.csv").write_text("\n".join([*shop[:50], "50,Rome,2024-01-05,"]) + "\n")
        done = run("evaluate run-shop new.csv")
        assert "left out: 1 rows in which price is missing" in done.err
        assert "On 49 rows" in done.out

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            ("size,town,day\n50,Rome,2024-01-05\n", "no column 'price'"),
            ("size,town,day,price\n50,Rome,2024-01-05,\n", "no row in which price"),
            ("size,town,day,price\n50,Rome,2024-01-05,dear\n", "line 2, column 'price'"),
            ("size,town,day,price\n", "no row"),
        ],
    )
    def test_nothing_to_judge_by(self, run, shop, tmp_path, content, word):
        (tmp_path / "new.csv").write_text(content)
        done = run("evaluate run-shop new.csv")
        assert done.code == 2
        assert word in done.err

    def test_a_class_that_was_not_learnt(self, run, tmp_path):
        rows = "".join(f"{i},{'yes' if i % 2 else 'no'}\n" for i in range(40))
        (tmp_path / "t.csv").write_text(f"x,y\n0,no\n{rows}")
        assert run("train t.csv --target y --epochs 2 --quiet").code == 0
        (tmp_path / "new.csv").write_text("x,y\n1,yes\n2,maybe\n")
        done = run("evaluate run-t new.csv")
        assert done.code == 2
        assert "new.csv, line 3, column 'y'" in done.err
        assert "'maybe'" in done.err


class TestModels:
    @pytest.mark.parametrize("name", ["nowhere", "shop.csv", "empty", "torn", "foreign", "other"])
    def test_what_is_no_model(self, run, shop, tmp_path, name):
        good = (tmp_path / "run-shop" / "model.safetensors").read_bytes()
        from safetensors.numpy import save

        (tmp_path / "empty").write_bytes(b"")
        (tmp_path / "torn").write_bytes(good[:-50])
        (tmp_path / "foreign").write_bytes(save({"a": np.zeros(3)}))
        (tmp_path / "other").write_bytes(good.replace(b"relu", b"rely"))
        for command in ("predict", "evaluate"):
            done = run(f"{command} {name} shop.csv")
            assert done.code == 2
            assert name in done.err
            assert "Traceback" not in done.err
        assert not (tmp_path / "predictions.csv").exists()

    def test_a_run_on_a_data_set_of_ours(self, run, tmp_path):
        iris = cr.data.iris()
        rows = "\n".join(",".join(map(str, row)) for row in iris.X)
        (tmp_path / "iris.csv").write_text(",".join(iris.feature_names) + "\n" + rows + "\n")
        assert run("train iris --epochs 60 --quiet").code == 0
        assert run("predict run-iris iris.csv").code == 0
        found = [row[0] for row in rows_of(tmp_path / "predictions.csv")[1:]]
        assert np.mean([name == iris.target_names[y] for name, y in zip(found, iris.y, strict=True)]) > 0.9


def test_without_scikit_learn_the_table_says_so(run, shop, monkeypatch):
    monkeypatch.setattr("chainrule.tables.judging.installed", lambda: False)
    done = run("train shop.csv --target price --epochs 2 --out b")
    assert done.code == 0
    assert "scikit-learn is not installed" in done.out


def test_parquet_without_duckdb_says_what_to_install(run, tmp_path, monkeypatch):
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = run("train t.parquet --target y")
    assert done.code == 5
    assert 'pip install "chainrule[data]"' in done.err


def test_no_drop_refuses_what_would_be_left_out(run, tmp_path):
    (tmp_path / "t.csv").write_text("n,x,y\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(40)))
    done = run("train t.csv --target y --no-drop")
    assert done.code == 2
    assert "columns that cannot be used: n" in done.err
    done = run("train t.csv --target y --epochs 1")
    assert "left out, as they only name the rows: n" in done.out


def test_the_same_seed_gives_the_same_bytes(run, shop, tmp_path):
    for name in "ab":
        assert run(f"train shop.csv --target price --epochs 3 --out {name} --quiet").code == 0
    first, second = ((tmp_path / name / "model.safetensors").read_bytes() for name in "ab")
    assert first == second
