"""`chainrule odds`: how often a configuration really learns."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from chainrule.cli.arguments import option, whole
from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.population.result import Odds
    from chainrule.population.sweep import Sweep

INTERRUPTED = 130


def command(
    source: Annotated[str, option("cli_odds.source_help")],
    /,
    *,
    seeds: Annotated[int, whole("cli_odds.seeds_help")] = 100,
    epochs: Annotated[int | None, whole("cli_odds.epochs_help")] = None,
    batch_size: Annotated[int | None, whole("cli.help.batch_size")] = None,
    vary: Annotated[list[str] | None, option("cli_odds.vary_help")] = None,
    success: Annotated[float | None, option("cli_odds.success_help")] = None,
    target: Annotated[str | None, option("cli.help.target")] = None,
    out: Annotated[Path | None, option("cli_odds.out_help")] = None,
    overwrite: Annotated[bool, option("cli.help.overwrite")] = False,
    progress: Annotated[bool, option("cli.help.progress", negative="--no-progress")] = True,
    json: Annotated[bool, option("cli.help.json")] = False,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Train a configuration with many seeds.

    Args:
        source: a lesson, the folder of a run, a data set, a CSV file, or `FILE.py:build`.
        seeds: how many.
        epochs: of each training.
        batch_size: rows a step.
        vary: settings with their values, each as `lr=0.1,0.01`.
        success: the largest loss that is a success.
        target: column of a CSV file to predict.
        out: folder to write; None for none.
        overwrite: replace that folder if a run wrote it.
        progress: show how far it is.
        json: print for programs.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.cli.configured.settings import settings
    from chainrule.cli.configured.sources import configuration
    from chainrule.cli.run.folder import check
    from chainrule.population.odds import odds

    if out is not None:
        check(out.expanduser(), overwrite=overwrite)
    varied = settings(vary or [])
    found = configuration(source, target, epochs, batch_size)
    asked = {"seeds": seeds, "success": success, "progress": None if progress else False}
    result: Odds | Sweep = odds(
        found.build, found.data, found.epochs, found.batch_size, vary=varied or None, **asked  # type: ignore[arg-type]
    )
    print(result.to_json() if json else result, flush=True)
    if out is not None:
        _keep(result, out.expanduser(), overwrite=overwrite, stream=sys.stderr if json else sys.stdout)
    return INTERRUPTED if result.interrupted else 0


def _keep(result: "Odds | Sweep", out: Path, *, overwrite: bool, stream: Any) -> None:
    """Write numbers, words and, where Matplotlib is there, the picture."""
    from chainrule.cli.run.folder import written
    from chainrule.errors import MissingExtraError
    from chainrule.plots._odds import odds as draw

    missing: MissingExtraError | None = None
    with written(out, overwrite=overwrite) as folder:
        (folder / "odds.json").write_text(result.to_json() + "\n", encoding="utf-8")
        (folder / "odds.txt").write_text(f"{result}\n", encoding="utf-8")
        try:
            draw(result).savefig(folder / "odds.png")
        except MissingExtraError as error:
            missing = error
        files = ", ".join(sorted(path.name for path in folder.iterdir()))
    print("\n" + say("cli.train.kept", folder=out, files=files), file=stream)
    if missing is not None:
        print(say("cli.train.no_pictures", line=missing.part("try")), file=stream)
