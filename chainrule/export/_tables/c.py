"""A table's model in C: a function that takes a row of cells, and a program that reads CSV by the names of columns."""

from importlib import resources
from pathlib import Path

from chainrule.export._c import files_of, function_for, network_text
from chainrule.export._tables.answers import labels_of
from chainrule.export._tables.steps import Compact
from chainrule.export.loops.function import Function
from chainrule.export.request import Request
from chainrule.tables.cells import MISSING
from chainrule.tables.fields import BOUND, PERIOD, SHIFT, Category, Date, Field
from chainrule.tables.model import Model


def sources_of(model: Model, request: Request) -> dict[Path, bytes]:
    """The source and the header; those of a network of numbers for pictures."""
    word = request.path.stem
    if model.image_shape is not None:
        return files_of(request, word)
    function = function_for(request, word)
    source, header = _source(model, function, word, request.path.name), _header(model, function, word)
    return {request.path: source.encode("ascii"), request.path.with_suffix(".h"): header.encode("ascii")}


def _header(model: Model, function: Function, word: str) -> str:
    upper, target = word.upper(), model.schema.target
    answer = "the probabilities of the classes" if model.classes else f"{_comment(target.name)}"
    lines = [
        f"/* {_comment(model.name)}: predicts {_comment(target.name)}. Exported by chainrule. */",
        f"#ifndef {upper}_H", f"#define {upper}_H", "",
        f"#define {upper}_COLUMNS {len(model.schema.fields)}", f"#define {upper}_OUTPUTS {function.answers}", "",
        f"extern const char *const {word}_columns[{upper}_COLUMNS];",
    ]
    if model.classes:
        lines.append(f"extern const char *const {word}_classes[{upper}_OUTPUTS];")
    return "\n".join([
        *lines, "", f"/* Answers a row of cells, in the order of {word}_columns: y gets {answer}.",
        "   0, or the number of the first cell that cannot be read, counted from 1. */",
        f"int {word}_predict(const char *const *cells, double *y);", "", f"#endif /* {upper}_H */", "",
    ])


def _source(model: Model, function: Function, word: str, name: str) -> str:
    target = model.schema.target
    compact = Compact.of(model.schema)
    fields = (*compact.measured, *compact.worded)
    lines = [
        f"/* {_comment(model.name)}: predicts {_comment(target.name)}. Exported by chainrule: C99, no allocation.", "",
        f"       cc -std=c99 -O2 -o {word} {name} -lm", f"       ./{word} < rows.csv > answers.csv", "",
        "   rows.csv begins with the names of the columns, in any order; others are not looked at. Gaps are empty, NA,",
        "   nan, null, none or ?. Dates are 2026-11-21, with or without 12:30 or 12:30:00 behind it, in UTC. */",
        f'#include "{word}.h"', "", "#include <ctype.h>", "#include <stdio.h>", "#include <stdlib.h>",
        "#include <string.h>", "#include <tgmath.h>", "", "typedef double real;", "",
        f"const char *const {word}_columns[] = {_texts([field.name for field in fields])};",
    ]
    if model.classes:
        lines.append(f"const char *const {word}_classes[] = {_texts(list(map(str, labels_of(target))))};")
    lines += ["", *network_text(function, "static void network(const real *x, real *y)")]
    lines += [
        "/* How a cell becomes a number: its kind; center and scale; known words, or words for what is missing; where",
        "   unknown words go, and gaps; parts of dates that come round again, as shift and period in seconds. */",
        "enum { NUMBER, DATE, WORD };",
        "typedef struct {", "    int kind;", "    double center, scale;", "    const char *const *words;",
        "    int count, other, gap, turns;", "    double circles[3][2];", "} Field;", "",
    ]
    for place, field in enumerate(fields):
        words = _words(field)
        if words:
            lines.append(f"static const char *const WORDS{place}[] = {_texts(words)};")
    lines += ["static const Field FIELDS[] = {", *(f"    {_field(f, n)}," for n, f in enumerate(fields)), "};"]
    lines += [f"static const char *const MISSING[] = {_texts(sorted(MISSING))};", ""]
    text = resources.files("chainrule.export._tables").joinpath("cells.c").read_text(encoding="ascii")
    head = ",".join(_cell(name) for name in (target.name, *(f"p({name})" for name in target.classes)))
    given = {
        "NAME": word, "UPPER": word.upper(), "BOUND": f"{BOUND:g}", "WIDTH": str(compact.width),
        "HEAD": _text(f"{head}\n"), "LABELS": LABELS if model.classes else VALUES,
    }
    for key in ("LABELS", "NAME", "UPPER", "BOUND", "WIDTH", "HEAD"):
        text = text.replace(f"@{key}@", given[key])
    return "\n".join(lines) + text


def _words(field: Field) -> list[str]:
    if isinstance(field, Category):
        return list(field.levels)
    return [] if isinstance(field, Date) else list(field.markers)


def _field(field: Field, number: int) -> str:
    words = f"WORDS{number}, {len(_words(field))}" if _words(field) else "0, 0"
    if isinstance(field, Category):
        return f"{{WORD, 0, 1, {words}, {field.place_of_others}, {field.place_of_gaps}, 0, {{{{0}}}}}}"
    circles = [(SHIFT[part], PERIOD[part]) for part in field.parts] if isinstance(field, Date) else []
    shown = ", ".join(f"{{{shift!r}, {period!r}}}" for shift, period in circles) or "{0}"
    kind = "DATE" if isinstance(field, Date) else "NUMBER"
    return f"{{{kind}, {field.center!r}, {field.scale!r}, {words}, 0, 0, {len(circles)}, {{{shown}}}}}"


def _texts(words: list[str]) -> str:
    return "{" + ", ".join(map(_text, words)) + "}"


def _text(word: str) -> str:
    """A string of C, in UTF-8; a question mark would begin a trigraph."""
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in word.encode()
    )
    return f'"{plain}"'


def _cell(word: str) -> str:
    """A cell of CSV."""
    return '"' + word.replace('"', '""') + '"' if any(letter in word for letter in ',"\n\r') else word


def _comment(word: str) -> str:
    """Words of somebody's within a comment: nothing in them ends it, or begins another."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in " .,-_()") else "_" for letter in word)


LABELS = """\
        int best = 0;
        for (int i = 1; i < @UPPER@_OUTPUTS; i++) if (y[i] > y[best]) best = i;
        write_cell(@NAME@_classes[best]);
        for (int i = 0; i < @UPPER@_OUTPUTS; i++) printf(",%.9g", y[i]);
        putchar('\\n');"""
VALUES = """\
        printf("%.9g\\n", y[0]);"""
