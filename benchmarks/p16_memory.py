"""P16: the most memory that a process holds while it trains the network of P7 for one epoch of MNIST.

Counted is the whole process: interpreter, library, the 60,000 pictures (188 MB) and all that training needs. Without
the files of MNIST, invented pictures of the same size take their place.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks import recipe
from benchmarks.race import Contestant, Goal, Pace, Race, Ready, Result
from benchmarks.recipe import Rows

HERE = Path(__file__).resolve().parents[1]
ROWS = 60_000
FACTOR = 2
# Linux: VmHWM is the peak of this program alone; what getrusage says includes the parent before exec.
PEAK = """
import pathlib, resource
status = pathlib.Path("/proc/self/status")
if status.exists():
    lines = status.read_text().splitlines()
    print(1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if __import__("sys").platform == "darwin" else 1024))
"""
LOAD = """
import sys
import numpy as np
X, y = np.load(sys.argv[1] + "/X.npy"), np.load(sys.argv[1] + "/y.npy")
"""
OURS = LOAD + """
import chainrule
from benchmarks.convolutions import network
cr = chainrule
model = network(32, 64, 128, cr)
trainer = cr.Trainer(model, loss=cr.nn.CrossEntropyLoss(), optimizer=cr.optim.Adam(model.parameters()), seed=0)
trainer.fit((X, y), epochs=1, batch_size=64, progress=False)
""" + PEAK
TORCH = LOAD + """
import torch
from torch import nn
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Linear(128, 10),
)
X, y = torch.from_numpy(X), torch.from_numpy(y)
optimizer = torch.optim.Adam(model.parameters(), fused=True)
criterion = nn.CrossEntropyLoss()
for rows in torch.randperm(len(X)).split(64):
    optimizer.zero_grad()
    criterion(model(X[rows]), y[rows]).backward()
    optimizer.step()
""" + PEAK


def _rows(count: int) -> Rows:
    from chainrule.data import mnist
    from chainrule.errors import FileError

    try:
        X, y = mnist(download=False)
    except FileError:
        X, y = recipe.pictures(count)
    return np.ascontiguousarray(X[:count].reshape(-1, 1, 28, 28), np.float32), y[:count]


def _ready(needs: str, program: str, pace: Pace) -> Ready:
    if find_spec(needs) is None:
        raise ImportError("not installed")
    folder = tempfile.TemporaryDirectory(prefix="chainrule-")
    X, y = _rows(max(128, round(ROWS * pace.share)))
    np.save(Path(folder.name, "X.npy"), X)
    np.save(Path(folder.name, "y.npy"), y)
    environment = {**os.environ, "PYTHONPATH": str(HERE)}

    def one_round() -> float:
        command = [sys.executable, "-c", program, folder.name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1])

    return Ready(one_round, close=folder.cleanup)


def _reached(result: Result) -> bool | None:
    return result.ratio("PyTorch") >= FACTOR if "PyTorch" in result.seconds else None


RACE = Race(
    id="P16",
    work="peak memory of the process, conv 32-64 + 128, one epoch of MNIST",
    unit="epoch",
    contestants=(
        Contestant("chainrule", partial(_ready, "chainrule", OURS)),
        Contestant("PyTorch", partial(_ready, "torch", TORCH)),
        Contestant("NumPy and the data alone", partial(_ready, "numpy", LOAD + PEAK)),
    ),
    goals=(Goal("at most half of PyTorch's", _reached),),
    measure="bytes",
    rounds=1,
)
