"""Every race runs, in a tiny size and without its peers, on every engine; and every library computes the same."""

import dataclasses
import json
from contextlib import ExitStack

import numpy as np
import pytest

import chainrule as cr
from benchmarks import __main__, in_jax, ours, p09_gpt, pytorch, race, report
from benchmarks.race import TINY

RACES = __main__.races()
# Those start processes of their own, which choose their engine by themselves.
PROCESSES = {"P13", "P14", "P16"}


@pytest.fixture(params=["numpy", "numba"])
def engine(request):
    with ExitStack() as stack:
        try:
            stack.enter_context(cr.settings(engine=request.param))
        except cr.ChainruleError:
            pytest.skip(f"no engine {request.param} here")
        yield request.param


def _ours_alone(entered, engine="numba"):
    ours_only = (contestant for contestant in entered.contestants if contestant.name.startswith("chainrule"))
    # The NumPy engine has one thread in any case.
    alone = tuple(each for each in ours_only if engine == "numba" or not each.name.endswith("one thread"))
    return dataclasses.replace(entered, contestants=alone, rounds=None if entered.rounds is None else 1)


@pytest.mark.parametrize("id", [id for id in RACES if id not in PROCESSES])
def test_a_race_runs_on_every_engine_without_peers(id, engine):
    entered = _ours_alone(RACES[id], engine)
    row = report.data(entered, race.run(entered, 1, TINY))
    assert all(entry["median"] > 0 for entry in row["contestants"])
    losses = [entry["loss"] for entry in row["contestants"]]
    assert len(losses) == len(entered.contestants)
    assert np.isfinite(losses).all()
    assert row["losses agree"]  # at one thread and at all
    # Who is faster nobody can say without peers; what needs none is a matter of time, and no test is timed.
    alone = any(word in row["work"] for word in ("neighbour", "instruments", "checks"))
    assert all(goal["reached"] is None or alone or "floor" in goal["words"] for goal in row["goals"])
    json.dumps(row)
    assert row["id"] in report.table(row)


@pytest.mark.slow
@pytest.mark.parametrize("id", sorted(PROCESSES - {"P14"}))
def test_a_race_of_processes_runs_without_peers(id):
    entered = _ours_alone(RACES[id])
    row = report.data(entered, race.run(entered, 1, TINY))
    assert all(entry["median"] > 0 for entry in row["contestants"])
    assert row["measure"] == ("bytes" if id == "P16" else "seconds")
    if id == "P16":
        assert 20e6 < row["contestants"][0]["median"] < 1e9
        assert "MB" in report.table(row)


RECIPES = {
    "P1": "p01_xor", "P2": "p02_clusters", "P3": "p03_table", "P4": "p04_dense", "P5": "p05_norm_dropout",
    "P6": "p06_conv_small", "P8": "p08_gru", "P9": "p09_gpt",
}


def _recipe(id):
    from importlib import import_module

    return dataclasses.replace(import_module(f"benchmarks.{RECIPES[id]}").RECIPE, check=2)


@pytest.mark.parametrize("id", RECIPES)
def test_pytorch_computes_the_same(id):
    pytest.importorskip("torch")
    recipe = _recipe(id)
    mine = ours.prepare(recipe, None, TINY).loss()
    theirs = pytorch.prepare(recipe, 1, False, TINY).loss()
    assert theirs == pytest.approx(mine, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("id", RECIPES)
def test_jax_computes_the_same(id):
    jax = pytest.importorskip("jax")
    recipe = _recipe(id)
    mine = ours.prepare(recipe, None, TINY).loss()
    given = in_jax.batches(recipe, recipe.rows(TINY))
    carry, step = in_jax.stepper(recipe, recipe.jax, noise=False)
    losses = []
    for _ in range(recipe.check):
        for i in range(len(given[0])):
            carry, loss = jax.jit(step)(carry, tuple(part[i] for part in given))
            losses.append(float(loss))
    assert np.mean(losses[-len(given[0]):]) == pytest.approx(mine, rel=1e-4)


def test_all_begin_with_the_same_weights():
    recipe = p09_gpt.RECIPE
    first, second = recipe.weights(), recipe.weights()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    state = ours.trainer(recipe).model.state_dict()
    assert all(np.array_equal(first[name], state[name].numpy()) for name in first)


def test_the_gpt_has_the_size_of_nanogpt():
    # 4 layers of 12 · 128² and two norms of 128, a last norm, 65 characters and 64 places of 128.
    count = sum(value.size for value in p09_gpt.RECIPE.weights().values())
    assert count == 4 * (12 * 128**2 + 2 * 128) + 128 + (65 + 64) * 128


def test_matrices_alone_decay():
    model = p09_gpt.RECIPE.model(cr)
    matrices, others = p09_gpt.RECIPE.parameters(model)
    assert {parameter.ndim for parameter in matrices["params"]} == {2}
    assert {parameter.ndim for parameter in others["params"]} == {1}
    assert others["weight_decay"] == 0.0
