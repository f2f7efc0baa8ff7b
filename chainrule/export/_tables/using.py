"""How an exported file is used, in three lines of the language that it is for."""

import json
from pathlib import Path
from typing import Any

from chainrule.tables.fields import Category, Field, Number
from chainrule.tables.model import Model

SHOWN = 8  # columns


def using(model: Model, form: str, path: Path) -> list[str]:
    """The lines.

    Args:
        model: that was exported.
        form: the format.
        path: of the file.
    """
    if form == "c":
        program = path.with_suffix("")
        run = program if program.is_absolute() else f"./{program}"
        return [f"cc -std=c99 -O2 -o {program} {path} -lm", f"{run} < rows.csv > answers.csv"]
    answers = "value" if not model.classes else "labels, probabilities"
    if form == "javascript":
        row = "image" if model.image_shape else _joined("{ ", model, '"{name}": {cell}', " }")
        return [f'import {{ predict }} from "./{path.name}";', f"console.log(predict([{row}]));"]
    if form == "numpy":
        given = "images" if model.image_shape else _joined("{", model, '"{name}": [{cell}]', "}")
        return [
            "import runpy", f'predict = runpy.run_path({json.dumps(str(path))})["predict"]',
            f"{answers} = predict({given})",
        ]
    given = '{"image": images}'
    if not model.image_shape:
        given = _joined("{", model, '"{name}": np.array([[{cell}]]{kind})', "}")
    return [
        "import numpy as np, onnxruntime", f"session = onnxruntime.InferenceSession({json.dumps(str(path))})",
        f"{answers if model.classes else 'value,'} = session.run(None, {given})",
    ]


def _joined(begin: str, model: Model, text: str, end: str) -> str:
    fields = model.schema.fields
    numbered = "np.array" in text
    parts = [
        text.replace("{name}", json.dumps(field.name, ensure_ascii=False)[1:-1])
        .replace("{cell}", _cell(field, seconds=numbered))
        .replace("{kind}", ", object" if isinstance(field, Category) else "")
        for field in fields[:SHOWN]
    ]
    return begin + ", ".join([*parts, *(["..."] if len(fields) > SHOWN else [])]) + end


def _cell(field: Field, *, seconds: bool) -> str:
    value: Any
    if isinstance(field, Category):
        value = field.levels[0]
    elif isinstance(field, Number):
        value = float(f"{field.center:.3g}")
    else:
        value = float(round(field.center)) if seconds else "2026-11-21"
    return json.dumps(value, ensure_ascii=False)
