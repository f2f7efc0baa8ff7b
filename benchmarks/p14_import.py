"""P14: what `import chainrule` costs in a fresh process.

Public names are looked up when first used, so the bare import is not what a program pays: judged is the import with
the tensor, a layer, an optimizer and the trainer reached.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks.race import Contestant, Goal, Pace, Race, Ready, Result

ALLOWED = 0.1  # seconds over NumPy
HERE = Path(__file__).resolve().parents[1]


IN_USE = "chainrule as cr; cr.tensor, cr.nn.Linear, cr.optim.Adam, cr.Trainer"


def _seconds(imported: str, environment: dict[str, str]) -> float:
    code = f"from time import perf_counter as now; start = now(); import {imported}; print(now() - start)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _prepare(imported: str, pace: Pace) -> Ready:
    if find_spec(imported.split(maxsplit=1)[0]) is None:
        raise ImportError("not installed")
    # Byte code may be written, as in any installation: the first, compiling import is the warm-up.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return Ready(partial(_seconds, imported, environment | {"PYTHONPATH": str(HERE)}))


def _prepare_uncompiled(pace: Pace) -> Ready:
    folder = tempfile.TemporaryDirectory(prefix="chainrule-")
    shutil.copytree(HERE / "chainrule", Path(folder.name) / "chainrule", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": folder.name}

    return Ready(partial(_seconds, IN_USE, environment), close=folder.cleanup)


def _reached(result: Result) -> bool:
    return result.excess("NumPy") <= ALLOWED


RACE = Race(
    id="P14",
    work="import in a fresh process",
    unit="import",
    contestants=(
        Contestant("chainrule in use", partial(_prepare, IN_USE)),
        Contestant("chainrule in use, no byte code", _prepare_uncompiled),
        Contestant("chainrule, bare import", partial(_prepare, "chainrule")),
        Contestant("NumPy", partial(_prepare, "numpy")),
        Contestant("Numba", partial(_prepare, "numba")),
        Contestant("JAX", partial(_prepare, "jax")),
        Contestant("PyTorch", partial(_prepare, "torch")),
    ),
    goals=(Goal(f"at most NumPy + {ALLOWED} s", _reached),),
)
