"""`--config run.toml`: a run comes again byte for byte, and a file that cannot be is refused in one message."""

import os
import subprocess
import sys
import tomllib

import pytest

from chainrule.cli.recipe.keys import KEYS
from chainrule.cli.recipe.writing import as_toml, text
from chainrule.cli.run.options import Options

SAME = ("model.safetensors", "history.csv", "run.toml")


def table(path, rows=120):
    sizes, places = [40 + i % 37 for i in range(rows)], ("town", "sea", "")
    lines = ["size;place;day;price"]
    lines += [f"{n};{places[i % 3]};{i % 28 + 1}.02.2026;{n * (2 + i % 3)},50" for i, n in enumerate(sizes)]
    path.write_text("\n".join(lines), encoding="utf-8")


def same(folder, names, files=SAME):
    return all(len({(folder / name / file).read_bytes() for name in names}) == 1 for file in files)


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("source", ["breast_cancer", "diabetes", "prices.csv --target price", "iris --validation 20"])
def test_a_run_comes_again(run, tmp_path, monkeypatch, source, engine):
    monkeypatch.setenv("CHAINRULE_ENGINE", engine)
    table(tmp_path / "prices.csv")
    assert run(f"train {source} --epochs 25 --patience 3 --seed 5 --dropout 0.05 --out first").code == 0
    assert "engine = " + f'"{engine}"' in (tmp_path / "first" / "run.toml").read_text(encoding="utf-8")
    again = run("train --config first/run.toml --out again")
    assert (again.code, again.err) == (0, "")
    assert run("train --config again --out once-more").code == 0
    assert same(tmp_path, ("first", "again", "once-more"))


def test_defaults_come_again_too(run, tmp_path):
    assert run("train wine --out first").code == 0
    assert run("train --config first --out again").code == 0
    assert same(tmp_path, ("first", "again"))
    assert len((tmp_path / "first" / "history.csv").read_text().splitlines()) < 201  # it stopped early


def test_embedded_words_come_again(run, tmp_path):
    lines = ["word,x,y", *(f"w{i % 80},{i % 13},{(i % 80) * 3 + i % 5}.5" for i in range(800))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    assert run("train t.csv --target y --epochs 3 --out first").code == 0
    found = tomllib.loads((tmp_path / "first" / "run.toml").read_text(encoding="utf-8"))
    assert found["found"]["embeddings"]
    assert run("train --config first --out again").code == 0
    assert same(tmp_path, ("first", "again"))


def test_every_line_has_its_words_in_both_languages(run, tmp_path):
    table(tmp_path / "prices.csv")
    for lang in ("en", "zh"):
        assert run(f"train prices.csv --target price --epochs 1 --lang {lang} --out {lang}").code == 0
    texts = {lang: (tmp_path / lang / "run.toml").read_text(encoding="utf-8") for lang in ("en", "zh")}
    assert tomllib.loads(texts["en"]) == tomllib.loads(texts["zh"])
    assert {name: set(keys) for name, keys in tomllib.loads(texts["en"]).items()} == {
        name: set(keys) for name, keys in KEYS.items()
    }
    assert "要预测的列" in texts["zh"]
    assert texts["en"] != texts["zh"]


def test_a_short_file_is_enough(run, tmp_path):
    (tmp_path / "mine.toml").write_text('[data]\nsource = "iris"\n[network]\nhidden = [5]\n[training]\nepochs = 2\n')
    assert run("train --config mine.toml").code == 0
    found = tomllib.loads((tmp_path / "run-iris" / "run.toml").read_text(encoding="utf-8"))
    assert found["network"]["hidden"] == [5]
    assert found["training"]["epochs"] == 2


def test_no_hidden_layer_comes_again(run, tmp_path):
    assert run("train iris --epochs 2 --hidden 0 --out first").code == 0
    assert run("train --config first --out again").code == 0
    assert same(tmp_path, ("first", "again"))


def test_the_command_line_overrules_aloud(run, tmp_path):
    run("train iris --epochs 2 --seed 3 --out first")
    done = run("train --config first --seed 0 --epochs 2 --lr 0.01 --out again")
    assert done.code == 0
    assert "--seed 0 overrules 3" in done.err
    assert "--lr 0.01 overrules 0.005" in done.err
    assert "--epochs" not in done.err  # it says the same
    found = tomllib.loads((tmp_path / "again" / "run.toml").read_text(encoding="utf-8"))
    assert found["data"]["seed"] == 0
    assert found["training"]["lr"] == 0.01
    other = run("train wine --config first --out other")
    assert other.code == 0
    assert "SOURCE wine overrules iris" in other.err


def test_what_nobody_said_overrules_nothing():
    assert Options().given == frozenset()
    assert Options(seed=0).given == {"seed"}


def test_a_changed_source_is_said(run, tmp_path):
    table(tmp_path / "prices.csv")
    run("train prices.csv --target price --epochs 1 --out first")
    table(tmp_path / "prices.csv", rows=121)
    done = run("train --config first --out again")
    assert done.code == 0
    assert "prices.csv is not what it was" in done.err
    assert "rows 120 → 121" in done.err
    run("train iris --epochs 1 --out own")
    text = (tmp_path / "own" / "run.toml").read_text(encoding="utf-8").replace('engine = "n', 'engine = "m')
    (tmp_path / "own" / "run.toml").write_text(text, encoding="utf-8")
    assert "last digits may differ" in run("train --config own --out again2").err


def test_a_path_is_found_beside_the_file_too(run, tmp_path, monkeypatch):
    project = tmp_path / "project"
    project.mkdir()
    table(project / "prices.csv")
    monkeypatch.chdir(project)
    run("train prices.csv --target price --epochs 2 --out first")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = run("train --config ../project/first --out again")
    assert done.code == 0
    assert f"prices.csv is not here; taken is {project / 'prices.csv'}" in done.err
    assert same(tmp_path, ("project/first", "elsewhere/again"), SAME[:2])
    assert run("train --config again --out more").err == ""
    (project / "beside.toml").write_text('[data]\nsource = "prices.csv"\ntarget = "price"\n[training]\nepochs = 1\n')
    done = run("train --config ../project/beside.toml --out third")
    assert done.code == 0
    assert "taken is ../project/prices.csv" in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[training]\nlearning_rate = 0.1", ["[training] learning_rate", "optimizer, lr, weight_decay"]),
        ("[training]\nepoch = 3", ["[training] epoch", "did you mean epochs?"]),
        ("[training]\ndropout = 0.1", ["[training] dropout", "did you mean dropout, [network]?"]),
        ("[trainig]\nlr = 0.1", ["run.toml, trainig", "[data], [network]", "did you mean [training]?"]),
        ("lr = 0.1", ["run.toml, lr", "did you mean lr, [training]?"]),
        ("data = 3", ["run.toml, data", "a table, [data]"]),
        ("[[data]]\nseed = 1", ["run.toml, data", "a table, [data]"]),
        ('[training]\nlr = "fast"', ["[training] lr", "'fast'", "a finite number above 0", "lr = 0.005"]),
        ("[training]\nlr = -1", ["[training] lr", "-1", "above 0"]),
        ("[training]\nlr = nan", ["[training] lr", "nan"]),
        ("[training]\nlr = true", ["[training] lr", "True"]),
        ("[training]\nepochs = 0", ["[training] epochs", "a whole number from 1 to"]),
        ("[training]\nepochs = 2.5", ["[training] epochs", "2.5", "a whole number"]),
        ("[training]\npatience = -1", ["[training] patience", "-1"]),
        ('[training]\noptimizer = "adan"', ["[training] optimizer", "'adan'", '"adamw"']),
        ("[training]\nweight_decay = inf", ["[training] weight_decay", "inf"]),
        ("[network]\ndropout = 1", ["[network] dropout", "from 0 up to, but not, 1"]),
        ("[network]\nhidden = 64", ["[network] hidden", "64", "a list of at most 50"]),
        ("[network]\nhidden = [64, 0]", ["[network] hidden", "[64, 0]"]),
        ("[network]\nactivation = true", ["[network] activation", "True"]),
        ("[data]\nseed = -1", ["[data] seed", "-1"]),
        ("[data]\ntest = 2.5", ["[data] test", "2.5", "a share between 0 and 1"]),
        ("[data]\ndrop = 1", ["[data] drop", "true or false"]),
        ('[data]\ntarget = ""', ["[data] target", "a text in quotes"]),
        ("[found]\nblake2b = 3", ["[found] blake2b", "3"]),
        ("[data\nseed = 1", ["run.toml, line 1, column 6", "TOML"]),
        ("[data]\nseed = 1\nseed = 2", ["run.toml, line 3"]),
        ("seed = ", ["run.toml, line 1", "TOML"]),
        ("a = " + "[" * 5000, ["run.toml", "TOML"]),
        ("a = " + "1" * 5000, ["run.toml", "TOML"]),
        ("", ["no source", "source = "]),
    ],
)
def test_a_wrong_file_is_one_message(run, tmp_path, text, words):
    (tmp_path / "run.toml").write_text(text)
    done = run("train --config run.toml")
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.splitlines()) == 4
    for word in words:
        assert word in done.err, done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.toml"]


