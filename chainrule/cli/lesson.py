"""`chainrule lesson`: one of the four articles, run."""

import sys
from typing import Annotated, Literal

from chainrule.cli.arguments import option, whole


def command(
    number: Annotated[int, whole("cli.help.number")],
    /,
    *,
    seeds: Annotated[int, whole("cli.help.seeds")] = 100,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Run a lesson.

    Args:
        number: of the article, 1 to 4.
        seeds: how many runs stand behind every rate.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.lessons.running import run

    run(number, seeds=seeds, lang=lang, write=lambda line: print(line, file=sys.stdout, flush=True))
    return 0
