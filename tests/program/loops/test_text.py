"""The text of a step: it can be read, runs as ordinary Python, and its marked loops are vector code."""

import ast
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from benchmarks import (
    p01_xor,
    p02_clusters,
    p03_table,
    p04_dense,
    p05_norm_dropout,
    p06_conv_small,
    p07_conv,
    p08_gru,
    p09_gpt,
)
from benchmarks.recipe import Recipe
from chainrule import nn, optim
from chainrule.program.loops import objects
from chainrule.program.loops.step import CompiledStep
from chainrule.program.replay import Replay
from tests.program.loops.agreeing import differences, recorded, run
from tests.program.loops.networks import Training, network, tensor, trained

ROOT = Path(__file__).resolve().parents[3]


def of(kind: str, seed: int) -> Training:
    return network(seed, kind=kind)


def with_dropout() -> Training:
    cr.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Dropout(0.4), nn.LayerNorm(4), nn.Linear(4, 2)).double()
    draw = np.random.default_rng(0)
    batches = [(tensor(draw.normal(size=(5, 3)), "float64"), cr.tensor(draw.integers(0, 2, 5))) for _ in range(2)]
    step = trained(model, optim.Adam(model.parameters()), nn.CrossEntropyLoss(), 1.0)
    return Training(model, step, batches)


def with_gru() -> Training:
    cr.manual_seed(1)
    model = nn.GRU(3, 4, batch_first=True).double()
    draw = np.random.default_rng(0)
    batches = [(tensor(draw.normal(size=(3, 4, 3)), "float64"), tensor(draw.normal(size=(3, 4, 4)), "float64"))] * 2
    criterion = nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return Training(model, trained(model, optimizer, lambda out, y: criterion(out[0], y)), batches)


READ = {
    "dropout": with_dropout, "gru": with_gru,
    **{f"{kind} 3": partial(of, kind, 3) for kind in ("mlp", "conv", "recurrent", "attention")},
    **{f"{kind} 4": partial(of, kind, 4) for kind in ("mlp", "conv", "recurrent", "attention")},
    "mlp 9": partial(of, "mlp", 9), "conv 8": partial(of, "conv", 8),
}


def without_compiler() -> list[str]:
    """What differs between NumPy's text and the kernels run as ordinary Python: for a process whose JIT is off."""
    found = []
    for name, make in READ.items():
        training = make()
        training = training._replace(batches=training.batches[:2])
        recording = recorded(training.step, *training.batches[0], model=training.model)
        one, two = (run(kind, recording, training.batches[1:]) for kind in (Replay, CompiledStep))
        found += [f"{name}: {line}" for line in differences(one, two)]
    assert objects.statistics().compiled + objects.statistics().loaded == 0
    return found


@pytest.mark.parametrize("off", [{"NUMBA_DISABLE_JIT": "1"}, {"CHAINRULE_JIT": "0"}], ids=lambda off: next(iter(off)))
def test_runs_as_ordinary_python(off: dict[str, str], tmp_path: Path) -> None:
    """Every index is checked; what has not been written before it is read is not a number."""
    program = "import json\nfrom tests.program.loops import test_text as t\n"
    if "CHAINRULE_JIT" in off:  # the same switch by another name
        program += "t.READ = {name: t.READ[name] for name in ('dropout',)}\n"
    program += "print(json.dumps(t.without_compiler()))"
    environment = {**os.environ, **off, "CHAINRULE_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == []
    assert not any(path.is_file() for path in tmp_path.rglob("*.o"))


def test_can_be_read() -> None:
    """One function a kernel, each part under the name of its layer."""
    training = with_dropout()
    step = CompiledStep(recorded(training.step, *training.batches[0], model=training.model))
    text = step.source()
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == step.kernels
    for layer in ("0: linear", "1: gelu", "3: layer_norm", "4: linear", "cross_entropy", "0.weight in place"):
        assert layer in text, layer


RACES: dict[str, tuple[Recipe, int]] = {
    "P1": (p01_xor.RECIPE, 4), "P2": (p02_clusters.RECIPE, 200), "P3": (p03_table.RECIPE, 32),
    "P4": (p04_dense.RECIPE, 64), "P5": (p05_norm_dropout.RECIPE, 128), "P6": (p06_conv_small.RECIPE, 4),
    "P7": (p07_conv.RECIPE, 4), "P8": (p08_gru.RECIPE, 8), "P9": (p09_gpt.RECIPE, 2),
}


@pytest.mark.parametrize("name", RACES)
def test_marked_loops_are_vectors(name: str) -> None:
    recipe, rows = RACES[name]
    cr.manual_seed(0)
    model = recipe.model(cr)
    optimizer = getattr(cr.optim, recipe.rule)(recipe.parameters(model), **recipe.options)
    x, y = (np.asarray(a)[:rows] for a in recipe.data(rows))
    criterion = recipe.criterion(cr)
    step = trained(model, optimizer, criterion, recipe.clip)
    batch: list[Any] = [cr.tensor(x, dtype="float32") if x.dtype.kind == "f" else cr.from_numpy(x), cr.from_numpy(y)]
    made = CompiledStep(recorded(step, *batch, model=model))
    slow = [(kernel.label, kernel.kernel.text) for kernel in made.plan.kernels if not objects.vectorised(kernel.kernel)]
    assert not slow, "\n\n".join(f"# {label}\n{text}" for label, text in slow)
