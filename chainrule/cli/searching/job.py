"""One search from the command line, from its rows to the folder of its winner."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from chainrule.cli.recipe.digest import digest
from chainrule.cli.recipe.keys import KEYS
from chainrule.cli.recipe.merging import merged
from chainrule.cli.recipe.of_run import of_run
from chainrule.cli.recipe.reading import read
from chainrule.cli.run import record, report
from chainrule.cli.run.folder import check, written
from chainrule.cli.run.job import above
from chainrule.cli.run.keeping import Run
from chainrule.cli.run.options import Options
from chainrule.cli.run.parts import parts
from chainrule.cli.searching import journal, page, telling
from chainrule.cli.searching.space import Space, space
from chainrule.cli.searching.study import Candidate, Search
from chainrule.cli.searching.trial import designed, trained
from chainrule.config import engine
from chainrule.errors import ArgumentError, StateError
from chainrule.language import say
from chainrule.tables.answers import answers
from chainrule.tables.fitting import Fit
from chainrule.tables.judging import judge
from chainrule.tables.scores import scores
from chainrule.tables.verdict import verdict

KEPT = "search.journal"
ELSE = ("out", "overwrite", "progress", "quiet", "json", "lang", "config")  # what no trial depends on


def job(
    source: str | None, options: Options, vary: Sequence[str], trials: int, seconds: float, seeds: int
) -> bool:
    """Search, repeat, judge once, print and write.

    Returns:
        Whether Ctrl-C ended the search early.

    Raises:
        StateError: when no trial came to its end.
    """
    begun = perf_counter()
    stream = sys.stderr if options.json else sys.stdout

    def words(text: str) -> None:
        if not options.quiet:
            print(text, file=stream, flush=True)

    source, options = _asked(source, options)
    out = (options.out or Path(f"search-{Path(source).name.split('.')[0]}")).expanduser()
    found, origin = parts(source, options, above(out))
    default = designed({}, options, found)
    varied = space(default, found.counts[0], options, vary)
    if not varied:
        raise ArgumentError("cli_search.nothing", "chainrule search")
    place = _journal(out, overwrite=options.overwrite)
    with journal.opened(place, _about(source, options, varied)) as study:
        shown = options.progress and not options.quiet
        search = Search(
            study, varied, options, found,
            lambda trial, best: words(telling.of_trial(trial, best, trials)) if shown else None,
        )
        words(report.opening(found, origin, default) + "\n\n" + telling.opening(search, varied, trials, seeds))
        earlier = len(search.trials)
        words("\n" + (say("cli_search.says.resumed", count=earlier, path=place) if earlier else ""))
        search.run(trials, seconds)
        if search.interrupted:
            words("\n" + say("cli_search.says.interrupted"))
        if not search.best:
            line = f"--lr {default.lr / 10:g}"
            raise StateError("cli_search.none", "chainrule search", count=len(search.trials), line=line)
        candidates = search.repeated(seeds)
        winner = min(candidates, key=lambda one: (one.mean, not search.is_default(one), one.trial or 0))
        said = [telling.best(search, candidates, winner, None), telling.watched(search, candidates, winner)]
        shown_best = telling.best(search, candidates, winner, stream)
        print(f"\n{shown_best}\n\n{said[1]}\n", file=stream, flush=True)
        best = trained(winner.plan, found, options.seed, progress=shown)
        other = best if search.is_default(winner) else trained(default, found, options.seed)
        judged = judge(best.trainer, found, options.seed)
        said.append(_compared(found, judged.answers, judged.scores, None if other is best else other, stream))
        print(said[-1] + "\n", file=stream, flush=True)
        asked = _options(options, winner)
        depends = of_run(source, asked, found, origin, winner.plan)
        run = Run(source, asked, depends, found, origin, winner.plan, best, judged)
        with written(out, overwrite=options.overwrite or (out / KEPT).is_file()) as folder:
            missing = run.keep(folder, perf_counter() - begun)
            page.rows(folder / "search.csv", search)
            (folder / "search.html").write_text(page.page(search, found.name, "\n\n".join(said)), encoding="utf-8")
            shutil.copyfile(place, folder / KEPT)
            files = sorted(path.name for path in folder.iterdir())
        about = {
            "folder": str(out), "files": files, "trials": len(search.trials), "winner": winner.trial,
            "candidates": candidates, **run.about,
        }
    place.unlink()  # the folder has it now
    words(report.kept(out, files, missing))
    words("\n".join(["", say("cli_search.says.on", trials=2 * trials, out=out)]))
    if options.json:
        print(record.encoded(about))
    return search.interrupted or best.history.interrupted


def _asked(source: str | None, options: Options) -> tuple[str, Options]:
    """Source and options; of a `run.toml` the rows, for the network is searched for."""
    if options.config is not None:
        recipe = read(options.config)
        rows = {name: value for name, value in recipe.options.items() if name in KEYS["data"]}
        recipe.options.clear()
        recipe.options.update(rows)
        source, options, notes = merged(source, options, recipe)
        for line in [*notes, say("cli_search.says.rows_only", file=recipe.path)]:
            print(line, file=sys.stderr, flush=True)
    if source is None:
        raise ArgumentError("cli.error.missing", "chainrule search", name="SOURCE", command="chainrule search")
    return source, options


def _journal(out: Path, *, overwrite: bool) -> Path:
    """Where the trials are kept: beside the folder, until this has them.

    Raises:
        FileError: for a folder that no search wrote.
    """
    place = out.with_name(f"{out.name}.journal")
    out.parent.mkdir(parents=True, exist_ok=True)
    if overwrite:
        check(out, overwrite=True)
        place.unlink(missing_ok=True)
        return place
    earlier = out / KEPT
    check(out, overwrite=earlier.is_file())
    if earlier.is_file() and not place.exists():
        part = place.with_name(f"{place.name}.part")
        shutil.copyfile(earlier, part)
        part.replace(place)
    return place


def _about(source: str, options: Options, varied: Space) -> dict[str, Any]:
    """What every trial depends on: a journal belongs to this, and to nothing else."""
    asked = {name: getattr(options, name) for name in sorted(options.given - set(ELSE))}
    return {
        "source": digest(source)["blake2b"], **asked, "seed": options.seed, "engine": engine(),
        **{f"--vary {name}": str(ranged) for name, ranged in varied.items()},
    }


def _options(options: Options, winner: Candidate) -> Options:
    """The options with which `chainrule train` makes the winner."""
    plan = winner.plan
    said = {name: getattr(options, name) for name in options.given}
    hidden = ",".join(map(str, plan.sizes[1:-1])) or "0"
    names = ("activation", "dropout", "optimizer", "lr", "weight_decay", "epochs", "batch_size", "patience")
    return Options(**{**said, "hidden": hidden, **{name: getattr(plan, name) for name in names}})


def _compared(found: Any, given: Any, judged: Any, other: Fit | None, stream: Any) -> str:
    """The winner and the default design on the rows to judge by, at which nobody has looked until now."""
    if other is None:
        return report.beside(judged, say("cli_search.says.judged", rows=f"{len(found.truth):,}"), stream)
    default = answers(other.trainer.predict(found.judging.X), found.schema.target)
    shown = {**judged, "default": scores(found.task, found.truth, default)}
    return telling.judged(found, shown, verdict(found.task, found.truth, given, default), stream)
