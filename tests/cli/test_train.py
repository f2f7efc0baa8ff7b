"""`chainrule train`: what it prints, what it writes, and that the two agree."""

import csv
import json
import re
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import chainrule as cr
from chainrule import nn
from chainrule.cli.run.folder import FILES

EVERY = {"model.safetensors", "run.json", "run.toml", "history.csv", "history.png", "report.html"}


def written(folder):
    return {path.name for path in folder.iterdir()}


def about(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def metadata(folder):
    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        return json.loads(file.metadata()["chainrule"])


def loaded(folder):
    """The network behind the weights, by what is written beside them alone."""
    found = metadata(folder)
    assert found["network"].pop("kind") == "MLP"
    model = nn.MLP(**found["network"])
    model.load_state_dict({name: cr.tensor(array) for name, array in load_file(folder / "model.safetensors").items()})
    model.eval()
    return model, found


def inputs(found, X):
    """Rows of numbers as the file says that they are scaled; far ones grow as a logarithm."""
    fields = found["schema"]["fields"]
    assert all(field["kind"] == "number" and field["edges"] == [] for field in fields)
    z = (X - np.array([field["center"] for field in fields])) / np.array([field["scale"] for field in fields])
    far = np.maximum(np.abs(z), 8.0)
    return np.where(np.abs(z) > 8, np.sign(z) * (8 + np.log(far / 8)), z).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "task", "picture", "columns"),
    [
        ("iris", "classes", "confusion.png", ["accuracy", "balanced accuracy", "cross-entropy"]),
        ("breast_cancer", "binary", "confusion.png", ["accuracy", "ROC AUC", "cross-entropy"]),
        ("diabetes", "numbers", "residuals.png", ["R²", "mean abs. error", "root mean sq. error"]),
    ],
)
def test_a_shipped_set(run, tmp_path, name, task, picture, columns):
    done = run(f"train {name} --epochs 8")
    assert done.code == 0
    assert done.err == ""
    folder = tmp_path / f"run-{name}"
    assert written(folder) == {*EVERY, picture}
    assert written(folder) <= set(FILES)
    assert all((folder / file).stat().st_size > 5_000 for file in ("history.png", picture))
    found = about(folder)
    assert found["task"] == task
    assert found["design"]["epochs"] == 8
    assert found["options"]["epochs"] == 8
    assert found["versions"]["chainrule"] == cr.__version__
    head = next(line for line in done.out.splitlines() if "cross-entropy" in line or "R²" in line)
    assert re.split(r"\s{3,}", head.strip()) == columns
    for model in ("network", "linear model", "best constant"):
        assert any(line.strip().startswith(model) for line in done.out.splitlines())
    assert f"Kept in run-{name}:" in done.out


