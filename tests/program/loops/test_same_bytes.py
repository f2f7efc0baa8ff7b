"""The same bytes, whoever runs a step: any number of threads, any process, a cold cache or a warm one."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chainrule import config
from chainrule.program.loops import plan, runtime
from chainrule.program.loops.step import CompiledStep
from tests.program.loops.agreeing import recorded, run
from tests.program.loops.networks import network

ROOT = Path(__file__).resolve().parents[3]
SEEDS = [0, 1, 5, 7, 10, 46, 75, 93]


def digest(seed: int, dtype: str = "float32") -> str:
    """What three steps of a network leave, in few letters."""
    training = network(seed, dtype)
    recording = recorded(training.step, *training.batches[0], model=training.model)
    found = hashlib.sha256()
    for step in run(CompiledStep, recording, training.batches):
        for name, array in step.left:
            found.update(name.encode() + (b"" if array is None else array.tobytes()))
    return found.hexdigest()


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every track in as many shards as it has rows for, no step one kernel, and helpers for all of it."""
    monkeypatch.setattr(plan, "SHARD", 1e-9)
    monkeypatch.setattr(plan, "SMALL", -1)
    monkeypatch.setattr(runtime, "WORTH", -1)


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("seed", SEEDS)
def test_threads(seed: int) -> None:
    found = {}
    for threads in (1, 2, 4):
        with config.settings(threads=threads):
            found[threads] = [digest(seed) for _ in range(2 if threads > 1 else 1)]
    assert len({one for some in found.values() for one in some}) == 1, found


def test_steps_that_run_at_once() -> None:
    """Four threads of Python, each with a step of its own."""
    alone = [digest(seed) for seed in SEEDS[:4]]
    trainings = [network(seed, "float32") for seed in SEEDS[:4]]
    recordings = [recorded(t.step, *t.batches[0], model=t.model) for t in trainings]

    def left(place: int) -> str:
        found = hashlib.sha256()
        for step in run(CompiledStep, recordings[place], trainings[place].batches):
            for name, array in step.left:
                found.update(name.encode() + (b"" if array is None else array.tobytes()))
        return found.hexdigest()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(left, range(4))) == alone


def asked(folder: Path, seed: str, **more: str) -> list[str]:
    program = f"from tests.program.loops.test_same_bytes import digest\nprint(*[digest(s) for s in {SEEDS[:5]}])"
    environment = {**os.environ, "CHAINRULE_CACHE": str(folder), "PYTHONHASHSEED": seed, **more}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_processes_and_caches(tmp_path: Path) -> None:
    cold = asked(tmp_path, "1")
    assert len(cold) == 5
    assert any(tmp_path.rglob("*"))
    assert asked(tmp_path, "2", TZ="Asia/Tokyo") == cold  # warm
    assert [digest(seed) for seed in SEEDS[:5]] == cold


def test_a_digest_can_differ() -> None:
    made: list[Any] = [digest(seed) for seed in SEEDS[:3]]
    assert len(set(made)) == 3
    assert digest(SEEDS[0], "float64") != made[0]
