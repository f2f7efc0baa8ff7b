"""A table's model in NumPy: `predict` takes arrays by the names of columns."""

from typing import Any

from chainrule.export._numpy.lines import Lines
from chainrule.export._numpy.page import page
from chainrule.export._tables.answers import labels_of
from chainrule.export._tables.steps import Compact
from chainrule.export.request import Request
from chainrule.export.rows import for_any_rows
from chainrule.tables.cells import MISSING
from chainrule.tables.fields import BOUND, PERIOD, SHIFT, Category, Date, Field
from chainrule.tables.model import Model


def program_of(model: Model, request: Request) -> str:
    """The program as text."""
    merged = for_any_rows(request.network).net.program
    shapes = [merged.values[value].shape for value in (*merged.inputs, *merged.outputs)]
    text = page(request.network, Lines(request.network), {}, shapes, function="network", title=_title(model))
    lines = ["", ""]
    if model.image_shape is None:
        compact = Compact.of(model.schema)
        fields = (*compact.measured, *compact.worded)
        lines += ["FIELDS = (", *(f"    {_field(field)}," for field in fields), ")"]
        lines.append(f"MISSING = {{{', '.join(map(repr, sorted(MISSING)))}}}")
    if model.classes:
        lines.append(f"CLASSES = np.array({list(labels_of(model.schema.target))!r})")
    lines += ["", ""]
    if model.image_shape is None:
        lines += [*CELLS.splitlines(), "", ""]
    inputs = "compact(columns)" if model.image_shape is None else "columns"
    return text + "\n".join([*lines, *(LABELS if model.classes else VALUES).format(inputs=inputs).splitlines(), ""])


def _title(model: Model) -> str:
    target = model.schema.target
    made = "labels, and probabilities (rows, classes)" if model.classes else f"numbers (rows,): {target.name}"
    if model.image_shape is None:
        taken = "columns: a dict of arrays or lists by the names of columns, or a frame; all of the same length."
        about = [taken, 'Gaps are None, NaN, "" or NA; dates are datetime64, ISO text, or seconds since 1970 (UTC).']
    else:
        shape = ", ".join(map(str, model.image_shape))
        about = [f"columns: pictures (rows, {shape}), as bright as those that were learnt from."]
    lines = [f"{model.name}: predicts {target.name}. Exported by chainrule; only NumPy is needed.", ""]
    lines += [*about, f"predict(columns) answers {made}."]
    text = "\n".join("".join(letter if letter.isprintable() else " " for letter in line) for line in lines)
    quoted = text.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return f'"""{quoted}\n"""'


def _field(field: Field) -> str:
    """What is known of a column, as a dict."""
    if isinstance(field, Category):
        places = {word: place for place, word in enumerate(field.levels)}
        found: dict[str, Any] = {
            "name": field.name, "kind": "word", "places": places, "other": field.place_of_others,
            "gap": field.place_of_gaps,
        }
    else:
        found = {"name": field.name, "kind": field.kind, "center": field.center, "scale": field.scale}
        if isinstance(field, Date):
            found["circles"] = [(SHIFT[part], PERIOD[part]) for part in field.parts]
        else:
            found["markers"] = list(field.markers)
    return repr(found)


CELLS = f"""\
def is_missing(cell):
    return cell is None or cell != cell or (isinstance(cell, str) and cell.strip().lower() in MISSING)


def numbers(cells, field):
    if cells.dtype.kind in "biuf":
        return cells.astype(np.float64)
    gaps = [is_missing(cell) or str(cell).strip() in field["markers"] for cell in cells.tolist()]
    return np.array([np.nan if gap else float(cell) for cell, gap in zip(cells.tolist(), gaps)])


def moments(cells):
    if cells.dtype.kind in "iuf":
        return cells.astype(np.float64)
    if cells.dtype.kind != "M":
        cells = np.array([None if is_missing(cell) else cell for cell in cells.tolist()], "datetime64[s]")
    return np.where(np.isnat(cells), np.nan, cells.astype("datetime64[s]").astype(np.float64))


def places(cells, field):
    words = ["" if is_missing(cell) and not isinstance(cell, str) else str(cell).strip() for cell in cells.tolist()]
    ends = [field["gap"] if is_missing(word) else field["other"] for word in words]
    return np.array([field["places"].get(word, end) for word, end in zip(words, ends)], np.float64)


def compact(columns):
    found = []
    for field in FIELDS:
        if field["name"] not in columns:
            raise KeyError(f"no column {{field['name']!r}}")
        cells = np.asarray(columns[field["name"]])
        if field["kind"] == "word":
            found.append(places(cells, field))
            continue
        try:
            values = numbers(cells, field) if field["kind"] == "number" else moments(cells)
        except ValueError as error:
            raise ValueError(f"column {{field['name']!r}}: {{error}}") from None
        if np.isinf(values).any():
            raise ValueError(f"column {{field['name']!r}}: infinite")
        z = (values - field["center"]) / field["scale"]
        if field["kind"] == "number":
            far = np.abs(z) > {BOUND:g}
            z[far] = np.sign(z[far]) * ({BOUND:g} + np.log(np.abs(z[far]) / {BOUND:g}))
        found.append(z)
        for shift, period in field.get("circles", ()):
            turn = 2 * np.pi * (values + shift) / period
            found += [np.sin(turn), np.cos(turn)]
    return np.stack(found, axis=1)
"""
LABELS = """\
def predict(columns):
    probabilities = network({inputs})
    return CLASSES[probabilities.argmax(axis=1)], probabilities
"""
VALUES = """\
def predict(columns):
    return network({inputs})[:, 0]
"""
