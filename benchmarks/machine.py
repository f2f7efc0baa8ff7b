"""What a race was run on: processor, load, versions, and the instruction set that each peer uses."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks import floor
from chainrule import config

PACKAGES = ("chainrule", "numpy", "numba", "llvmlite", "torch", "jax", "scikit-learn")


def processor() -> str:
    """The processor's own name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def versions() -> dict[str, str | None]:
    """The installed version of each contestant; `None` for one that is missing."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def instruction_sets() -> dict[str, str]:
    """What each installed peer says it uses."""
    built: Any = np.show_config(mode="dicts")
    found = built.get("SIMD Extensions", {}).get("found", [])
    sets = {"NumPy loops": " ".join(found[-3:]) or "baseline"}
    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            sets[f"BLAS ({pool['internal_api']} {pool['version']})"] = str(pool.get("architecture", "unknown"))
    if versions()["torch"]:
        import torch

        sets["PyTorch"] = str(torch.backends.cpu.get_cpu_capability())
    return sets


def describe() -> dict[str, Any]:
    """Everything a reader needs to judge a figure, as plain data."""
    rate, how = floor.rate(config.threads())
    return {
        "processor": processor(),
        "processors allowed": config.threads(),
        "load before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "engine": config.engine(),
        "multiply-adds a second": f"{rate:.3g} in float32 ({how}, all threads)",
        "bytes copied a second": f"{floor.copy_rate():.2g}",
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": versions(),
        "instruction sets": instruction_sets(),
    }
