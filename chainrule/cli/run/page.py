"""`report.html`: all that is known of a run, as one page that needs nothing from outside."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

from chainrule.cli.run import svg
from chainrule.cli.run.importance import importance
from chainrule.cli.run.report import beside, figure, opening
from chainrule.cli.run.rows import Rows
from chainrule.data.checks import describe
from chainrule.language import current, say
from chainrule.tables.design import Design
from chainrule.tables.fitting import Fit
from chainrule.tables.judging import Judgement
from chainrule.tables.parts import Mixed, Parts
from chainrule.tables.table import Table

WORST, SHOWN, CLASSES, CELL = 12, 1_500, 30, 40
STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "pre{background:#f5f5f2;padding:.8em;overflow-x:auto}table{border-collapse:collapse;display:block;overflow-x:auto}"
    "td,th{border:1px solid #ccc;padding:.15em .6em;text-align:right}td:first-child,th:first-child{text-align:left}"
    "svg{max-width:100%;height:auto}h2{margin-top:2em}"
)


def page(parts: Parts, origin: Rows | Table, plan: Design, trained: Fit, judged: Judgement, seed: int) -> str:
    """The page as HTML."""
    title = escape(say("report.title", name=parts.name))
    sections = [
        ("run", _pre(opening(parts, origin, plan))),
        ("data", _data(origin)),
        ("curves", _curves(trained)),
        ("scores", _pre(beside(judged.scores, say("cli.train.scores", rows=f"{len(parts.truth):,}"), None))),
        ("answers", _answers(parts, judged)),
        ("calibration", _calibration(parts, judged)),
        ("importance", _importance(trained, parts, seed)),
        ("worst", _worst(parts, judged)),
        ("use", _pre(say("report.use.code"))),
    ]
    body = "\n".join(
        f"<h2>{escape(say(f'report.{name}.title'))}</h2>\n<p>{escape(say(f'report.{name}.about'))}</p>\n{inside}"
        for name, inside in sections
        if inside
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    text = f'<html lang="{current()}"><head>{head}</head><body>\n<h1>{title}</h1>\n{body}\n</body></html>'
    return f"<!DOCTYPE html>\n{text}\n"


def _data(origin: Rows | Table) -> str:
    if not isinstance(origin, Table):
        return _pre(str(describe(origin.known)))
    rows = [
        [c.name, say(f"report.kind.{c.kind}"), f"{c.missing:,}", "" if c.different is None else f"{c.different:,}"]
        for c in origin.columns
    ]
    return _table([say(f"report.column.{name}") for name in ("name", "kind", "missing", "different")], rows)


def _curves(trained: Fit) -> str:
    history = trained.history
    if not len(history):
        return ""
    names: list[str] = [name for name in history.keys() if name in ("loss", "val_loss")]  # noqa: SIM118 - it is no dict
    lines = {name: history[name] for name in names}
    levels = {"floor": history.floor, "best_constant": history.best_constant}
    known = {say(f"report.level.{name}"): level for name, level in levels.items() if level is not None}
    return svg.curves(lines, known)


def _answers(parts: Parts, judged: Judgement) -> str:
    """Confusion of classes; answers beside the truth for numbers."""
    if parts.task == "numbers":
        return svg.points(judged.answers[:SHOWN, 0], parts.truth[:SHOWN, 0].astype(np.float64), diagonal=True)
    names = parts.schema.target.classes
    if len(names) > CLASSES:
        return ""
    actual, chosen = parts.truth.reshape(-1).astype(np.int64), judged.answers.argmax(axis=1)
    counts = np.bincount(actual * len(names) + chosen, minlength=len(names) ** 2).reshape(len(names), -1)
    return _table(["", *names], [[name, *map(str, row)] for name, row in zip(names, counts.tolist(), strict=True)])


def _calibration(parts: Parts, judged: Judgement) -> str:
    """What was said beside what was, in tenths of the rows."""
    if parts.task == "numbers":
        said, was = judged.answers[:, 0], parts.truth[:, 0].astype(np.float64)
    else:
        said = judged.answers.max(axis=1)
        was = (judged.answers.argmax(axis=1) == parts.truth.reshape(-1)).astype(np.float64)
    groups = [group for group in np.array_split(np.argsort(said, kind="stable"), 10) if len(group)]
    rows = [[f"{len(g):,}", figure(float(said[g].mean())), figure(float(was[g].mean()))] for g in groups]
    return _table([say(f"report.calibration.{name}") for name in ("rows", "said", "was")], rows)


def _importance(trained: Fit, parts: Parts, seed: int) -> str:
    found = importance(trained.trainer, parts, seed)
    return svg.bars(found) if found else ""


def _worst(parts: Parts, judged: Judgement) -> str:
    """The rows whose answers are farthest from the truth."""
    target = parts.schema.target
    if parts.task == "numbers":
        truth, given = parts.truth[:, 0].tolist(), judged.answers[:, 0].tolist()
        off = np.abs(judged.answers[:, 0] - parts.truth[:, 0])
        words = [(figure(one), figure(two)) for one, two in zip(truth, given, strict=True)]
    else:
        actual = parts.truth.reshape(-1).astype(np.int64)
        off = 1 - judged.answers[np.arange(len(actual)), actual]
        chosen = judged.answers.argmax(axis=1)
        words = [
            (target.classes[a], f"{target.classes[c]} ({judged.answers[row, c]:.0%})")
            for row, (a, c) in enumerate(zip(actual.tolist(), chosen.tolist(), strict=True))
        ]
    worst = np.argsort(-off, kind="stable")[:WORST].tolist()
    heads = [say("report.worst.truth"), say("report.worst.answer")]
    if parts.mixed is None:
        return _table(heads, [words[row] for row in worst])
    names = [column.name for column in parts.mixed.columns]
    lines = parts.mixed.judging.lines
    rows = [[str(lines[row]), *words[row], *_cells(parts.mixed, row)] for row in worst]
    return _table([say("report.worst.line"), *heads, *names], rows)


def _cells(mixed: Mixed, row: int) -> list[str]:
    """A row in words, as it was read."""
    found = []
    for column, values in zip(mixed.columns, mixed.judging.columns, strict=True):
        value = values[row]
        if column.kind == "category":
            found.append(column.words[value] if value >= 0 else "")
        elif np.isnan(value):
            found.append("")
        else:
            found.append(str(np.datetime64(int(value), "s")) if column.kind == "date" else figure(float(value)))
    return found


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(_short(cell))}</{tag}>" for cell in cells) + "</tr>"

    return "\n".join(["<table>", line(heads, "th"), *(line(row, "td") for row in rows), "</table>"])


def _short(cell: str) -> str:
    return cell if len(cell) <= CELL else f"{cell[: CELL - 1]}…"


def _pre(text: Any) -> str:
    return f"<pre>{escape(str(text))}</pre>"
