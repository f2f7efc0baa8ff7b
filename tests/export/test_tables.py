"""Whole models of tables elsewhere: cells with gaps and unknown words in, the library's own answers out."""

import os
import re
import runpy
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule.export._tables.measuring import LEARNT, RUNNERS, made_up, measured, onnx_inputs
from chainrule.tables.cells import POINT
from chainrule.tables.fields import Number
from chainrule.tables.fitting import network
from chainrule.tables.schema import Schema, Target
from tests.export import judges

DATA = Path(os.environ.get("CHAINRULE_DATA") or Path(__file__).parents[3] / "shared" / "data")
ENDS = {"onnx": "onnx", "c": "c", "javascript": "mjs", "numpy": "py"}
NEEDS = {"c": [judges.needs_cc], "javascript": [judges.needs_node]}
FORMS = [pytest.param(form, marks=NEEDS.get(form, [])) for form in ENDS]


def fitted(frame, target=None, **more):
    return cr.tables.fit(frame, target, **{"epochs": 3, "hidden": (16,), "progress": False, **more})


def penguins():
    path = DATA / "penguins" / "penguins.csv"
    if not path.exists():
        pytest.skip("penguins.csv is not here")
    return fitted(path, "species")


def california():
    path = next((DATA / "california_housing").glob("*.csv"), None) if DATA.exists() else None
    if path is None:
        pytest.skip("california housing is not here")
    frame = pd.read_csv(path).iloc[:3000].copy()
    rng = np.random.Generator(np.random.Philox(key=2))
    first = frame.columns[0]
    frame.loc[rng.random(len(frame)) < 0.1, first] = np.nan
    frame["coast"] = [["near", "far", "island", None][k] for k in rng.integers(0, 4, len(frame))]
    return fitted(frame, "median_house_value")


def iris():
    data = cr.data.iris()
    frame = pd.DataFrame(data.X.astype(float), columns=list(data.feature_names))
    frame["kind of iris"] = [data.target_names[k] for k in data.y]
    return fitted(frame, "kind of iris", hidden=(8, 8))


def words():
    """Two classes by a column with a vector for each word, moments of the day, and names that need quotes."""
    rng = np.random.Generator(np.random.Philox(key=3))
    n = 700
    day = pd.to_datetime("2023-05-01") + pd.to_timedelta(rng.integers(0, 800 * 86400, n), unit="s")
    frame = pd.DataFrame({
        "label": [f"w{k:02}" for k in rng.integers(0, 80, n)], 'a "b", c?': rng.normal(1e6, 1e-1, n),
        "when*/": day.strftime("%Y-%m-%d %H:%M:%S"), "place": [["x,y", "é\\", '"q"'][k] for k in rng.integers(0, 3, n)],
        "probabilities": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
    })
    frame["yes"] = np.where(rng.random(n) < 0.3, "да", "no")
    return fitted(frame, "yes")


def whole_numbers():
    """Classes that are numbers in their file, from words and gaps alone."""
    rng = np.random.Generator(np.random.Philox(key=4))
    shade = [["red", "green", None][k] for k in rng.integers(0, 3, 300)]
    return fitted(pd.DataFrame({"shade": shade, "size": list("SML") * 100, "stars": list(range(5)) * 60}), "stars")


def numbers_of_words():
    frame = pd.DataFrame({"who": list("abcd") * 40, "y": [float(k * k % 17) for k in range(160)]})
    return fitted(cr.tables.read(frame, target="y", task="numbers"))


MODELS = {
    made.__name__: made for made in (penguins, california, iris, words, whole_numbers, numbers_of_words)
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.fixture
def expected(model):
    """What the library answers to made-up cells, by the way that every table goes."""
    cells, _ = made_up(model)
    frame = pd.DataFrame(cells)
    if model.classes:
        return cells, list(model.predict(frame)), model.predict_proba(frame)
    return cells, None, model.predict(frame)[:, None]


@pytest.mark.parametrize("form", FORMS)
def test_the_answers_are_those_of_the_library(model, expected, form, tmp_path):
    cells, labels, want = expected
    path = tmp_path / f"model.{ENDS[form]}"
    cr.export.table(model, path)
    found, got = RUNNERS[form](model, path, cells)
    scale = 1 if model.classes else model.schema.target.scale
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6 * scale)
    assert (labels is None) == (found is None)
    if labels is not None:
        assert list(map(str, found)) == labels
        assert len(set(labels)) > 1
    assert any(cell is None for column in cells.values() for cell in column)
    result = measured(model, form, path)
    assert result is not None
    assert 0 <= result.largest < 1e-6
    assert result.same in (None, 1.0)


