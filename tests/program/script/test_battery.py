"""A script equals the NumPy engine bit for bit: random networks, losses and optimizers, each run on its own."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr

spec = importlib.util.spec_from_file_location("script_cases", Path(__file__).with_name("cases.py"))
assert spec is not None
assert spec.loader is not None
cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cases)

QUICK, ALL = 16, 240
LATER = [pytest.param(number, marks=pytest.mark.night) for number in range(QUICK, ALL)]
KEEPS = "\nnp.save('history.npy', np.array(history))\n"


def ran(text, folder):
    """What a program leaves behind, run by a bare interpreter: its losses, its weights, its words."""
    (folder / "network.py").write_text(text + KEEPS, encoding="utf-8")
    command = [sys.executable, "-I", "-X", "utf8", "-W", "ignore", "network.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return np.load(folder / "history.npy"), dict(np.load(folder / "weights.npz")), done.stdout


def allowed(case, text):
    """Lines that a program may have: 60, and 14 for each small layer, 45 for each large one.

    What a training has beside its network comes on top of it, a few lines each: clipping, a schedule, weights of rows
    or classes, groups of parameters, the statistics of NAdam; and functions for a short last batch that need their own.
    """
    layers = 14 * case.dense + 45 * case.large
    if "def forward_last" in text:
        layers *= 2
    trainer = case.trainer
    groups = len(trainer.optimizer.param_groups) > 1
    weighted = len(case.data) > 2 or "class_weights" in text or "row_weights" in text
    clipped = trainer.clip_norm is not None or trainer.clip_value is not None
    beside = [clipped, trainer.schedule is not None, weighted, groups, type(trainer.optimizer).__name__ == "NAdam"]
    return 60 + layers + 6 * sum(beside)


@pytest.mark.parametrize("number", [*range(QUICK), *LATER])
def test_equals_the_numpy_engine(number, tmp_path):
    case = cases.case(number)
    text = cr.script(case.trainer, case.data, epochs=case.epochs, batch_size=case.batch_size, lang="en")
    losses, weights, words = ran(text, tmp_path)
    history = case.trainer.fit(case.data, epochs=case.epochs, batch_size=case.batch_size, progress=False)
    np.testing.assert_array_equal(losses, list(history["loss"]), err_msg=case.words)
    state = case.trainer.model.state_dict()
    assert sorted(weights) == sorted(state), case.words
    for name, value in state.items():
        np.testing.assert_array_equal(weights[name], value.numpy(), err_msg=f"{case.words}\n{name}")
        assert weights[name].dtype == value.numpy().dtype
    assert f"epoch {case.epochs}: loss {losses[-1]:.6f}" in words
    lines = sum(bool(line.strip()) for line in text.splitlines())
    assert lines <= allowed(case, text), case.words
