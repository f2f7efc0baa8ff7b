"""kill -9, for real: at random instants, and at every system call of a save; what is resumed ends the same."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).parent / "killed_run.py"
KINDS = ("epochs", "minutes")


def start(folder, kind, *rest):
    command = [sys.executable, "-W", "error", PROGRAM, folder, kind, *map(str, rest)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process):
    """The digest that a run printed, and the system calls that its saves made."""
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    _, digest, calls = out.splitlines()[-1].split()
    return digest, int(calls)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What becomes of the training when nobody kills it, how long it takes, and the calls of its saves."""
    found, last = {}, 0.0
    for kind in KINDS:
        begun = time.monotonic()
        process = start(tmp_path_factory.mktemp(kind) / "run", kind)
        found[kind] = ended(process)
        last = time.monotonic() - begun
    assert found["epochs"][0] == found["minutes"][0]
    return found, last


def killed_until_it_ends(folder, kind, wait, kills):
    """Kill a run after random times, so often, and let the last one end."""
    begun = 0
    for _ in range(kills):
        process = start(folder, kind)
        try:
            process.wait(timeout=wait())
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            begun += process.communicate()[0].startswith("begins")
        else:
            assert process.returncode == 0, process.communicate()[1]
            process.communicate()
            break
    return ended(start(folder, kind))[0], begun


def rounds(tmp_path, undisturbed, total, each):
    """Several runs, killed `each` times or fewer, until so many kills have hit a run that was under way."""
    (expected, seconds), hits, number, rng = undisturbed, 0, 0, np.random.default_rng(1)
    while hits < total:
        kind = KINDS[number % 2]
        folder = tmp_path / f"run{number}"
        digest, begun = killed_until_it_ends(folder, kind, lambda: rng.uniform(0.3, 1.0) * seconds, each)
        assert digest == expected[kind][0]
        assert not list(folder.glob("*.part"))
        hits, number = hits + begun, number + 1
    return hits


@pytest.mark.slow
def test_killed_at_random_instants(tmp_path, undisturbed):
    assert rounds(tmp_path, undisturbed, 6, 3) >= 6


@pytest.mark.night
@pytest.mark.timeout(3600)
def test_killed_two_hundred_times_at_random_instants(tmp_path, undisturbed):
    assert rounds(tmp_path, undisturbed, 200, 5) >= 200


def killed_at_call(tmp_path, kind, at):
    """The digest after a kill and a resumption; and whether the run lived to make that call."""
    process = start(tmp_path / f"{kind}{at}", kind, at)
    process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL)
    return ended(start(tmp_path / f"{kind}{at}", kind))[0], process.returncode != 0


@pytest.mark.slow
def test_killed_at_some_system_calls_of_its_saves(tmp_path, undisturbed):
    for at in (1, 3, 6, 20):
        assert killed_at_call(tmp_path, "epochs", at) == (undisturbed[0]["epochs"][0], True)


@pytest.mark.night
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_system_call_of_its_first_saves(kind, tmp_path, undisturbed):
    digest, _ = undisturbed[0][kind]
    rows = [killed_at_call(tmp_path, kind, at) for at in range(1, 45)]
    assert {found for found, _ in rows} == {digest}
    kills = [killed for _, killed in rows]
    assert kills.count(True) > (43 if kind == "epochs" else 10)  # how many fall due by the clock, the clock knows
