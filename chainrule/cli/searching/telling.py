"""What a search says to people: each trial in a line, the best beside the default design, and whether it is better."""

from math import inf, isfinite, sqrt
from typing import Any, TextIO

from chainrule.cli.layout import bold, line_width, table, wrap
from chainrule.cli.run.report import beside, figure
from chainrule.cli.searching.space import Space
from chainrule.cli.searching.study import Candidate, Search, Trial
from chainrule.language import say
from chainrule.tables.design import Design
from chainrule.tables.parts import Parts
from chainrule.tables.scores import Scores
from chainrule.tables.verdict import Verdict

SURE = 2.0  # standard errors


def opening(search: Search, varied: Space, trials: int, seeds: int) -> str:
    """What is tried."""
    lines = [say("cli_search.says.space", trials=trials, rows=f"{search.parts.counts[1]:,}")]
    lines += [f"  {name:<13} {ranged}" for name, ranged in varied.items()]
    lines += wrap(say("cli_search.says.after", seeds=seeds), line_width())
    return "\n".join(lines)


def of_trial(trial: Trial, best: Trial, trials: int) -> str:
    """A trial that is done, and the best one so far."""
    found = trial.outcome
    ended = say("cli_search.says.hopeless") if trial.hopeless else ""
    settings = ", ".join(f"{name} {_value(value)}" for name, value in trial.settings.items())
    score = f"{found.loss:.4f}" if isfinite(found.loss) else say("cli_search.says.diverged")
    number = f"{trial.number:>{len(str(trials - 1))}}"
    head = say(
        "cli_search.says.trial", number=number, last=trials - 1, loss=f"{score:>8}", best=f"{best.outcome.loss:.4f}",
        which=best.number,
    )
    return f"{head}   {settings}" + (f"   {ended}" if ended and isfinite(found.loss) else "")


def best(search: Search, candidates: list[Candidate], winner: Candidate, stream: TextIO | None) -> str:
    """The candidates in a table, the winner in bold."""
    seeds = len(winner.again)
    name = "r2" if search.parts.task == "numbers" else "accuracy"
    heads = ["", say("cli_search.says.own"), *([say("cli_search.says.seeds", seeds=seeds)] if seeds else [])]
    heads += [say(f"cli.score.{name}"), *search.varied]
    ordered = sorted(candidates, key=lambda one: (one.mean, one.trial is None, one.trial or 0))
    rows = []
    for one in ordered:
        shown = [_called(search, one), "–" if one.own is None else f"{one.own.loss:.4f}"]
        shown += [f"{one.mean:.4f} ± {one.spread:.4f}"] if seeds else []
        measured = one.again or ((one.own,) if one.own is not None else ())
        mean = sum(done.metric for done in measured) / len(measured) if measured else inf
        shown.append("–" if not isfinite(mean) else f"{mean:.4f}" if name == "r2" else f"{mean:.2%}")
        rows.append([*shown, *(_value(value) for value in settings(one.plan, search.varied).values())])
    lines = [f"  {line}" for line in table([heads, *rows], gap=2)]
    place = ordered.index(winner) + 1
    if stream is not None:
        lines[place] = bold(lines[place], stream)
    title = say("cli_search.says.best", trials=len(search.trials), rows=f"{search.parts.counts[1]:,}")
    return "\n".join([title, "", *lines])


def watched(search: Search, candidates: list[Candidate], winner: Candidate) -> str:
    """Whether the winner is better than the default design by the rows to watch, and more than the seeds differ."""
    if search.is_default(winner):
        return _wrapped(say("cli_search.says.default_wins"))
    default = next(one for one in candidates if search.is_default(one))
    if len(winner.again) < 2:
        return _wrapped(say("cli_search.says.no_seeds"))
    gap = default.mean - winner.mean
    error = sqrt((winner.spread**2 + default.spread**2) / len(winner.again))
    key = "surely" if gap > SURE * error else "perhaps"
    values = {"gap": f"{gap:.4f}", "error": f"{error:.4f}", "seeds": len(winner.again)}
    return _wrapped(say(f"cli_search.says.{key}", **values))


def judged(parts: Parts, found: dict[str, Scores], told: Verdict, stream: TextIO) -> str:
    """Winner and default design on the rows to judge by, and what these rows can tell."""
    rows = f"{len(parts.truth):,}"
    key = {"first": "better", "second": "worse", None: "equal"}[told.better]
    unit = "numbers" if parts.task == "numbers" else "classes"
    p = "< 0.001" if told.p < 0.001 else f"= {min(told.p, 1):.2g}"
    words = say(f"cli_search.says.{unit}_{key}", rows=rows, ahead=f"{told.ahead:,}", behind=f"{told.behind:,}", p=p)
    return beside(found, say("cli_search.says.judged", rows=rows), stream) + "\n\n" + _wrapped(words)


def settings(plan: Design, varied: Space) -> dict[str, Any]:
    """The settings of a design that are varied."""
    hidden = plan.sizes[1:-1]
    found = {"width": hidden[0] if hidden else 0, "depth": len(hidden)}
    return {name: found[name] if name in found else getattr(plan, name) for name in varied}


def _called(search: Search, one: Candidate) -> str:
    name = "" if one.trial is None else say("cli_search.says.called", number=one.trial)
    if not search.is_default(one):
        return name
    default = say("cli_search.says.default")
    return f"{default} ({name})" if name else default


def _value(value: object) -> str:
    return figure(value) if isinstance(value, float) else str(value)


def _wrapped(text: str) -> str:
    return "\n".join(wrap(text, line_width()))
