"""`cr.export.table`: the model of a table, from cells to labels, for another runtime."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from chainrule.errors import ArgumentError, DtypeError, MissingExtraError
from chainrule.export._tables.answers import given_by, taken_by
from chainrule.export._tables.steps import ROWS, Compact, back, front
from chainrule.export.exported import Exported
from chainrule.export.request import Request, requested
from chainrule.export.rows import for_any_rows
from chainrule.tables.model import Model

WHERE = "export.table"


def table(model: Model, path: str | os.PathLike[str], to: str | None = None) -> Exported:
    """Write the model of a table with all that stands around its network: cells go in, answers come out.

    Gaps, words that were never seen, scales, dates and the names of classes are treated as `Model.predict` does.
    ONNX has an input for each column, named as it is, of shape (rows, 1): float64 for numbers, NaN for a gap; strings
    for words, without spaces around them; float64 for dates, in seconds since 1970 in UTC. It answers `label` (rows)
    and `probabilities` (rows, classes), or `value` (rows, 1) in the units of the target. In JavaScript and NumPy
    `predict` takes rows by the names of columns; the program in C reads CSV with these names. A network that has
    learnt from pictures takes pictures, (rows, height, width), as bright as those were; in C as rows of numbers, and it
    answers probabilities alone.

    Args:
        model: of `tables.fit` or `tables.load`.
        path: of the file: `….onnx`, `….mjs` or `….js`, `….py`, `….c` with a header beside it.
        to: `"onnx"`, `"javascript"`, `"numpy"` or `"c"`; default None: what the end of the path says.

    Returns:
        Exported: the files, their size, and what goes in and comes out.

    Raises:
        DtypeError: for anything but the model of a table.
        ArgumentError: for a format that there is not, or another end of the path.
        MissingExtraError: ONNX is not installed.
        FileError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> import pandas
        >>> frame = pandas.DataFrame({"x": [float(i % 7) for i in range(70)], "y": ["up", "down"] * 35})
        >>> model = cr.tables.fit(frame, "y", epochs=2, progress=False)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = cr.export.table(model, f"{folder}/model.py")
        >>> made.inputs, made.outputs
        (('x: a number',), ('label: down, up', 'probabilities: of these 2'))
    """
    if not isinstance(model, Model):
        raise DtypeError("export.table_model", f"{WHERE}, argument model", got=type(model).__name__)
    if not isinstance(path, str | os.PathLike) or not Path(path).name:
        raise ArgumentError("export.path", f"{WHERE}, argument path", got=repr(path))
    form = form_of(Path(path), to)
    request = requested(
        "table", model.network, path, None, _example(model), 0, "float", None, front(model),
        back(model.schema.target),
    )
    made = request.finished(FORMS[form](model, request))
    given = given_by(model)
    if form == "c" and model.image_shape is not None:
        given = given[-1:]  # the program takes and gives numbers alone
    return replace(made, inputs=taken_by(model), outputs=given)


def form_of(path: Path, to: str | None) -> str:
    """The format of an export by its name, or by the end of the path.

    Raises:
        ArgumentError: there is none of this name, or it does not go with the path.
    """
    if to is not None and to not in SUFFIXES:
        raise ArgumentError("export.form", f"{WHERE}, argument to", got=repr(to), names=", ".join(SUFFIXES))
    found = next((name for name, ends in SUFFIXES.items() if path.suffix in ends), None)
    if found is None or (to is not None and found != to):
        want = ", ".join(SUFFIXES[to] if to is not None else (end for ends in SUFFIXES.values() for end in ends))
        raise ArgumentError("export.suffix", f"{WHERE}, argument path", got=str(path), want=want)
    return found


def _example(model: Model) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if model.image_shape is None:
        return Compact.of(model.schema).example()
    stream = np.random.Generator(np.random.Philox(key=0))
    return stream.uniform(0, 255, (ROWS, *model.image_shape)).astype(np.float32)


def _onnx(model: Model, request: Request) -> dict[Path, bytes]:
    try:
        import onnx as package  # noqa: F401  # asked for here, so that its absence is told in our words
    except ImportError as error:
        raise MissingExtraError("export.missing", WHERE) from error
    from chainrule.export._onnx.model import model_of
    from chainrule.export._tables.onnx import Columns

    made = for_any_rows(request.network)
    version = sys.modules["chainrule"].__version__
    proto = model_of(made, {}, model.name, version, WHERE, Columns(model))
    return {request.path: proto.SerializeToString()}


def _javascript(model: Model, request: Request) -> dict[Path, bytes]:
    from chainrule.export._tables.javascript import module_of

    return {request.path: module_of(model, request).encode()}


def _numpy(model: Model, request: Request) -> dict[Path, bytes]:
    from chainrule.export._tables.numpy import program_of

    return {request.path: program_of(model, request).encode()}


def _c(model: Model, request: Request) -> dict[Path, bytes]:
    from chainrule.export._tables.c import sources_of

    return sources_of(model, request)


FORMS: dict[str, Callable[[Model, Request], dict[Path, bytes]]] = {
    "onnx": _onnx, "c": _c, "javascript": _javascript, "numpy": _numpy,
}
SUFFIXES = {"onnx": (".onnx",), "c": (".c",), "javascript": (".mjs", ".js"), "numpy": (".py",)}