@pytest.mark.parametrize(
    ("data", "word"),
    [(None, "no file"), (b"a = 'caf\xe9'", "run.toml, line 1"), (b"#" * 1_000_001, "1,000,000"), (b"\0\1\2", "TOML")],
)
def test_what_is_no_text_is_one_message(run, tmp_path, data, word):
    if data is not None:
        (tmp_path / "run.toml").write_bytes(data)
    done = run("train --config run.toml")
    assert done.code == 2
    assert word in done.err
    assert len(done.err.splitlines()) == 4


def test_a_byte_order_mark_is_no_fault(run, tmp_path):
    (tmp_path / "run.toml").write_text('[data]\nsource = "iris"\n[training]\nepochs = 1\n', encoding="utf-8-sig")
    assert run("train --config run.toml").code == 0


def test_no_source_at_all_is_refused(run):
    done = run("train")
    assert done.code == 2
    assert "SOURCE" in done.err


@pytest.mark.parametrize("value", ['a "quoted" \\ name', "tab\there", "line\nend", "温度.csv", "\x7f\x01", "'"])
def test_texts_read_back(value):
    assert tomllib.loads(f"a = {as_toml(value)}")["a"] == value


@pytest.mark.parametrize("value", [1e-5, 5e-05, 0.1 + 0.2, 1e22, 3.0, True, 7, [1, 2], [[70, 8]], []])
def test_values_read_back(value):
    back = tomllib.loads(f"a = {as_toml(value)}")["a"]
    assert back == value
    assert type(back) is type(value)


def test_an_interrupted_run_says_so():
    assert "after 12 epochs" in text({key: {} for key in KEYS}, 12)
    assert "Ctrl-C" not in text({key: {} for key in KEYS})


def test_another_process_and_another_number_of_threads(run, tmp_path):
    run("train breast_cancer --epochs 6 --out first")
    words = [sys.executable, "-m", "chainrule", "train", "--config", "first", "--out", "again", "--quiet"]
    alone = {**os.environ, "CHAINRULE_NUM_THREADS": "1"}
    subprocess.run(words, cwd=tmp_path, check=True, env=alone, capture_output=True)
    assert same(tmp_path, ("first", "again"))
