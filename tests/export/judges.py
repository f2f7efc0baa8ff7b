"""Those who judge an export: onnxruntime, ONNX's reference, a C compiler, Node, and plain NumPy."""

import json
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

CC = ("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-O2")
needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no Node")


def flat(result: Any) -> list[Any]:
    """The tensors of an answer, in order."""
    if hasattr(result, "numpy"):
        return [result]
    parts = result.values() if isinstance(result, dict) else result or ()
    return [tensor for part in parts for tensor in flat(part)]


def tensors(arrays: list[Any]) -> list[Any]:
    return [cr.from_numpy(array) for array in arrays]


def answers(model: Any, arrays: list[Any]) -> list[Any]:
    """What the library itself answers, in evaluation mode."""
    model.eval()
    with cr.no_grad(), np.errstate(all="ignore"):
        return [tensor.numpy() for tensor in flat(model(*tensors(arrays)))]


def in_float32(arrays: list[Any]) -> list[Any]:
    return [array.astype(np.float32) if array.dtype.kind == "f" else array for array in arrays]


def in_float64(arrays: list[Any]) -> list[Any]:
    return [array.astype(np.float64) if array.dtype.kind == "f" else array for array in arrays]


def repeated(arrays: list[Any], axis: int | None, rows: int) -> list[Any]:
    """The same inputs with so many rows."""
    if axis is None:
        return arrays
    return [np.take(array, np.arange(rows) % array.shape[axis], axis) for array in arrays]


def as_rows(arrays: list[Any], axis: int | None) -> Any:
    """Inputs as C and JavaScript get them: a row of numbers for each, one input after the other."""
    if axis is None:
        return np.concatenate([array.reshape(-1) for array in arrays])[None].astype(np.float64)
    parts = [np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1) for array in arrays]
    return np.concatenate(parts, 1).astype(np.float64)


def answer_rows(model: Any, arrays: list[Any], axis: int | None) -> Any:
    """The library's answers in float64, as C and JavaScript give them; the axis of rows is found by doubling them."""
    for module in model.modules():
        if isinstance(module, nn.RMSNorm) and module.eps is None:
            module.eps = float(np.finfo(np.float32).eps)  # the default follows the dtype; exported was float32's
    made = answers(model.double(), in_float64(arrays))
    if axis is None:
        return np.concatenate([answer.reshape(-1) for answer in made])[None]
    rows = arrays[0].shape[axis]
    twice = answers(model, in_float64(repeated(arrays, axis, 2 * rows)))
    found = []
    for one, two in zip(made, twice, strict=True):
        (place,) = (i for i in range(one.ndim) if one.shape[i] != two.shape[i])
        found.append(np.moveaxis(one, place, 0).reshape(rows, -1))
    return np.concatenate(found, 1).astype(np.float64)


def onnxruntime_answers(path: Path, arrays: list[Any]) -> list[Any]:
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    made: list[Any] = session.run(None, dict(zip(names, arrays, strict=True)))
    return made


def reference_answers(path: Path, arrays: list[Any]) -> list[Any]:
    reference = pytest.importorskip("onnx.reference")
    evaluator = reference.ReferenceEvaluator(str(path))
    with np.errstate(all="ignore"):
        made: list[Any] = evaluator.run(None, dict(zip(evaluator.input_names, arrays, strict=True)))
    return made


def numpy_answers(path: Path, arrays: list[Any]) -> list[Any]:
    """What the file answers on its own, as a program of NumPy."""
    with np.errstate(all="ignore"):
        made = runpy.run_path(str(path))["predict"](*arrays)
    return list(made) if isinstance(made, tuple) else [made]


def c_answers(paths: list[Path], rows: list[Any]) -> list[Any]:
    """What C functions answer, several compiled and run together."""
    folder = paths[0].parent
    names = [path.stem for path in paths]
    heads = "\n".join(f'#include "{name}.h"' for name in names)
    table = "\n".join(f"    {{{n}_predict, {n.upper()}_INPUTS, {n.upper()}_OUTPUTS}}," for n in names)
    widest = " + ".join(f"{name.upper()}_INPUTS + {name.upper()}_OUTPUTS" for name in names)
    (folder / "driver.c").write_text(f"""
#include <stdio.h>
{heads}
static const struct {{ void (*predict)(const double *, double *); int inputs, outputs; }} all[] = {{
{table}
}};
int main(void) {{
    static double x[{widest}], y[{widest}];
    int k;
    while (scanf("%d", &k) == 1) {{
        for (int i = 0; i < all[k].inputs; i++) if (scanf("%lf", x + i) != 1) return 1;
        all[k].predict(x, y);
        for (int i = 0; i < all[k].outputs; i++) printf("%.17g ", y[i]);
        printf("\\n");
    }}
    return 0;
}}
""")
    program = folder / "driver"
    command = [*CC, *(f"-D{name.upper()}_NO_MAIN" for name in names), *paths, folder / "driver.c", "-o", program, "-lm"]
    subprocess.run(command, check=True)
    text = "\n".join(f"{k} {' '.join(map(repr, row.tolist()))}" for k, given in enumerate(rows) for row in given)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    lines = iter(done.stdout.splitlines())
    return [np.array([[float(word) for word in next(lines).split()] for _ in given]) for given in rows]


def javascript_answers(paths: list[Path], rows: list[Any]) -> list[Any]:
    """What JavaScript modules answer, several in one run of Node."""
    program = f"""
import {{ readFileSync }} from "fs";
const given = JSON.parse(readFileSync(0, "utf8"));
const made = [];
for (const [k, path] of {json.dumps([path.as_uri() for path in paths])}.entries()) {{
    const module = await import(path);
    made.push(module.predict(given[k]).map((row) => row.map(String)));
}}
console.log(JSON.stringify(made));
"""
    command = ["node", "--input-type=module", "-e", program]
    given = json.dumps([array.tolist() for array in rows])
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [np.array([[float(word) for word in row] for row in made]) for made in json.loads(done.stdout)]


def agree(got: list[Any], want: list[Any], rel: float, abs_: float) -> None:
    """Same shapes, same numbers."""
    assert [array.shape for array in got] == [array.shape for array in want]
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=rel, atol=abs_)
