"""One training from the command line, from its rows to its folder."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from chainrule.cli.run import pictures, record, report
from chainrule.cli.run.folder import written
from chainrule.cli.run.options import Options
from chainrule.cli.run.page import page
from chainrule.cli.run.parts import parts
from chainrule.cli.run.wishes import wishes
from chainrule.errors import StateError
from chainrule.language import say
from chainrule.tables.design import Design
from chainrule.tables.fitting import fit
from chainrule.tables.judging import Judgement, judge
from chainrule.tables.linear import takes_long
from chainrule.tables.parts import Parts
from chainrule.tables.stream import Stream
from chainrule.tables.table import Table
from chainrule.tables.training import planned
from chainrule.train.history import History


def job(source: str, options: Options, out: Path) -> bool:
    """Train, judge, print and write.

    Args:
        source: name of a data set, or path of a CSV file.
        options: everything else.
        out: the folder to write.

    Returns:
        Whether Ctrl-C ended the training early.

    Raises:
        StateError: when the training diverged.
    """
    begun = perf_counter()
    stream = sys.stderr if options.json else sys.stdout

    def words(text: str) -> None:
        if not options.quiet:
            print(text, file=stream, flush=True)

    found, origin = parts(source, options, _above(out))
    plan = planned(wishes(options), found)
    words(report.opening(found, origin, plan) + "\n")
    trained = fit(plan, found, options.seed, progress=options.progress and not options.quiet)
    if isinstance(found.learning, Stream):
        found.learning.close()
    history = trained.history
    if trained.diverged is not None:
        raise StateError("cli.error.diverged", source, reason=trained.diverged, lr=f"{plan.lr / 10:g}")
    words(report.trained(history) + "\n")
    if takes_long(found):
        words(say("cli.train.comparing") + "\n")
    judged = judge(trained.trainer, found, options.seed)
    table = report.scores(judged, len(found.truth), stream)
    if not (options.quiet and options.json):
        print(table, file=stream, flush=True)
    words("\n" + report.judgement(found.task, judged, len(found.truth)) + "\n")
    with written(out, overwrite=options.overwrite) as folder:
        record.weights(folder / "model.safetensors", trained.trainer.model, found, plan)
        record.history(folder / "history.csv", history)
        written_page = page(found, origin, plan, trained, judged, options.seed)
        (folder / "report.html").write_text(written_page, encoding="utf-8")
        missing = pictures.pictures(folder, history, found, judged.answers)
        about = {"source": source, **_about(found, origin, history, judged), **_asked(options, plan)}
        record.json(folder / "run.json", {**about, "seconds": round(perf_counter() - begun, 3)})
        files = sorted(path.name for path in folder.iterdir())
    words(report.kept(out, files, missing))
    if options.json:
        print(record.encoded({"folder": str(out), "files": files, **about}))
    return history.interrupted


def _above(out: Path) -> Path:
    """The folder that is there and in which the run's will lie: rows that fit into no memory are put beside it."""
    return next(place for place in out.absolute().parents if place.is_dir())


def _about(found: Parts, origin: object, history: History, judged: Judgement) -> dict[str, Any]:
    left_out = [column.name for column in origin.left_out] if isinstance(origin, Table) else []
    learning, watching, judging = found.counts
    return {
        "task": found.task,
        "scores": judged.scores,
        "beside_linear": judged.beside_linear,
        "beside_constant": judged.beside_constant,
        "beside_boosting": judged.beside_boosting,
        "linear_converged": judged.converged,
        "rows": {"learning": learning, "watching": watching, "judging": judging},
        "dropped": {"columns": left_out, "rows": origin.dropped if isinstance(origin, Table) else 0},
        "epochs": len(history),
        "best_epoch": history.best_epoch,
        "interrupted": history.interrupted,
        "stopped": history.stopped,
        "training_seconds": round(history.seconds, 3),
    }


def _asked(options: Options, plan: Design) -> dict[str, Any]:
    return {"options": options, "design": plan, "versions": record.versions()}
