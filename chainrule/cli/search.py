"""`chainrule search`: the design that suits some rows best, and whether it is better than the default for sure."""

from typing import Annotated

from cyclopts import Parameter

from chainrule.cli.arguments import option, whole
from chainrule.cli.run.options import Options

DEFAULTS = Options()
INTERRUPTED = 130


def command(
    source: Annotated[str | None, option("cli.help.source")] = None, /, *,
    trials: Annotated[int, whole("cli_search.help.trials")] = 50,
    minutes: Annotated[float | None, option("cli_search.help.minutes")] = None,
    seeds: Annotated[int, whole("cli_search.help.seeds")] = 3,
    vary: Annotated[list[str] | None, option("cli_search.help.vary")] = None,
    options: Annotated[Options, Parameter(name="*")] = DEFAULTS,
) -> int:
    """Search, and train the best.

    Args:
        source: name of a data set, or path of a file; None for that of `--config`.
        trials: how many, those of an earlier call with the same words included.
        minutes: after which no trial is begun.
        seeds: other ones with which the best are trained again.
        vary: ranges, each as `lr=0.001..0.1` or `activation=relu,tanh`.
        options: those of `chainrule train`; what is said there is not varied.

    Returns:
        The exit code.
    """
    from chainrule.cli.searching.job import job
    from chainrule.data.arrays import real
    from chainrule.data.arrays import whole as checked

    where = "chainrule search, --"
    count = checked(trials, f"{where}trials", least=1, most=10**6)
    again = checked(seeds, f"{where}seeds", least=0, most=1000)
    seconds = float("inf") if minutes is None else 60 * real(minutes, f"{where}minutes", least=0, most=10**6)
    return INTERRUPTED if job(source, options, vary or [], count, seconds, again) else 0