def test_the_history_is_a_table(run, tmp_path):
    run("train iris --epochs 7")
    text = (tmp_path / "run-iris" / "history.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [int(row["epoch"]) for row in rows] == list(range(7))
    assert set(rows[0]) == {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "lr"}
    losses = [float(row["val_loss"]) for row in rows]
    assert about(tmp_path / "run-iris")["best_epoch"] == int(np.argmin(losses))


def test_the_weights_reproduce_the_printed_score(run, tmp_path):
    done = run("train iris --epochs 40 --seed 3 --out here")
    model, found = loaded(tmp_path / "here")
    iris = cr.data.iris()
    assert found["columns"] == list(iris.feature_names)
    assert found["classes"] == list(iris.target_names)
    _, (X, y) = cr.data.split(iris, test=0.2, seed=3)
    scaled = inputs(found, X)
    chosen = model(cr.tensor(scaled)).numpy().argmax(axis=1)
    accuracy = (chosen == y).mean()
    assert accuracy == about(tmp_path / "here")["scores"]["network"]["accuracy"]
    assert re.search(rf"network +{accuracy:.2%}", done.out)


def test_the_weights_give_numbers_in_their_own_unit(run, tmp_path):
    run("train diabetes --epochs 20 --out here")
    model, found = loaded(tmp_path / "here")
    _, (X, y) = cr.data.split(cr.data.diabetes(), test=0.2, seed=0)
    outputs = model(cr.tensor(inputs(found, X))).numpy().astype(np.float64)
    target = found["schema"]["target"]
    answers = outputs * target["scale"] + target["center"]
    score = cr.metrics.r2_score(y, answers)
    assert score == pytest.approx(about(tmp_path / "here")["scores"]["network"]["r2"], abs=1e-6)
    assert found["target"] == "progression"


def test_weights_bear_pytorchs_names_and_layouts(run, tmp_path):
    run("train iris --epochs 1 --hidden 5 --out here")
    found = load_file(tmp_path / "here" / "model.safetensors")
    shapes = {name: array.shape for name, array in found.items()}
    assert shapes == {"0.weight": (5, 4), "0.bias": (5,), "3.weight": (3, 5), "3.bias": (3,)}


def test_scaling_is_learnt_from_the_learning_rows_alone(run, tmp_path):
    run("train iris --epochs 1 --out here --seed 2")
    known, _ = cr.data.split(cr.data.iris(), test=0.2, seed=2)
    learning, _ = cr.data.split(known, test=0.2, seed=2)
    own = cr.data.Standardizer().fit(learning.X)
    fields = metadata(tmp_path / "here")["schema"]["fields"]
    assert np.allclose([field["center"] for field in fields], own.center)
    assert np.allclose([field["scale"] for field in fields], own.scale)


def test_pixels_are_scaled_alike(run, tmp_path):
    run("train digits --epochs 1 --out here")
    fields = metadata(tmp_path / "here")["schema"]["fields"]
    assert {field["center"] for field in fields} == {0.0}
    assert {field["scale"] for field in fields} == {16.0}


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        assert run(f"train wine --epochs 5 --seed {seed} --out {name}").code == 0
    for file in ("model.safetensors", "history.csv", "confusion.png"):
        first, second, other = ((tmp_path / name / file).read_bytes() for name in "abc")
        assert first == second
        assert first != other


def test_a_csv_file(run, tmp_path):
    rng = np.random.Generator(np.random.Philox(key=7))
    x = rng.normal(size=(300, 2))
    price = 100 + 30 * x[:, 0] * x[:, 1] + rng.normal(size=300)
    lines = [f"{a},{b},town,{p}" for (a, b), p in zip(x, price, strict=True)]
    lines[10] = "1.0,,town,50"
    (tmp_path / "houses.csv").write_text("\n".join(["size,age,place,price", *lines]) + "\n")
    done = run("train houses.csv --target price")
    assert done.code == 0
    assert "categories: place" not in done.out
    assert "left out, as they are the same in every row: place" in done.out
    assert "age (1 missing)" in done.out
    assert "a number: price" in done.out
    found = about(tmp_path / "run-houses")
    assert found["dropped"] == {"columns": ["place"], "rows": 0}
    assert sum(found["rows"].values()) == 300
    assert found["scores"]["network"]["r2"] > 0.5 + found["scores"]["linear"]["r2"]
    assert found["beside_linear"]["better"] == "first"
    assert "The network is better than the linear model" in done.out


@pytest.mark.parametrize(
    ("task", "expected", "words"),
    [("", "classes", "4 classes: 3 (25%)"), ("--task numbers", "numbers", "a number: grade, from 3 to 6")],
)
def test_the_task_can_be_overruled(run, tmp_path, task, expected, words):
    rows = "\n".join(f"{i % 7},{i % 4 + 3}" for i in range(80))
    (tmp_path / "grades.csv").write_text(f"x,grade\n{rows}\n")
    done = run(f"train grades.csv --target grade --epochs 2 {task}")
    assert done.code == 0
    assert words in done.out
    assert about(tmp_path / "run-grades")["task"] == expected


def test_options_of_the_reader(run, tmp_path):
    rows = "\n".join(f"{i};{i % 5};{'是' if i % 2 else '否'}" for i in range(60))
    (tmp_path / "表.csv").write_bytes(f"{rows}\n".encode("gbk"))
    done = run("train 表.csv --target 'column 3' --encoding gbk --delimiter ';' --no-header --epochs 2")
    assert done.code == 0
    assert metadata(tmp_path / "run-表")["classes"] == ["否", "是"]


def test_classes_that_the_test_rows_lack(run, tmp_path):
    rows = [f"{i},{i % 2}" for i in range(60)] + ["7,rare"]
    (tmp_path / "t.csv").write_text("\n".join(["x,kind", *rows]) + "\n")
    done = run("train t.csv --target kind --epochs 2 --task classes")
    assert done.code == 0
    assert "confusion.png" in written(tmp_path / "run-t")


def test_json_is_all_of_standard_output(run, tmp_path):
    done = run("train iris --epochs 2 --json")
    found = json.loads(done.out)
    assert set(found["scores"]) == {"network", "linear", "constant"}
    assert found["folder"] == "run-iris"
    assert "best constant" in done.err
    assert run("train iris --epochs 2 --json --quiet --out b").err == ""


def test_quiet_prints_the_scores_alone(run, tmp_path):
    done = run("train iris --epochs 2 --quiet")
    assert done.out.startswith("On 30 rows")
    assert done.out.rstrip().splitlines()[-1].strip().startswith("best constant")
    assert done.err == ""


def test_chinese(run, tmp_path):
    done = run("train iris --epochs 2 --lang zh")
    assert done.code == 0
    for words in ("准确率", "线性模型", "最佳常数", "已存入 run-iris"):
        assert words in done.out
    assert "network" not in done.out
    assert cr.language.current() == "en"


def test_the_hidden_layers_can_be_named(run, tmp_path):
    assert "4 → 6 → 5 → 3, tanh" in run("train iris --epochs 1 --hidden 6,5 --activation tanh").out
    assert "4 → 3" in run("train iris --epochs 1 --hidden 0 --overwrite").out


@pytest.mark.parametrize("name", ["adam", "nadam", "lion", "sgd", "rmsprop", "adagrad", "adadelta"])
def test_every_optimizer_learns(run, tmp_path, name):
    run(f"train wine --optimizer {name} --epochs 60 --quiet --no-progress")
    assert about(tmp_path / "run-wine")["scores"]["network"]["accuracy"] > 0.85


def test_overwrite_replaces_a_run(run, tmp_path):
    run("train iris --epochs 1")
    assert run("train iris --epochs 2 --overwrite").code == 0
    assert about(tmp_path / "run-iris")["epochs"] == 2
    assert {path.name for path in tmp_path.iterdir()} - {"cache"} == {"run-iris"}


def test_folders_above_are_made(run, tmp_path):
    assert run("train iris --epochs 1 --out runs/today/iris").code == 0
    assert (tmp_path / "runs" / "today" / "iris" / "run.json").exists()


def test_without_matplotlib_all_else_is_there(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = run("train iris --epochs 1")
    assert done.code == 0
    assert written(tmp_path / "run-iris") == EVERY - {"history.png"}
    assert 'pip install "chainrule[viz]"' in done.out


def test_a_training_that_diverges(run, tmp_path):
    done = run("train diabetes --optimizer sgd --lr 1000000 --epochs 30")
    assert done.code == 4
    assert "diverged" in done.err
    assert "--lr" in done.err
    assert {path.name for path in tmp_path.iterdir()} <= {"cache"}


def test_digits_are_learnt(run, tmp_path):
    assert run("train digits --quiet").code == 0
    assert about(tmp_path / "run-digits")["scores"]["network"]["accuracy"] >= 0.96
