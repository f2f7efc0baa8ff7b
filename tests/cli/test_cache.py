"""`chainrule cache`: what is kept, emptied, filled."""

import json

import pytest

from chainrule.cli import warming
from chainrule.program.loops import objects


@pytest.fixture(autouse=True)
def _new_process(monkeypatch):
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(objects, "_by_kernel", {})
    monkeypatch.setattr(objects, "_by_key", {})


def test_empty(run, tmp_path):
    for line in ("cache", "cache --size"):
        done = run(line)
        assert done.code == 0
        assert done.out == f"0 compiled kernels, 0 kB, in {tmp_path / 'cache' / 'kernels'}\n"
    assert "0 个" in run("cache --lang zh").out


def test_filled_and_emptied(run, monkeypatch):
    from chainrule.program.loops import helper, leader, tile, transpose

    for part in (leader.leader, helper.helper):
        part.cache_clear()
    monkeypatch.setattr(tile, "_addresses", {})
    monkeypatch.setattr(transpose, "_addresses", {})
    first = json.loads(run("cache --warm --json").out)
    assert first["compiled"] >= 8
    assert first["kernels"] == first["compiled"]
    assert first["bytes"] > 10_000
    again = json.loads(run("cache --warm --json").out)
    assert again["compiled"] == 0
    assert (again["kernels"], again["bytes"]) == (first["kernels"], first["bytes"])
    told = run("cache --clear")
    assert "removed: " in told.out
    assert "0 compiled kernels, 0 kB" in told.out
    assert json.loads(run("cache --clear --json").out)["freed"] == 0


def test_warming_trains_every_network_with_the_compiled_engine(run, monkeypatch):
    asked = []

    class Noted(warming.Trainer):
        def fit(self, *given, **options):
            asked.append((self.engine, given[0][0].shape, options["batch_size"]))
            return super().fit(*given, **options)

    monkeypatch.setattr(warming, "Trainer", Noted)
    said = run("cache --warm").out
    assert "compiled, " in said
    assert "found, in " in said
    assert [engine for engine, *_ in asked] == ["numba"] * len(warming.NETWORKS)
    assert all(shape[0] == 2 * batch for _, shape, batch in asked)


def test_without_the_compiler_warming_names_what_to_install(run, monkeypatch):
    from chainrule.errors import MissingExtraError

    def missing():
        raise MissingExtraError("program.llvm", "engine numba")

    monkeypatch.setattr(warming, "warmed", missing)
    done = run("cache --warm")
    assert done.code == 5
    assert 'pip install "chainrule[fast]"' in done.err
