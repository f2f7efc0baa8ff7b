"""`cr.export.c`: a network as C99 without any allocation, and as a program that reads CSV."""

import re
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.export.exported import Exported
from chainrule.export.given import Array
from chainrule.export.loops.dialect import C
from chainrule.export.loops.function import Function, function_of
from chainrule.export.loops.numbers import literals, rows_of
from chainrule.export.recording import Step
from chainrule.export.request import PathLike, Request, requested
from chainrule.export.rows import for_any_rows
from chainrule.nn.module import Module

WORDS = (
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
    "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
    "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "main",
    "x", "y", "real", "s", "top", "least", "value", "best", "row", "p", "i", "j", "k", "l", "m", "n", "o", "q", "r",
    "t", "u", "v", "w", "abs", "div", "exp", "log", "sqrt", "pow", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "asin", "acos", "atan", "floor", "ceil", "round", "rint", "erf", "fabs", "isnan", "isfinite", "INFINITY", "NAN",
    "gamma", "j0", "j1", "jn", "y0", "y1", "yn", "maximum", "minimum", "sigmoid", "sign", "row_of", "field",
    "read_row", "stdin", "stdout", "stderr", "printf", "scanf", "signal", "time", "index",
    "Field", "Text", "FIELDS", "MISSING", "NUMBER", "DATE", "WORD", "LONGEST", "network", "text_of", "same", "listed",
    "is_missing", "number_of", "moment_of", "place_of", "record", "fields", "read_record", "write_cell",
)
"""Names that C, its library and the file itself use."""


def c(
    model: Module, path: PathLike, input_shape: Any = None, *, example: Any = None, batch_axis: int | None = 0,
    weights: str = "float", data: Any = None, before: Step | None = None, after: Step | None = None,
    name: str | None = None,
) -> Exported:
    """Write a network, as it is in evaluation mode, as C99: one source and one header.

    `NAME_predict(x, y)` answers one row. Nothing is allocated: weights are constants, intermediate results lie in
    static arrays, so that a call is not for two threads at once. The source has a `main` that reads rows of numbers
    as CSV and prints answers; `-DNAME_NO_MAIN` leaves it out. It computes in double, which agrees with the library to
    1e-6; with `-DNAME_REAL=float` it computes in float, for small processors.

    Args:
        model: any module; its own mode stays as it is.
        path: of the source, `….c`; the header is put beside it.
        input_shape: of one row, without the axis of rows; a list of shapes for several inputs, which stand in x one
            after the other.
        example: instead of a shape: a batch of the input, or a tuple with one for each.
        batch_axis: along which the rows of the inputs stand; default 0; None for inputs of exactly this shape.
        weights: `"float"` (default), or `"int8"`: matrices and filters in bytes, each output channel with its scale.
        data: with `"int8"` the rows on which the loss of accuracy is measured; otherwise None.
        before: a function of tensors put in front of the network: scaling, say.
        after: a function of tensors put behind it: a softmax, say.
        name: what the function's name begins with; default the name of the file.

    Returns:
        Exported: the files, their size, and the deviation measured.

    Raises:
        CaptureError: a network that looks at its numbers, or whose answer to a row depends on the other rows.
        ArgumentError: for arguments out of range, a name that is none in C, or an operation without loops.
        FileError: a file cannot be written.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = cr.export.c(nn.MLP([2, 8, 3]), f"{folder}/net.c", input_shape=(2,))
        >>> [file.name for file in made.files]
        ['net.c', 'net.h']

    Source:
        ISO/IEC 9899:1999, Programming languages - C (1999).
    """
    request = requested("c", model, path, input_shape, example, batch_axis, weights, data, before, after)
    if request.path.suffix != ".c":
        raise ArgumentError("export.suffix", "export.c, argument path", got=str(path), want=".c")
    word = request.path.stem if name is None else name
    return request.finished(files_of(request, word))


def files_of(request: Request, word: str) -> dict[Path, bytes]:
    """Source and header of a network that takes numbers."""
    function = function_for(request, word)
    source, header = _source(function, word, request), _header(function, word, request)
    return {request.path: source.encode(), request.path.with_suffix(".h"): header.encode()}


def function_for(request: Request, word: str) -> Function:
    """The network as loops, for a file whose names begin with a word.

    Raises:
        ArgumentError: for a word that is no name in C.
    """
    if not isinstance(word, str) or not re.fullmatch(r"[A-Za-z]\w*", word, re.ASCII):
        raise ArgumentError("export.name", f"{request.where}, argument name", got=repr(word))
    for_any_rows(request.network)  # refuses what cannot be answered row by row
    net = request.network.record(1)
    return function_of(net, request.weights(net), C, (*WORDS, word, f"{word}_predict"), request.where)


