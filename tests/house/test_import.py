"""`import chainrule` is quick and brings nothing heavy along."""

import os
import subprocess
import sys

import pytest

from tests.house import source

HEAVY = {
    *("cyclopts", "google", "hypothesis", "IPython", "jax", "joblib", "llvmlite", "matplotlib", "msgspec", "narwhals"),
    *("numba", "onnx", "onnxruntime", "optuna", "pandas", "PIL", "platformdirs", "rich", "safetensors", "scipy"),
    *("sklearn", "tensorboardX", "torch"),
}


def _python(code, cache):
    # Compiled files in a folder of this test, so that a first, compiling run is never the one that is judged.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(cache), "PYTHONPATH": str(source.ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_nothing_heavy_is_loaded(tmp_path):
    rooms = ("nn", "nn.functional", "optim", "data", "train", "plots", "export", "cli")
    doors = ", ".join(f"chainrule.{room}" for room in rooms)
    used = "chainrule.tensor, chainrule.nn.Linear, chainrule.optim.Adam, chainrule.data.iris, chainrule.Trainer"
    code = f"import sys, {doors}; {used}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = _python(code, tmp_path).split()
    assert HEAVY & set(loaded) == set()


@pytest.mark.slow
def test_import_costs_at_most_a_tenth_of_a_second_over_numpy(tmp_path):
    # With what a program uses of it reached: names are looked up late, and the bare import costs next to nothing.
    # Processor time and the best of several: a busy neighbour must not decide. The race P14 tells the rest.
    used = "import chainrule as cr; cr.tensor, cr.nn.Linear, cr.optim.Adam, cr.data.iris, cr.Trainer"
    code = f"import numpy, time; start = time.process_time(); {used}; print(time.process_time() - start)"
    times = [float(_python(code, tmp_path)) for _ in range(6)]
    assert min(times[1:]) <= 0.1, times
