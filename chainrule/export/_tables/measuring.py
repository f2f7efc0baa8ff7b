"""How far the answers of an exported file are from the library's, found by running it where that is possible."""

import csv
import io
import json
import runpy
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.export._tables.answers import labels_of
from chainrule.export.given import Array
from chainrule.tables.answers import Answers, answers
from chainrule.tables.fields import Category, Number
from chainrule.tables.model import Model
from chainrule.tables.schema import used
from chainrule.tables.typed import GAP, UNKNOWN, Typed
from chainrule.tape.mode import no_grad
from chainrule.tensors.creation import tensor

ROWS = 200
Cells = dict[str, list[Any]]
Found = tuple[list[Any] | None, Answers]
LEARNT = "a word that was never learnt"


@dataclass(frozen=True)
class Measured:
    """What a comparison has found.

    Attributes:
        rows: that were compared.
        largest: the largest difference of a probability; of numbers, as a share of the scale of the targets.
        same: the share of equal labels; None for numbers.
    """

    rows: int
    largest: float
    same: float | None


def measured(model: Model, form: str, path: Path) -> Measured | None:
    """Compare on made-up rows, with gaps and with words that were never learnt; None where nothing here could run it.

    Args:
        model: that was exported.
        form: the format.
        path: of the file.
    """
    cells, inputs = made_up(model)
    with no_grad():
        outputs = model.network(tensor(inputs))._array
    target = model.schema.target
    want = answers(outputs, target)
    try:
        found = RUNNERS[form](model, path, cells)
    except (OSError, subprocess.CalledProcessError):
        found = None
    if found is None:
        return None
    labels, got = found
    scale = target.scale if target.task == "numbers" else 1.0
    same = None
    if labels is not None:
        names = labels_of(target)
        same = float(np.mean([str(names[k]) == str(label) for k, label in zip(want.argmax(1), labels, strict=True)]))
    return Measured(len(want), float(np.abs(got - want).max() / scale), same)


def made_up(model: Model) -> tuple[Cells | Array, NDArray[np.float32]]:
    """Rows such as a model may get, as cells by the names of columns, and as the inputs of its network.

    Of a model of pictures the cells are the pictures.
    """
    stream = np.random.Generator(np.random.Philox(key=1))
    schema = model.schema
    cells: Cells = {}
    columns: list[Array] = []
    for field in schema.fields:
        gap = stream.random(ROWS) < (0.1 if model.image_shape is None else 0)
        if isinstance(field, Category):
            places = stream.integers(0, len(field.levels) + 1, ROWS)
            words = [*field.levels, LEARNT]
            cells[field.name] = [None if no else words[place] for place, no in zip(places, gap, strict=True)]
            columns.append(np.where(gap, GAP, np.where(places == len(field.levels), UNKNOWN, places)).astype(np.int32))
            continue
        values = field.center + field.scale * stream.normal(size=ROWS) * np.where(stream.random(ROWS) < 0.05, 20, 1)
        if model.image_shape is not None:
            values = np.floor(field.scale * stream.random(ROWS))
        elif not isinstance(field, Number):
            values = np.floor(np.clip(values, -2e9, 4e9))
        values[gap] = np.nan
        columns.append(values)
        shown = values.tolist() if isinstance(field, Number) else [_moment(value) for value in values.tolist()]
        cells[field.name] = [None if no else cell for cell, no in zip(shown, gap, strict=True)]
    inputs = schema.inputs(Typed(columns, np.arange(ROWS)), used(schema))
    if model.image_shape is not None:
        return np.stack(columns, 1).reshape(ROWS, *model.image_shape).astype(np.float32), inputs
    return cells, inputs


def _moment(value: float) -> str | None:
    return None if np.isnan(value) else datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _onnx(model: Model, path: Path, cells: Cells | Array) -> Found:
    from onnx.reference import ReferenceEvaluator

    with np.errstate(all="ignore"):
        made = ReferenceEvaluator(str(path)).run(None, onnx_inputs(model, cells))
    return (list(made[0]), made[1]) if model.classes else (None, made[0])


def onnx_inputs(model: Model, cells: Cells | Array) -> dict[str, Array]:
    """Cells as the inputs of an ONNX model: (rows, 1) for each column."""
    if not isinstance(cells, dict):
        return {"image": cells}
    found: dict[str, Array] = {}
    for field in model.schema.fields:
        column = cells[field.name]
        if isinstance(field, Category):
            found[field.name] = np.array(["" if cell is None else cell for cell in column], object)[:, None]
        elif isinstance(field, Number):
            found[field.name] = np.array([np.nan if cell is None else cell for cell in column], np.float64)[:, None]
        else:
            moments = np.array(column, "datetime64[s]")
            found[field.name] = np.where(np.isnat(moments), np.nan, moments.astype(np.float64))[:, None]
    return found


def _numpy(model: Model, path: Path, cells: Cells | Array) -> Found:
    made = runpy.run_path(str(path))["predict"](cells)
    return (list(made[0]), made[1]) if model.classes else (None, made[:, None])


def _javascript(model: Model, path: Path, cells: Cells | Array) -> Found | None:
    node = shutil.which("node")
    if node is None:
        return None
    code = (
        f"import {{ predict }} from {json.dumps(path.absolute().as_uri())};\n"
        'import { readFileSync } from "fs";\n'
        'console.log(JSON.stringify(predict(JSON.parse(readFileSync(0, "utf8")))));\n'
    )
    if isinstance(cells, dict):
        rows: Any = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    else:
        rows = cells.tolist()
    command = [node, "--input-type=module", "-e", code]
    done = _run(command, json.dumps(rows))
    made = json.loads(done)
    if not model.classes:
        return None, np.array(made, np.float64)[:, None]
    return [row["label"] for row in made], np.array([row["probabilities"] for row in made], np.float64)


def _c(model: Model, path: Path, cells: Cells | Array) -> Found | None:
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    if isinstance(cells, dict):
        table.writerow(cells)
        table.writerows(zip(*cells.values(), strict=True))  # None is an empty cell
    else:
        table.writerows(cells.reshape(len(cells), -1).tolist())
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program"
        _run([compiler, "-std=c99", "-O2", "-o", str(program), str(path), "-lm"], "")
        done = _run([str(program)], text.getvalue())
    rows = list(csv.reader(io.StringIO(done)))
    if not isinstance(cells, dict):
        made = np.array(rows, np.float64)
        return ([labels_of(model.schema.target)[k] for k in made.argmax(1)], made) if model.classes else (None, made)
    if not model.classes:
        return None, np.array(rows[1:], np.float64)
    return [row[0] for row in rows[1:]], np.array([row[1:] for row in rows[1:]], np.float64)


def _run(command: list[str], text: str) -> str:
    """What a program prints; none of its words is read by a shell."""
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)  # noqa: S603
    return done.stdout


RUNNERS: dict[str, Callable[[Model, Path, Any], Found | None]] = {
    "onnx": _onnx, "c": _c, "numpy": _numpy, "javascript": _javascript,
}