@pytest.mark.parametrize("form", FORMS)
def test_words_for_what_is_missing_are_gaps(form, tmp_path):
    model = whole_numbers()
    path = tmp_path / f"model.{ENDS[form]}"
    cr.export.table(model, path)
    said = ["red", "NA", "n/a", "None", "?", "nuLL", "#N/A", "<na>", "teal", "Red"]
    cells = {"shade": said, "size": ["S"] * len(said)}
    _, got = RUNNERS[form](model, path, cells)
    np.testing.assert_allclose(got, model.predict_proba(pd.DataFrame(cells)), atol=1e-6)
    assert len(np.unique(got.round(6), axis=0)) == 3


@pytest.mark.parametrize("form", FORMS)
def test_numbers_are_rounded_where_the_network_has_learnt_them_so(form, tmp_path):
    """Quantiles so near to each other that the last bits of a scaled number decide where between two it stands."""
    rng = np.random.Generator(np.random.Philox(key=5))
    x = 1e3 + np.where(rng.random(3000) < 0.01, rng.normal(0, 10, 3000), rng.normal(0, 4e-4, 3000))
    model = fitted(pd.DataFrame({"x": x, "y": np.where(x > 1e3, "up", "down")}), "y", epochs=15)
    path = tmp_path / f"model.{ENDS[form]}"
    cr.export.table(model, path)
    cells = {"x": x[:200].tolist()}
    _, got = RUNNERS[form](model, path, cells)
    np.testing.assert_allclose(got, model.predict_proba(pd.DataFrame(cells)), atol=1e-6)


def test_onnx_by_its_checker_its_reference_and_onnxruntime(model, expected, tmp_path):
    onnx = pytest.importorskip("onnx")
    cells, labels, want = expected
    path = tmp_path / "model.onnx"
    result = cr.export.table(model, path)
    onnx.checker.check_model(str(path), full_check=True)
    proto = onnx.load(path)
    assert [given.name for given in proto.graph.input] == [field.name for field in model.schema.fields]
    assert len(result.inputs) == len(proto.graph.input)
    given = onnx_inputs(model, cells)
    with np.errstate(all="ignore"):
        *found, got = pytest.importorskip("onnx.reference").ReferenceEvaluator(proto).run(None, given)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6 * (1 if labels else model.schema.target.scale))
    made = judges.onnxruntime_answers(path, list(given.values()))
    np.testing.assert_allclose(made[-1], want, rtol=1e-4, atol=1e-6 * (1 if labels else model.schema.target.scale))
    one = judges.onnxruntime_answers(path, [column[:1] for column in given.values()])
    assert len(one[-1]) == 1
    if labels is not None:
        assert list(map(str, found[0])) == list(map(str, made[0])) == labels
        whole = model.schema.target.way != 0
        assert one[0].dtype.kind == ("i" if whole else "O")


@judges.needs_cc
def test_c_compiles_without_a_warning_and_reads_any_csv(tmp_path):
    model = words()
    path = tmp_path / "model.c"
    cr.export.table(model, path)
    subprocess.run([*judges.CC, "-o", tmp_path / "run", path, "-lm"], check=True)

    def ran(text):
        return subprocess.run([tmp_path / "run"], input=text, capture_output=True, text=True, check=False)

    names = '\ufeffmore,"a ""b"", c?",label,place,probabilities,when*/\r\n'
    good = ran(names + '\r\n"1\n2", 1e6 ,w01,"x,y",,2024-02-29\r\nz,NA,,"""q""",0.5,2024-02-29T23:59:59Z\r\n')
    assert good.returncode == 0, good.stderr
    frame = pd.DataFrame({
        'a "b", c?': [1e6, None], "label": ["w01", None], "place": ["x,y", '"q"'], "probabilities": [None, 0.5],
        "when*/": ["2024-02-29", "2024-02-29T23:59:59"],
    })
    head, *lines = good.stdout.splitlines()
    assert head == "yes,p(no),p(да)"
    shares = [[float(cell) for cell in line.split(",")[1:]] for line in lines]
    np.testing.assert_allclose(shares, model.predict_proba(frame), atol=1e-6)
    for cell in ("0x10", "inf", "1.5e", "1_0", "--1", "9" * 400):
        assert f"cannot read {cell}" in ran(f"{names},{cell},w01,,,2024-02-29\n").stderr
    for cell in ("2023-02-29", "2024-13-01", "2024-1", "noon", "2024-01-01T25:00", "2024-01-01T10", "2024-01-01x"):
        done = ran(f"{names},1,w01,,,{cell}\n")
        assert done.returncode == 2
        assert f"row 1, column when*/: cannot read {cell}" in done.stderr
    assert "no column probabilities" in ran(names.replace("probabilities", "p")).stderr
    assert "expected 6 cells" in ran(names + "1,2\n").stderr
    assert ran("").returncode == 2
    assert ran("x" * (1 << 21)).returncode == 2


