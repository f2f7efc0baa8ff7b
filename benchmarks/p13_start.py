"""P13: from nothing to a trained XOR: a new process, imports, capture, compiling or loading, 10,000 epochs."""

import os
import subprocess
import sys
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from benchmarks.p01_xor import RECIPE
from benchmarks.race import Contestant, Pace, Race, Ready, within

HERE = Path(__file__).resolve().parents[1]
EPOCHS = 10_000
OURS = """
import sys
import chainrule as cr
from chainrule import nn, optim
X, y = cr.data.xor()
cr.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
sgd = optim.SGD(net.parameters(), lr=0.1)
trainer = cr.Trainer(net, loss=nn.BCEWithLogitsLoss(), optimizer=sgd, seed=0)
history = trainer.fit((X, y), epochs=int(sys.argv[1]), batch_size=4, progress=False)
print(history["loss"][-1])
"""
TORCH = """
import sys
import torch
from torch import nn
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
y = torch.tensor([[0.], [1.], [1.], [0.]])
net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
with torch.no_grad():
    for parameter, values in zip(net.parameters(), eval(sys.argv[2])):
        parameter.copy_(torch.tensor(values))
torch.set_num_threads(1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, fused=True)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(int(sys.argv[1])):
    optimizer.zero_grad()
    loss = criterion(net(X), y)
    loss.backward()
    optimizer.step()
print(loss.item())
"""
JAX = """
import sys
import jax
import jax.numpy as jnp
import numpy as np
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
y = np.array([[0], [1], [1], [0]], np.float32)
V, b, w, c = (jnp.asarray(np.array(values, np.float32).T) for values in eval(sys.argv[2]))

def loss_of(weights):
    V, b, w, c = weights
    z = jnp.tanh(X @ V + b) @ w + c
    return jnp.mean(jax.nn.softplus(z) - z * y)

def step(carry, _):
    loss, slopes = jax.value_and_grad(loss_of)(carry[0])
    return ([a - 0.1 * g for a, g in zip(carry[0], slopes)], loss), None

run = jax.jit(lambda start: jax.lax.scan(step, (start, 0.0), None, length=int(sys.argv[1]))[0][1])
print(float(run([V, b, w, c])))
"""


def _ready(program: str, fresh: bool, pace: Pace) -> Ready:
    """One process a round; `fresh` with an empty cache each time, else with one that it has filled itself."""
    cache = tempfile.TemporaryDirectory(prefix="chainrule-")
    weights = repr([value.tolist() for value in RECIPE.weights().values()])
    command = [sys.executable, "-c", program, str(EPOCHS), weights]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    losses: list[float] = []

    def run(folder: str) -> float:
        full = {**environment, "PYTHONPATH": str(HERE), "CHAINRULE_CACHE": folder}
        start = perf_counter()
        done = subprocess.run(command, env=full, capture_output=True, text=True, check=True)
        spent = perf_counter() - start
        losses.append(float(done.stdout.split()[-1]))
        return spent

    def one_round() -> float:
        if not fresh:
            return run(cache.name)
        with tempfile.TemporaryDirectory(prefix="chainrule-") as folder:
            return run(folder)

    return Ready(one_round, lambda: losses[-1], cache.cleanup)


def _peer(module: str, program: str, pace: Pace) -> Ready:
    if find_spec(module) is None:
        raise ImportError("not installed")
    return _ready(program, fresh=False, pace=pace)


RACE = Race(
    id="P13",
    work=f"new process to trained XOR, {EPOCHS:,} epochs: import, capture, load or compile, run",
    unit="process",
    contestants=(
        Contestant("chainrule, warm cache", partial(_ready, OURS, False)),
        Contestant("chainrule, cold cache", partial(_ready, OURS, True)),
        Contestant("JAX scan", partial(_peer, "jax", JAX)),
        Contestant("PyTorch, one thread", partial(_peer, "torch", TORCH)),
    ),
    goals=(
        within(0.3, "chainrule, warm cache", "at most 0.3 s with a warm cache"),
        within(2.5, "chainrule, cold cache", "at most 2.5 s with a cold one"),
    ),
)
