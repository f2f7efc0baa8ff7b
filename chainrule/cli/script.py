"""`chainrule script`: a training as a NumPy program of its own."""

from pathlib import Path
from typing import Annotated, Literal

from chainrule.cli.arguments import option, whole


def command(
    source: Annotated[str, option("cli_script.source_help")],
    /,
    *,
    seed: Annotated[int, whole("cli_script.seed_help")] = 0,
    epochs: Annotated[int | None, whole("cli_odds.epochs_help")] = None,
    batch_size: Annotated[int | None, whole("cli.help.batch_size")] = None,
    target: Annotated[str | None, option("cli.help.target")] = None,
    out: Annotated[Path | None, option("cli_script.out_help")] = None,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Print a training as a program, or write it into a folder.

    Args:
        source: a lesson, the folder of a run, a data set, a CSV file, or `FILE.py:build`.
        seed: of the first weights, the order of the rows and dropout.
        epochs: of the training.
        batch_size: rows a step.
        target: column of a CSV file to predict.
        out: folder to write; None prints the program.
        lang: of the words in the program; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.cli.configured.sources import configuration
    from chainrule.glass.scripting import script
    from chainrule.language import say
    from chainrule.population.building import Builder
    from chainrule.program.script.folder import PROGRAM

    found = configuration(source, target, epochs, batch_size)
    trainer = Builder(found.build, {})(seed)
    folder = None if out is None else out.expanduser()
    text = script(trainer, found.data, found.epochs, found.batch_size, out=folder)
    print(text if folder is None else say("cli_script.kept", path=folder / PROGRAM), end="" if folder is None else "\n")
    return 0
