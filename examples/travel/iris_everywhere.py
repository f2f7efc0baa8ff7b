"""The iris network in C, in JavaScript, in ONNX and in plain NumPy, and how far each is from the library.

    python examples/travel/iris_everywhere.py [FOLDER]

Writes five files into FOLDER (run-travel), runs those for which this machine has what they need, and prints the largest
difference of any probability, below 0.000001 for all of them. Scaling travels inside: each reads centimetres.
"""

import json
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule import nn, optim

MOST = 1e-6
folder = Path(sys.argv[1] if len(sys.argv) > 1 else "run-travel")

flowers = cr.data.iris()
X = flowers.X.astype(np.float32)
mean, std = cr.tensor(X.mean(0)), cr.tensor(X.std(0))


def scaled(x):
    """Each measure with mean 0 and deviation 1."""
    return (x - mean) / std


cr.manual_seed(0)
model = nn.MLP([4, 16, 3], activation="tanh")
trainer = cr.Trainer(model, loss=nn.CrossEntropyLoss(), optimizer=optim.Adam(model.parameters(), lr=0.01), seed=0)
trainer.fit((scaled(cr.tensor(X)), flowers.y), epochs=60, batch_size=16, progress=False)
with cr.no_grad():
    model.eval()
    want = cr.softmax(model(scaled(cr.tensor(X)))).numpy()

steps = {"input_shape": (4,), "before": scaled, "after": cr.softmax}
answers = {}

cr.export.numpy(model, folder / "iris.py", **steps)
answers["NumPy"] = runpy.run_path(str(folder / "iris.py"))["predict"](X)

cr.export.c(model, folder / "iris.c", **steps)
if shutil.which("cc"):
    subprocess.run(["cc", "-std=c99", "-O2", "-o", "iris", "iris.c", "-lm"], cwd=folder, check=True)  # noqa: S607
    rows = "\n".join(",".join(map(str, row)) for row in X)
    text = subprocess.run([folder / "iris"], input=rows, capture_output=True, text=True, check=True).stdout  # noqa: S603
    answers["C"] = [[float(word) for word in line.split(",")] for line in text.splitlines()]

cr.export.javascript(model, folder / "iris.mjs", **steps)
if shutil.which("node"):
    code = f"import {{ predict }} from './iris.mjs'; console.log(JSON.stringify(predict({X.tolist()})));"
    command = ["node", "--input-type=module", "-e", code]
    text = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603
    answers["JavaScript"] = json.loads(text)

if find_spec("onnx"):
    cr.export.onnx(model, folder / "iris.onnx", **steps)
    if find_spec("onnxruntime"):
        import onnxruntime

        answers["ONNX"] = onnxruntime.InferenceSession(folder / "iris.onnx").run(None, {"x": X})[0]

off = {name: float(np.abs(np.asarray(made) - want).max()) for name, made in answers.items()}
for name, largest in off.items():
    print(f"{name:<10} {largest:.1e}")
for file in sorted(folder.glob("iris*.*")):
    print(f"{file.name:<10} {file.stat().st_size:>7,} bytes")
sys.exit(max(off.values()) >= MOST)
