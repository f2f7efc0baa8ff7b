"""`search.html` and `search.csv`: all trials, for people and for programs."""

import csv
import warnings
from html import escape
from math import isfinite
from pathlib import Path

import numpy as np

from chainrule.cli.run import svg
from chainrule.cli.run.page import STYLE
from chainrule.cli.searching.study import Search, Trial
from chainrule.language import current, say

ENOUGH = 20  # trials before it is asked what matters


def rows(path: Path, search: Search) -> None:
    """Write a line a trial; numbers read back as they were."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["trial", "hopeless", "val_loss", "val_metric", "epochs", "seconds", *search.varied])
        for trial in search.trials:
            found = trial.outcome
            scores = repr(found.loss), repr(found.metric)
            head = [trial.number, int(trial.hopeless), *scores, found.epochs, found.seconds]
            table.writerow([*head, *(trial.settings[name] for name in search.varied)])


def page(search: Search, name: str, said: str) -> str:
    """The page as HTML: what was printed, the losses over the trials, what matters."""
    title = escape(say("cli_search.page.title", name=name))
    sections = [
        ("found", f"<pre>{escape(said)}</pre>"), ("trials", _course(search.trials)), ("matters", _matters(search)),
    ]
    body = "\n".join(
        f"<h2>{escape(say(f'cli_search.page.{key}'))}</h2>\n{inside}" for key, inside in sections if inside
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    text = f'<html lang="{current()}"><head>{head}</head><body>\n<h1>{title}</h1>\n{body}\n</body></html>'
    return f"<!DOCTYPE html>\n{text}\n"


def _course(trials: list[Trial]) -> str:
    """Losses over the trials: far ones are left at the edge, so that the good ones can be told apart."""
    losses = np.array([trial.outcome.loss for trial in trials], np.float64)
    ended = np.array([not trial.hopeless for trial in trials])
    finite = losses[np.isfinite(losses)]
    if not len(finite) or not (ended & np.isfinite(losses)).any():
        return ""
    edge = float(np.quantile(finite, 0.9))
    best = np.minimum.accumulate(np.where(ended & np.isfinite(losses), losses, np.inf))
    first = next(place for place, value in enumerate(best.tolist()) if isfinite(value))
    best[:first] = edge
    return svg.course(np.minimum(losses, edge), np.minimum(best, edge), ended)


def _matters(search: Search) -> str:
    """How much the good trials differ from all in each setting."""
    if len(search.best) < ENOUGH:
        return ""
    from optuna.exceptions import ExperimentalWarning
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        found = get_param_importances(search.study, evaluator=PedAnovaImportanceEvaluator())
    return svg.bars(found)
