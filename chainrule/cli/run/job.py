"""One training from the command line, from its rows to its folder."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from chainrule.cli.run import pictures, record, report
from chainrule.cli.run.design import Design, design
from chainrule.cli.run.fitting import fit
from chainrule.cli.run.folder import written
from chainrule.cli.run.judging import Judgement, judge
from chainrule.cli.run.linear import takes_long
from chainrule.cli.run.options import Options
from chainrule.cli.run.parts import Parts, parts
from chainrule.cli.run.rows import Rows, rows
from chainrule.errors import StateError
from chainrule.language import say
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

    found = rows(source, options)
    scaled = parts(found)
    plan = design(options, scaled, pictures=found.known.image_shape is not None)
    words(report.opening(found, scaled, plan) + "\n")
    trained = fit(plan, scaled, options.seed, progress=options.progress and not options.quiet)
    history = trained.history
    if trained.diverged is not None:
        raise StateError("cli.error.diverged", source, reason=trained.diverged, lr=f"{plan.lr / 10:g}")
    words(report.trained(history) + "\n")
    if takes_long(scaled):
        words(say("cli.train.comparing") + "\n")
    judged = judge(trained.trainer, found, scaled)
    table = report.scores(judged, len(found.judging.X), stream)
    if not (options.quiet and options.json):
        print(table, file=stream, flush=True)
    words("\n" + report.judgement(scaled.task, judged, len(found.judging.X)) + "\n")
    with written(out, overwrite=options.overwrite) as folder:
        record.weights(folder / "model.safetensors", trained.trainer.model, found, scaled, plan)
        record.history(folder / "history.csv", history)
        missing = pictures.pictures(folder, history, found, scaled, judged.answers)
        about = {"source": source, **_about(found, scaled, history, judged), **_asked(options, plan)}
        record.json(folder / "run.json", {**about, "seconds": round(perf_counter() - begun, 3)})
        files = sorted(path.name for path in folder.iterdir())
    words(report.kept(out, files, missing))
    if options.json:
        print(record.encoded({"folder": str(out), "files": files, **about}))
    return history.interrupted


def _about(found: Rows, scaled: Parts, history: History, judged: Judgement) -> dict[str, Any]:
    return {
        "task": scaled.task,
        "scores": judged.scores,
        "beside_linear": judged.beside_linear,
        "beside_constant": judged.beside_constant,
        "linear_converged": judged.converged,
        "rows": {
            "learning": len(found.learning.X), "watching": len(found.watching.X), "judging": len(found.judging.X),
        },
        "dropped": {"columns": found.dropped.columns, "rows": len(found.dropped.lines)},
        "epochs": len(history),
        "best_epoch": history.best_epoch,
        "interrupted": history.interrupted,
        "stopped": history.stopped,
        "training_seconds": round(history.seconds, 3),
    }


def _asked(options: Options, plan: Design) -> dict[str, Any]:
    return {"options": options, "design": plan, "versions": record.versions()}
