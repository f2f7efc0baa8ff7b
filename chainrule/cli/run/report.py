"""What a training says of itself to people."""

from math import isnan
from pathlib import Path
from typing import TextIO

import numpy as np

from chainrule.cli.layout import bold, line_width, pairs, table, wrap
from chainrule.cli.run.design import Design
from chainrule.cli.run.judging import Judgement
from chainrule.cli.run.options import Task
from chainrule.cli.run.parts import Parts
from chainrule.cli.run.rows import Rows
from chainrule.language import say
from chainrule.train.history import History
from chainrule.train.plain import duration

SHARES = ("accuracy", "balanced_accuracy")


def opening(rows: Rows, parts: Parts, plan: Design) -> str:
    """Data, task, rows, network and training, before it begins."""
    sizes = " → ".join(str(size) for size in plan.sizes)
    weights = sum(a * b + b for a, b in zip(plan.sizes, plan.sizes[1:], strict=False))
    lines = [
        (say("cli.train.data"), _data(rows)),
        (say("cli.train.task"), _task(rows, parts)),
        (
            say("cli.train.rows"),
            say(
                "cli.train.rows_are", learning=f"{len(parts.learning.X):,}", watching=f"{len(parts.watching.X):,}",
                judging=f"{len(parts.judging.X):,}",
            ),
        ),
        (say("cli.train.network"), _network(sizes, weights, plan)),
        (
            say("cli.train.training"),
            say(
                "cli.train.training_is", optimizer=plan.optimizer, lr=f"{plan.lr:g}", decay=f"{plan.weight_decay:g}",
                batch=plan.batch_size, epochs=plan.epochs, patience=plan.patience,
            ),
        ),
    ]
    if rows.dropped:
        lines.insert(1, ("", str(rows.dropped)))
    return "\n".join(pairs(lines))


def _data(rows: Rows) -> str:
    known = rows.known
    count = len(known.X) + len(rows.judging.X)
    text = say("cli.train.data_is", name=known.name, rows=f"{count:,}", columns=known.X.shape[1])
    return f"{text}\n{known.description}".rstrip()


def _task(rows: Rows, parts: Parts) -> str:
    known = rows.known
    if parts.task == "numbers":
        low, high = (figure(float(end)) for end in (known.y.min(), known.y.max()))
        return say("cli.train.numbers", target=known.target_names[0], low=low, high=high)
    counts = np.bincount(known.y.reshape(-1).astype(np.int64), minlength=known.classes)
    named = [
        f"{name} ({count / len(known.y):.0%})" for name, count in zip(known.target_names, counts, strict=True)
    ]
    shown = ", ".join(named[:12]) + (", …" if len(named) > 12 else "")
    return say(f"cli.train.{parts.task}", count=known.classes, names=shown)


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
    """The scores of the network beside those of the linear model and the best constant."""
    found = judged.scores
    names = list(found["network"])
    lines = table([
        ["", *(say(f"cli.score.{name}") for name in names)],
        *([say(f"cli.model.{model}"), *(_score(name, of[name]) for name in names)] for model, of in found.items()),
    ])
    title = say("cli.train.scores", rows=f"{rows:,}")
    head, own, *others = (f"  {line}" for line in lines)
    note = [] if judged.converged else [say("cli.train.not_converged")]
    return "\n".join([title, "", head, bold(own, stream), *others, *note])


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