@judges.needs_node
def test_javascript_takes_cells_as_they_come_and_refuses_others(tmp_path):
    model = words()
    cr.export.table(model, tmp_path / "model.mjs")
    code = f"""
import {{ predict, columns }} from "{(tmp_path / 'model.mjs').as_uri()}";
const row = {{ label: "w01", 'a "b", c?': 1e6, place: " x,y ", probabilities: null, "when*/": "2024-02-29 12:30:00" }};
const p = (change) => predict([{{ ...row, ...change }}])[0].probabilities[0];
const moment = new Date(Date.UTC(2024, 1, 29, 12, 30));
const same = [p({{ "when*/": moment }}), p({{ "when*/": moment / 1000 }}), p({{ 'a "b", c?': "1000000.0" }}),
    p({{ probabilities: NaN }}), p({{ probabilities: "n/a" }}), p({{ probabilities: undefined }}), p({{ more: 1 }})];
console.log(same.every((one) => one === p({{}})), p({{ label: "w02" }}) !== p({{}}), columns.length);
for (const change of [{{ 'a "b", c?': "big" }}, {{ "when*/": "noon" }}, {{ probabilities: Infinity }},
    {{ probabilities: "0x10" }}, {{ probabilities: "inf" }}]) {{
    try {{ p(change); console.log("taken"); }} catch (error) {{ console.log(error.message); }}
}}
try {{ predict([{{}}]); }} catch (error) {{ console.log(error.message); }}
"""
    done = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:6] == [
        "true true 5", 'column a "b", c?: expected a number, got big', "column when*/: expected a date, got noon",
        *(f"column probabilities: expected a number, got {word}" for word in ("Infinity", "0x10", "inf")),
    ], done.stderr
    assert done.stdout.splitlines()[6].startswith("no column ")


def test_numpy_takes_arrays_lists_and_frames(tmp_path):
    model = words()
    cr.export.table(model, tmp_path / "model.py")
    predict = runpy.run_path(str(tmp_path / "model.py"))["predict"]
    cells, _ = made_up(model)
    labels, shares = predict(cells)
    days = np.array(cells["when*/"], "datetime64[s]")
    seconds = np.where(np.isnat(days), np.nan, days.astype(np.float64))
    numbers = np.array(cells["probabilities"], np.float64)
    for change in ({"when*/": days}, {"when*/": seconds}, {"probabilities": numbers}, {"more": [1] * len(labels)}):
        again, others = predict({**cells, **change})
        assert (others == shares).all()
        assert (again == labels).all()
    assert (predict(pd.DataFrame({**cells, "when*/": days}))[1] == shares).all()
    assert LEARNT in cells["label"]
    for name, cell in (("probabilities", "big"), ("probabilities", "inf"), ("when*/", "noon")):
        with pytest.raises(ValueError, match=f"column '{re.escape(name)}'"):
            predict({**cells, name: [cell] * len(labels)})
    del cells["place"]
    with pytest.raises(KeyError, match="no column 'place'"):
        predict(cells)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A model of pictures, by way of its file."""
    fields = tuple(Number(f"pixel{k}", POINT, (), 0.0, 255.0, (), gaps=False) for k in range(12))
    schema = Schema(fields, Target("class", "classes", 0, ("0", "1", "2")))
    plan = replace(iris().design, sizes=(12, 7, 3))
    cr.manual_seed(1)
    path = tmp_path_factory.mktemp("run") / "model.safetensors"
    cr.tables.Model("pictures", schema, network(plan), plan, image_shape=(3, 4)).save(path)
    return cr.tables.load(path)


@pytest.mark.parametrize("form", FORMS)
def test_pictures_are_taken_whole(pictures, form, tmp_path):
    assert pictures.image_shape == (3, 4)
    path = tmp_path / f"model.{ENDS[form]}"
    made = cr.export.table(pictures, path)
    assert made.inputs == ("image: 3 × 4 pixels",)
    cells, _ = made_up(pictures)
    found, got = RUNNERS[form](pictures, path, cells)
    frame = pd.DataFrame(cells.reshape(len(cells), -1).astype(float), columns=list(pictures.columns))
    np.testing.assert_allclose(got, pictures.predict_proba(frame), atol=1e-6)
    assert list(found) == list(pictures.predict(frame))


def test_the_end_of_the_path_says_which(tmp_path):
    model = numbers_of_words()
    for path, to, word in (
        ("model.txt", None, ".onnx"), ("model.py", "c", ".c"), ("model.onnx", "onxx", "javascript"), ("", None, "path"),
        ("1st.c", None, "a letter first"),
    ):
        with pytest.raises(cr.ArgumentError, match=word):
            cr.export.table(model, tmp_path / path if path else "", to)
    with pytest.raises(cr.DtypeError, match="model of a table"):
        cr.export.table(model.network, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []
