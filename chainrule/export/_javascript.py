"""`cr.export.javascript`: a network as one module for browsers and Node, without any dependency."""

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.export.exported import Exported
from chainrule.export.given import Array
from chainrule.export.loops.dialect import JAVASCRIPT
from chainrule.export.loops.function import Function, function_of
from chainrule.export.loops.numbers import literals, rows_of
from chainrule.export.recording import Step
from chainrule.export.request import PathLike, Request, requested
from chainrule.export.rows import for_any_rows
from chainrule.nn.module import Module

WORDS = (
    "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else",
    "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import", "in",
    "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public", "return",
    "static", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield",
    "arguments", "eval", "undefined", "NaN", "Infinity", "Math", "Number", "Array", "Float32Array", "Float64Array",
    "Int8Array", "x", "y", "s", "top", "least", "value", "best", "row", "p", "i", "j", "k", "l", "m", "n", "o", "q",
    "r", "t", "u", "v", "w", "rint", "erf", "sigmoid", "row_of", "NEAR", "FAR", "inputs", "outputs", "predict",
    "predictRow", "rows", "network", "columns", "classes", "FIELDS", "MISSING", "isMissing", "numberOf", "momentOf",
    "placeOf", "compact",
)
"""Names that the language and the file itself use."""


def javascript(
    model: Module, path: PathLike, input_shape: Any = None, *, example: Any = None, batch_axis: int | None = 0,
    weights: str = "float", data: Any = None, before: Step | None = None, after: Step | None = None,
) -> Exported:
    """Write a network, as it is in evaluation mode, as one JavaScript module that needs nothing else.

    It exports `predict(rows)`, from a list of rows to a list of answers, and `predictRow(x)`, for one row of numbers.
    Browsers read it with `<script type="module">`, Node as a file `….mjs`. It computes in double, as the language does.

    Args:
        model: any module; its own mode stays as it is.
        path: of the file, `….mjs` or `….js`.
        input_shape: of one row, without the axis of rows; a list of shapes for several inputs, which stand in a row
            one after the other.
        example: instead of a shape: a batch of the input, or a tuple with one for each.
        batch_axis: along which the rows of the inputs stand; default 0; None for inputs of exactly this shape.
        weights: `"float"` (default), or `"int8"`: matrices and filters in bytes, each output channel with its scale.
        data: with `"int8"` the rows on which the loss of accuracy is measured; otherwise None.
        before: a function of tensors put in front of the network: scaling, say.
        after: a function of tensors put behind it: a softmax, say.

    Returns:
        Exported: the file, its size, and the deviation measured.

    Raises:
        CaptureError: a network that looks at its numbers, or whose answer to a row depends on the other rows.
        ArgumentError: for arguments out of range, or an operation without loops.
        FileError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = cr.export.javascript(nn.MLP([2, 8, 3]), f"{folder}/net.mjs", input_shape=(2,))
        >>> made.files[0].name
        'net.mjs'

    Source:
        ECMA-262, ECMAScript 2015 language specification (2015), section 15.2, modules.
    """
    where = "export.javascript"
    request = requested("javascript", model, path, input_shape, example, batch_axis, weights, data, before, after)
    if request.path.suffix not in (".mjs", ".js"):
        raise ArgumentError("export.suffix", f"{where}, argument path", got=str(path), want=".mjs, .js")
    for_any_rows(request.network)  # refuses what cannot be answered row by row
    net = request.network.record(1)
    function = function_of(net, request.weights(net), JAVASCRIPT, tuple(WORDS), where)
    return request.finished({request.path: _module(function, request).encode()})


def _module(function: Function, request: Request) -> str:
    inputs = ", ".join(f"{name} {shape}" for name, shape in function.inputs)
    lines = [
        f"// {type(request.network.model).__name__}, exported by chainrule.", "//",
        f'//     import {{ predict }} from "./{request.path.name}";',
        "//     predict([row, row, ...]);  // a list of answers", "//",
        f"// A row: {inputs}. An answer: {', '.join(str(shape) for shape in function.outputs)}. Rows first.", "",
        f"export const inputs = {function.width};", f"export const outputs = {function.answers};", "",
    ]
    lines += network_text(function)
    lines += [
        "// The answer to one row of numbers.", "export function predictRow(x) {",
        "    if (x.length !== inputs) throw new RangeError(`expected ${inputs} numbers, got ${x.length}`);",
        "    return network(x);", "}", "",
        "// The answers to a list of rows.",
        "export function predict(rows) {", "    return Array.from(rows, (row) => Array.from(predictRow(row)));", "}",
        "",
    ]
    return "\n".join(lines)


def network_text(function: Function) -> list[str]:
    """The lines of a function `network` with all that it reads; `outputs` is known before them."""
    lines: list[str] = []
    for name, array in function.constants.items():
        lines += [*_constant(name, array, function.notes[name]), ""]
    for name, (_, count) in function.buffers.items():
        lines.append(f"const {name} = new Float64Array({count});")
    lines += [""] if function.buffers else []
    for text in function.helpers:
        lines += [*text.splitlines(), ""]
    lines += ["function network(x) {", "    const y = new Float64Array(outputs);", *function.lines]
    return [*lines, "    return y;", "}", ""]


def _constant(name: str, array: Array, note: str) -> list[str]:
    kind = {"float32": "Float32Array", "int8": "Int8Array"}.get(array.dtype.name, "Float64Array")
    return [f"// {note}", f"const {name} = new {kind}([", *rows_of(literals(array, "Infinity", "NaN")), "]);"]
