"""A table's model in JavaScript: `predict` takes objects by the names of columns."""

import json
from typing import Any

from chainrule.export._javascript import WORDS, network_text
from chainrule.export._tables.answers import labels_of
from chainrule.export._tables.steps import Compact
from chainrule.export.loops.dialect import JAVASCRIPT
from chainrule.export.loops.function import Function, function_of
from chainrule.export.request import Request
from chainrule.export.rows import for_any_rows
from chainrule.tables.cells import MISSING
from chainrule.tables.fields import BOUND, PERIOD, SHIFT, Category, Date, Field
from chainrule.tables.model import Model


def module_of(model: Model, request: Request) -> str:
    """The module as text."""
    for_any_rows(request.network)  # refuses what cannot be answered row by row
    net = request.network.record(1)
    function = function_of(net, {}, JAVASCRIPT, tuple(WORDS), request.where)
    lines = [
        *_heading(model, function, request.path.name), "",
        f"const inputs = {function.width};", f"const outputs = {function.answers};",
    ]
    if model.image_shape is None:
        lines.append(f"export const columns = {_text([field.name for field in model.schema.fields])};")
    if model.classes:
        lines.append(f"export const classes = {_text(labels_of(model.schema.target))};")
    lines += ["", *network_text(function)]
    if model.image_shape is None:
        compact = Compact.of(model.schema)
        fields = (*compact.measured, *compact.worded)
        lines += ["const FIELDS = [", *(f"    {_field(field)}," for field in fields), "];"]
        lines += [f"const MISSING = new Set({_text(sorted(MISSING))});", "", *CELLS.splitlines(), ""]
    else:
        lines += [*IMAGE.splitlines(), ""]
    return "\n".join([*lines, *(LABELS if model.classes else VALUES).splitlines(), ""])


def _heading(model: Model, function: Function, name: str) -> list[str]:
    target = model.schema.target
    answer = f"a number, {target.name}"
    if model.classes:
        answer = f"{{ label, probabilities }}, of {function.answers} classes"
    if model.image_shape is None:
        takes = 'An object by the names of columns, in any order; null, undefined, NaN, "" and NA are gaps. A date is\n'
        takes += '// "2026-11-21", with or without "T12:30:00" behind it, a Date, or seconds since 1970 (all UTC).'
    else:
        shape = " x ".join(map(str, model.image_shape))
        takes = f"The {function.width} pixels of a picture {shape}, one row after the other, or rows of them."
    return [
        f"// {_line(model.name)}: predicts {_line(target.name)}. Exported by chainrule; needs nothing else.", "//",
        f'//     import {{ predict }} from "./{_line(name)}";',
        "//     predict([row, row, ...]);  // a list of answers", "//", f"// A row: {takes}",
        f"// An answer: {_line(answer)}.",
    ]


def _field(field: Field) -> str:
    """What is known of a column, as an object."""
    if isinstance(field, Category):
        places = _text([[word, place] for place, word in enumerate(field.levels)])
        ends = f"other: {field.place_of_others}, gap: {field.place_of_gaps}"
        return f'{{ name: {_text(field.name)}, kind: "word", places: new Map({places}), {ends} }}'
    found: dict[str, Any] = {"name": field.name, "kind": field.kind, "center": field.center, "scale": field.scale}
    if isinstance(field, Date):
        found["circles"] = [[SHIFT[part], PERIOD[part]] for part in field.parts]
    else:
        found["markers"] = list(field.markers)
    return "{ " + ", ".join(f"{name}: {_text(value)}" for name, value in found.items()) + " }"


def _text(data: Any) -> str:
    return json.dumps(data)


def _line(text: str) -> str:
    """Words of somebody's within a comment: nothing in them ends the line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


CELLS = f"""\
function isMissing(cell) {{
    return cell === null || cell === undefined || Number.isNaN(cell)
        || (typeof cell === "string" && MISSING.has(cell.trim().toLowerCase()));
}}

function numberOf(cell, field) {{
    if (isMissing(cell) || (typeof cell === "string" && field.markers.includes(cell.trim()))) return NaN;
    const text = typeof cell === "string" && /^[+-]?(\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?$/i.test(cell.trim());
    const number = text ? Number(cell) : cell;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw new RangeError(`column ${{field.name}}: expected a number, got ${{cell}}`);
}}

// Seconds since 1970.
function momentOf(cell, field) {{
    if (isMissing(cell)) return NaN;
    if (typeof cell === "number") return cell;
    let moment = NaN;
    if (cell instanceof Date) moment = cell.getTime();
    else if (typeof cell === "string") {{
        const text = cell.trim().replace(" ", "T");
        const zone = /^\\d{{4}}-\\d\\d-\\d\\d$/.test(text) || /(Z|[+-]\\d\\d:?\\d\\d)$/.test(text);
        if (/^\\d{{4}}-\\d\\d-\\d\\d/.test(text)) moment = Date.parse(zone ? text : `${{text}}Z`);
    }}
    if (Number.isNaN(moment)) throw new RangeError(`column ${{field.name}}: expected a date, got ${{cell}}`);
    return Math.floor(moment / 1000);
}}

function placeOf(cell, field) {{
    const word = isMissing(cell) && typeof cell !== "string" ? "" : String(cell).trim();
    if (field.places.has(word)) return field.places.get(word);
    return isMissing(cell) ? field.gap : field.other;
}}

// A row as the network takes it: numbers scaled, then the places of words.
function compact(row) {{
    const x = [];
    for (const field of FIELDS) {{
        if (!(field.name in row)) throw new RangeError(`no column ${{field.name}}`);
        const cell = row[field.name];
        if (field.kind === "word") {{
            x.push(placeOf(cell, field));
            continue;
        }}
        const value = field.kind === "date" ? momentOf(cell, field) : numberOf(cell, field);
        let z = (value - field.center) / field.scale;
        if (field.kind === "number" && Math.abs(z) > {BOUND:g}) {{
            z = Math.sign(z) * ({BOUND:g} + Math.log(Math.abs(z) / {BOUND:g}));
        }}
        x.push(Math.fround(z));
        for (const [shift, period] of field.circles ?? []) {{
            const turn = 2 * Math.PI * (value + shift) / period;
            x.push(Math.fround(Math.sin(turn)), Math.fround(Math.cos(turn)));
        }}
    }}
    return x;
}}
"""
IMAGE = """\
function compact(row) {
    const x = row.flat ? row.flat(Infinity) : row;
    if (x.length !== inputs) throw new RangeError(`expected ${inputs} pixels, got ${x.length}`);
    return x;
}
"""
LABELS = """\
export function predict(rows) {
    return Array.from(rows, (row) => {
        const probabilities = Array.from(network(compact(row)));
        return { label: classes[probabilities.indexOf(Math.max(...probabilities))], probabilities };
    });
}
"""
VALUES = """\
export function predict(rows) {
    return Array.from(rows, (row) => network(compact(row))[0]);
}
"""