def _shapes(function: Function) -> list[str]:
    inputs = ", ".join(f"{name} {shape}" for name, shape in function.inputs)
    outputs = ", ".join(str(shape) for shape in function.outputs)
    return [f"x: {inputs}", f"y: {outputs}"]


def _header(function: Function, word: str, request: Request) -> str:
    upper = word.upper()
    title = type(request.network.model).__name__
    lines = [
        f"/* {title}, exported by chainrule. One row in, one answer out; numbers rows first.", "",
        *(f"   {line}" for line in _shapes(function)), "*/",
        f"#ifndef {upper}_H", f"#define {upper}_H", "",
        f"#ifndef {upper}_REAL", f"#define {upper}_REAL double", "#endif", "",
        f"#define {upper}_INPUTS {function.width}", f"#define {upper}_OUTPUTS {function.answers}", "",
        f"void {word}_predict(const {upper}_REAL *x, {upper}_REAL *y);", "", f"#endif /* {upper}_H */", "",
    ]
    return "\n".join(lines)


def _source(function: Function, word: str, request: Request) -> str:
    upper = word.upper()
    lines = [
        f"/* {type(request.network.model).__name__}, exported by chainrule: C99, no allocation.", "",
        f"       cc -std=c99 -O2 -o {word} {request.path.name} -lm",
        f"       ./{word} < rows.csv > answers.csv", "*/",
        f'#include "{request.path.with_suffix(".h").name}"', "", "#include <tgmath.h>", "",
        f"typedef {upper}_REAL real;", "",
    ]
    lines += network_text(function, f"void {word}_predict(const real *x, real *y)")
    lines += [*MAIN.replace("UPPER", upper).replace("word_", f"{word}_").splitlines(), ""]
    return "\n".join(lines)


def network_text(function: Function, signature: str) -> list[str]:
    """The lines of a C function with all that it reads; `real` is known before them."""
    lines: list[str] = []
    for name, array in function.constants.items():
        lines += [*_constant(name, array, function.notes[name]), ""]
    for text in function.helpers:
        lines += [*text.splitlines(), ""]
    lines += [f"{signature} {{"]
    kinds = {"real": "real", "whole": "long", "mask": "int"}
    lines += [f"    static {kinds[kind]} {name}[{count}];" for name, (kind, count) in function.buffers.items()]
    return [*lines, *function.lines, "}", ""]


def _constant(name: str, array: Array, note: str) -> list[str]:
    kind = {"float32": "float", "float64": "double", "int8": "signed char"}.get(array.dtype.name, "long")
    words = literals(array, "INFINITY", "NAN", "f")
    return [f"/* {note} */", f"static const {kind} {name}[{array.size}] = {{", *rows_of(words), "};"]


MAIN = """\
#ifndef UPPER_NO_MAIN
#include <stdio.h>
#include <stdlib.h>

/* One row of numbers with commas between them: 1, or 0 at the end of the file, -1 for a field that is no number,
   -2 for too few or too many of them. An empty line is no row. */
static int read_row(real *x) {
    char field[64];
    int count = 0, length = 0, faults = 0, letter;
    do {
        letter = getchar();
        if (letter == ',' || letter == '\\n' || letter == EOF) {
            char *end = field;
            double number;
            field[length] = 0;
            if (length == 0 && count == 0 && letter != ',') {
                if (letter == EOF) return 0;
                continue;
            }
            number = strtod(field, &end);
            if (end == field || *end) faults = 1;
            if (count < UPPER_INPUTS) x[count] = (real)number;
            count++;
            length = 0;
        } else if (letter != '\\r' && !(length == 0 && (letter == ' ' || letter == '\\t'))) {
            if (length < 63) field[length++] = (char)letter;
            else faults = 1;
        }
    } while (letter != EOF && (letter != '\\n' || count == 0));
    return faults ? -1 : count == UPPER_INPUTS ? 1 : -2;
}

int main(void) {
    static real x[UPPER_INPUTS], y[UPPER_OUTPUTS];
    long line = 0;
    int found;
    while ((found = read_row(x)) != 0) {
        line++;
        if (found == -1 && line == 1) continue; /* names of columns */
        if (found < 0) {
            fprintf(stderr, "row %ld: expected %d numbers with commas between them\\n", line, UPPER_INPUTS);
            return 2;
        }
        word_predict(x, y);
        for (int i = 0; i < UPPER_OUTPUTS; i++) {
            printf("%.9g%c", (double)y[i], i + 1 < UPPER_OUTPUTS ? ',' : '\\n');
        }
    }
    return 0;
}
#endif"""
