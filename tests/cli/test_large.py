"""The data sets outside, where they are found: in `CHAINRULE_DATA`, or beside the project."""

import json
import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("CHAINRULE_DATA") or Path(__file__).parents[3] / "shared" / "data")
HOUSING = DATA / "california_housing" / "housing.csv"

pytestmark = pytest.mark.slow


def scores(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))["scores"]


@pytest.mark.skipif(not HOUSING.exists(), reason="housing.csv is not here")
def test_california_housing_beats_the_linear_model_clearly(run, tmp_path):
    done = run(f"train {HOUSING} --target median_house_value --out houses")
    assert done.code == 0
    words = " ".join(done.out.split())  # however wide the terminal is
    assert "total_bedrooms (207 missing)" in words
    assert "ocean_proximity (5 words)" in words
    found = scores(tmp_path / "houses")
    assert found["network"]["r2"] > 0.75
    assert found["network"]["r2"] > found["linear"]["r2"] + 0.1
    assert found["network"]["mae"] < 0.75 * found["linear"]["mae"]


@pytest.mark.skipif(not (DATA / "mnist").is_dir(), reason="the files of MNIST are not here")
def test_mnist_reaches_98_percent(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(DATA))
    done = run("train mnist --epochs 8 --quiet")
    assert done.code == 0
    found = scores(tmp_path / "run-mnist")
    assert found["network"]["accuracy"] >= 0.98
    assert 0.92 < found["linear"]["accuracy"] < 0.93
