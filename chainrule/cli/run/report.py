"""What a training says of itself to people."""

from collections.abc import Mapping
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from chainrule.cli.layout import bold, line_width, pairs, table, wrap
from chainrule.cli.run.rows import Rows
from chainrule.language import say
from chainrule.tables.design import Design
from chainrule.tables.judging import Judgement
from chainrule.tables.parts import Parts
from chainrule.tables.schema import Task
from chainrule.tables.scores import Scores
from chainrule.tables.table import Table, column_lines
from chainrule.train.history import History
from chainrule.train.plain import duration

SHARES = ("accuracy", "balanced_accuracy")


def opening(parts: Parts, origin: Rows | Table, plan: Design) -> str:
    """Data, task, rows, network and training, before it begins."""
    vectors = sum(length for _, length in plan.embeddings)
    widths = (plan.sizes[0] + vectors, *plan.sizes[1:])
    sizes = " → ".join(str(size) for size in widths)
    weights = sum(a * b + b for a, b in pairwise(widths))
    weights += sum(count * length for count, length in plan.embeddings)
    learning, watching, judging = (f"{count:,}" for count in parts.counts)
    lines = [
        (say("cli.train.data"), _data(parts, origin)),
        (say("cli.train.task"), _task(parts)),
        (say("cli.train.rows"), say("cli.train.rows_are", learning=learning, watching=watching, judging=judging)),
        (say("cli.train.network"), _network(sizes, weights, plan)),
        (
            say("cli.train.training"),
            say(
                "cli.train.training_is", optimizer=plan.optimizer, lr=f"{plan.lr:g}", decay=f"{plan.weight_decay:g}",
                batch=plan.batch_size, epochs=plan.epochs, patience=plan.patience,
            ),
        ),
    ]
    if isinstance(origin, Table):
        notes = column_lines(origin)
        if origin.dropped:
            notes.append(say("table.says.dropped", count=f"{origin.dropped:,}", name=origin.target.name))
        if not origin.whole:
            notes.append(say("table.says.streamed"))
        lines.insert(1, ("", "\n".join(notes)))
    return "\n".join(pairs(lines))


def _data(parts: Parts, origin: Rows | Table) -> str:
    count = f"{sum(parts.counts):,}"
    columns = len(origin.used) if isinstance(origin, Table) else len(parts.schema.fields)
    text = say("cli.train.data_is", name=parts.name, rows=count, columns=columns)
    description = "" if isinstance(origin, Table) else origin.known.description
    return f"{text}\n{description}".rstrip()


def _task(parts: Parts) -> str:
    target = parts.schema.target
    if parts.task == "numbers":
        low, high = (figure(float(end)) for end in (parts.known.min(), parts.known.max()))
        return say("cli.train.numbers", target=target.name, low=low, high=high)
    named = [f"{name} ({share:.0%})" for name, share in zip(target.classes, target.constant, strict=True)]
    shown = ", ".join(named[:12]) + (", …" if len(named) > 12 else "")
    return say(f"cli.train.{parts.task}", count=len(named), names=shown)


def _network(sizes: str, weights: int, plan: Design) -> str:
    text = say("cli.train.network_is", sizes=sizes, activation=plan.activation, weights=f"{weights:,}")
    return f"{text}, dropout {plan.dropout:g}" if plan.dropout and len(plan.sizes) > 2 else text


def trained(history: History) -> str:
    """How the training went."""
    epochs = len(history)
    if not epochs:
        return say("cli.train.no_epoch")
    best = history.best_epoch
    text = say("cli.train.trained", epochs=epochs, time=duration(history.seconds), best=0 if best is None else best)
    if history.interrupted:
        return f"{text}\n{say('cli.train.interrupted')}"
    return text


def scores(judged: Judgement, rows: int, stream: TextIO) -> str:
    """The scores of the network beside those of the other models and the best constant."""
    note = [] if judged.converged else [say("cli.train.not_converged")]
    return "\n".join([beside(judged.scores, say("cli.train.scores", rows=f"{rows:,}"), stream), *note])


def beside(found: Mapping[str, Scores], title: str, stream: TextIO | None) -> str:
    """Scores by model, the first in bold."""
    names = list(found["network"])
    lines = table([
        ["", *(say(f"cli.score.{name}") for name in names)],
        *([say(f"cli.model.{model}"), *(_score(name, of[name]) for name in names)] for model, of in found.items()),
    ])
    head, own, *others = (f"  {line}" for line in lines)
    return "\n".join([title, "", head, own if stream is None else bold(own, stream), *others])


def without_nan(found: Any) -> Any:
    """Plain data in which NaN, which JSON does not have, is None."""
    if isinstance(found, dict):
        return {name: without_nan(part) for name, part in found.items()}
    return None if isinstance(found, float) and isnan(found) else found


def judgement(task: Task, judged: Judgement, rows: int) -> str:
    """In words, whether the network is better than the other two."""
    beside_linear, beside_constant = judged.beside_linear, judged.beside_constant
    unit = "numbers" if task == "numbers" else "classes"
    key = {"first": "better", "second": "worse", None: "equal"}[beside_linear.better]
    words = say(
        f"cli.judge.{unit}_{key}", ahead=f"{beside_linear.ahead:,}", behind=f"{beside_linear.behind:,}",
        rows=f"{rows:,}", p=_chance(beside_linear.p),
    )
    lines = wrap(words, line_width())
    trees = judged.beside_boosting
    if trees is not None:
        key = {"first": "better", "second": "worse", None: "equal"}[trees.better]
        words = say(
            f"cli.judge.{unit}_trees_{key}", ahead=f"{trees.ahead:,}", behind=f"{trees.behind:,}", rows=f"{rows:,}",
            p=_chance(trees.p),
        )
        lines += wrap(words, line_width())
    elif judged.no_boosting:
        lines += wrap(say("cli.judge.no_trees"), line_width())
    if beside_constant.better != "first":
        lines += wrap(say("cli.judge.nothing", p=_chance(beside_constant.p)), line_width())
    return "\n".join(lines)


def kept(folder: Path, files: list[str], missing: Exception | None) -> str:
    """Where it all lies."""
    lines = [say("cli.train.kept", folder=folder, files=", ".join(files))]
    if missing is not None:
        lines.append(say("cli.train.no_pictures", line='pip install "chainrule[viz]"'))
    return "\n".join(part for line in lines for part in wrap(line, line_width()))


def figure(value: float) -> str:
    """A number with four digits that count, or all before the point."""
    if not np.isfinite(value):
        return "–" if isnan(value) else str(value)
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 1e-4 else f"{value:.2e}"


def _score(name: str, value: float) -> str:
    if isnan(value):
        return "–"
    if name in SHARES:
        return f"{value:.2%}"
    return f"{value:.4f}" if name in ("r2", "roc_auc", "log_loss") else figure(value)


def _chance(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2g}" if p < 0.995 else "= 1"
