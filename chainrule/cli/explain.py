"""`chainrule explain`: every number of one training step."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from chainrule.cli.arguments import option, whole
from chainrule.errors import ArgumentError
from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.glass.explaining.step import Step


def command(
    source: Annotated[str, option("cli_explain.source_help")],
    /,
    *,
    rows: Annotated[int, whole("cli_explain.rows_help")] = 4,
    after: Annotated[int, whole("cli_explain.after_help")] = 0,
    seed: Annotated[int, whole("cli_explain.seed_help")] = 0,
    why: Annotated[str | None, option("cli_explain.why_help")] = None,
    target: Annotated[str | None, option("cli.help.target")] = None,
    out: Annotated[Path | None, option("cli_explain.out_help")] = None,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Explain one training step.

    Args:
        source: a lesson, the folder of a run, a data set, a CSV file, or `FILE.py:build`.
        rows: how many rows make the step.
        after: epochs that are trained before it.
        seed: of the initial weights.
        why: a gradient whose zeros are to be explained.
        target: column of a CSV file to predict.
        out: page to write.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.cli.configured.sources import configuration
    from chainrule.data.arrays import whole as checked
    from chainrule.glass.explaining.explain import explain
    from chainrule.population.building import Builder

    if out is not None and (out.expanduser().is_dir() or not out.expanduser().absolute().parent.is_dir()):
        raise ArgumentError("cli_explain.out", "chainrule explain, --out", got=out)
    count = checked(rows, "chainrule explain, --rows", least=1)
    epochs = checked(after, "chainrule explain, --after", least=0)
    found = configuration(source, target, 1, None)
    trainer = Builder(found.build, {})(checked(seed, "chainrule explain, --seed", least=0, most=2**63 - 1))
    if epochs:
        trainer.fit(found.data, epochs=epochs, batch_size=found.batch_size, progress=False)
    step = explain(trainer, _first(found.data, count))
    if why is not None and why not in [quantity.name for quantity in step.part("backward")]:
        _refuse(step, why)
    print(step if why is None else step.why_zero(why), flush=True)
    if out is not None:
        step.to_html(out.expanduser())
        print("\n" + say("cli_explain.written", None, path=out))
    return 0


def _refuse(step: "Step", why: str) -> None:
    """A name that is no gradient, said in the words of the command line; that of a frozen weight is one."""
    try:
        step.why_zero(why)
    except ArgumentError:
        known = ", ".join(quantity.name for quantity in step.part("backward"))
        where = "chainrule explain, --why"
        raise ArgumentError("cli_explain.why", where, got=repr(why), known=known, first=known.split(",")[0]) from None


def _first(data: Any, count: int) -> Any:
    """The first rows of arrays, or the first batch of a loader."""
    if not isinstance(data, tuple):
        return next(iter(data))
    return tuple(tuple(x[:count] for x in part) if isinstance(part, tuple) else part[:count] for part in data)
