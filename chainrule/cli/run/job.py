"""One training from the command line, from its rows to its folder."""

import sys
from pathlib import Path
from time import perf_counter

from chainrule.cli.recipe.merging import differences
from chainrule.cli.recipe.of_run import of_run
from chainrule.cli.recipe.reading import Recipe
from chainrule.cli.run import record, report
from chainrule.cli.run.folder import written
from chainrule.cli.run.keeping import Run
from chainrule.cli.run.options import Options
from chainrule.cli.run.parts import parts
from chainrule.cli.run.wishes import wishes
from chainrule.errors import StateError
from chainrule.language import say
from chainrule.tables.fitting import fit
from chainrule.tables.judging import judge
from chainrule.tables.linear import takes_long
from chainrule.tables.stream import Stream
from chainrule.tables.training import planned


def job(source: str, options: Options, out: Path, recipe: Recipe | None = None) -> bool:
    """Train, judge, print and write.

    Args:
        source: name of a data set, or path of a CSV file.
        options: everything else.
        out: the folder to write.
        recipe: the file that asked for it, to say what is no longer as it was.

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

    found, origin = parts(source, options, above(out))
    plan = planned(wishes(options), found)
    depends = of_run(source, options, found, origin, plan)
    for line in differences(recipe, source, depends["found"], depends["made"]) if recipe is not None else ():
        print(line, file=sys.stderr, flush=True)
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
    run = Run(source, options, depends, found, origin, plan, trained, judged)
    with written(out, overwrite=options.overwrite) as folder:
        missing = run.keep(folder, perf_counter() - begun)
        files = sorted(path.name for path in folder.iterdir())
    words(report.kept(out, files, missing))
    if options.json:
        print(record.encoded({"folder": str(out), "files": files, **run.about}))
    return history.interrupted


def above(out: Path) -> Path:
    """The folder that is there and in which the run's will lie: rows that fit into no memory are put beside it."""
    return next(place for place in out.absolute().parents if place.is_dir())
