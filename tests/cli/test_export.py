"""`chainrule export`: from the folder of a run to a file that runs elsewhere."""

import json
import runpy
import subprocess

import numpy as np
import pytest

import chainrule as cr
from tests.export import judges

ENDS = {"onnx": "onnx", "c": "c", "javascript": "mjs", "numpy": "py"}


@pytest.fixture
def shop(run, tmp_path):
    """A run that has learnt from words, gaps and numbers."""
    lines = (
        f"{'' if i % 11 == 0 else i % 37},{('Rome', 'Oslo')[i % 2]},{('yes', 'no')[i % 37 > 15]}" for i in range(120)
    )
    (tmp_path / "shop.csv").write_text("\n".join(["size,town,dear", *lines]) + "\n")
    assert run("train shop.csv --target dear --epochs 20 --hidden 8 --quiet").code == 0
    return tmp_path


@pytest.mark.parametrize("form", ENDS)
@judges.needs_cc
@judges.needs_node
def test_every_form_says_what_it_takes_and_gives_and_how_near_it_is(run, shop, form):
    done = run(f"export run-shop --to {form}")
    assert done.code == 0, done.err
    assert (shop / f"shop.{ENDS[form]}").exists()
    for words in ("size: a number", "town: a word: Oslo, Rome", "label: no, yes", "probabilities: of these 2"):
        assert words in done.out
    assert "200 made-up rows, with gaps and unknown words: probabilities off by at most" in done.out
    assert "the same label for 100.0%" in done.out
    assert 1 <= len(done.out.split("To use it:\n")[1].splitlines()) <= 3


def test_the_lines_for_numpy_and_onnx_run(run, shop, monkeypatch):
    pytest.importorskip("onnxruntime")
    want = cr.tables.load(shop / "run-shop")
    for end in ("py", "onnx"):
        text = run(f"export run-shop --out there/m.{end}").out.split("To use it:\n")[1]
        (shop / "use.py").write_text("\n".join(line[2:] for line in text.splitlines()))
        found = runpy.run_path(str(shop / "use.py"))
        (shop / "one.csv").write_text(f"size,town\n{float(f'{want.schema.fields[0].center:.3g}')},Oslo\n")
        assert list(found["labels"]) == list(want.predict(shop / "one.csv"))
        np.testing.assert_allclose(found["probabilities"], want.predict_proba(shop / "one.csv"), atol=1e-6)


@judges.needs_cc
@judges.needs_node
def test_the_lines_for_c_and_javascript_run(run, shop):
    want = cr.tables.load(shop / "run-shop")
    for line in run("export run-shop --out m.c").out.split("To use it:\n")[1].splitlines():
        subprocess.run(["sh", "-c", line.replace("rows.csv", "shop.csv")], check=True)  # the lines as people type them
    found = [line.split(",")[0] for line in (shop / "answers.csv").read_text().splitlines()]
    assert found == ["dear", *want.predict(shop / "shop.csv")]
    text = run("export run-shop --out m.mjs").out.split("To use it:\n")[1]
    (shop / "use.mjs").write_text(text.replace("console.log(", "console.log(JSON.stringify(").rstrip()[:-1] + ");")
    done = subprocess.run(["node", "use.mjs"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)[0]["label"] in ("yes", "no")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("run-shop --out mine.py", "mine.py"),
        ("run-shop --out run-shop --to onnx", ".onnx"),
        ("run-shop --out m.txt", ".mjs"),
        ("run-shop --to c --out m.py", ".c"),
        ("run-shop --to c --out 1st.c", "a letter first"),
        ("run-shop --to rust", "onnx, c, javascript, numpy"),
        ("nowhere", "no model"),
        ("shop.csv", "safetensors"),
        ("folder", "no model"),
        ("rotten", "rotten"),
        ("run-shop --out m.py --weights int8", "--weights"),
    ],
)
def test_what_is_refused_leaves_no_file(run, shop, line, word):
    (shop / "mine.py").write_text("mine")
    (shop / "folder").mkdir()
    content = bytearray((shop / "run-shop" / "model.safetensors").read_bytes())
    content[-9] ^= 4
    (shop / "rotten").write_bytes(content)
    before = sorted(shop.rglob("*"))
    done = run(f"export {line}")
    assert done.code == 2
    assert word in done.err
    assert "Traceback" not in done.err
    assert sorted(shop.rglob("*")) == before
    assert (shop / "mine.py").read_text() == "mine"


def test_overwrite_replaces_a_file_and_no_folder(run, shop):
    (shop / "mine.py").write_text("mine")
    assert run("export run-shop --out mine.py --overwrite").code == 0
    assert "predict" in (shop / "mine.py").read_text()
    (shop / "m.py").mkdir()
    assert run("export run-shop --out m.py --overwrite").code == 2
    (shop / "m.h").write_text("mine")
    assert run("export run-shop --out m.c").code == 2
    assert not (shop / "m.c").exists()


def test_numbers_and_the_other_language(run, tmp_path):
    assert run("train diabetes --epochs 3 --hidden 8 --quiet").code == 0
    done = run("export run-diabetes --to numpy --lang zh")
    assert done.code == 0
    assert "输入" in done.out
    assert "value：" in done.out
    data = cr.data.diabetes()
    predict = runpy.run_path(str(tmp_path / "diabetes.py"))["predict"]
    columns = dict(zip(data.feature_names, data.X.T.astype(float), strict=True))
    (tmp_path / "rows.csv").write_text(
        "\n".join([",".join(data.feature_names), *(",".join(map(repr, map(float, row))) for row in data.X)])
    )
    want = cr.tables.load(tmp_path / "run-diabetes").predict(tmp_path / "rows.csv")
    np.testing.assert_allclose(predict(columns), want, rtol=1e-5)


def test_without_onnx_it_says_what_to_install(run, shop, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "onnx", None)
    done = run("export run-shop")
    assert done.code == 5
    assert 'pip install "chainrule[onnx]"' in done.err


def test_without_a_compiler_it_says_that_nothing_was_run(run, shop, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    done = run("export run-shop --to c")
    assert done.code == 0
    assert "Not run here" in done.out
