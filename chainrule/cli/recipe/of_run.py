"""What stands in the `run.toml` of a run: what was asked for, what was decided by itself, what was found."""

from typing import Any

from chainrule.cli.recipe.digest import digest
from chainrule.cli.run import record
from chainrule.cli.run.options import Options
from chainrule.cli.run.rows import Rows
from chainrule.config import engine
from chainrule.tables.delimited import Delimited
from chainrule.tables.design import Design
from chainrule.tables.parts import Parts
from chainrule.tables.preparing import count_of, watched_of
from chainrule.tables.table import Table


def of_run(
    source: str, options: Options, parts: Parts, origin: Rows | Table, plan: Design
) -> dict[str, dict[str, Any]]:
    """Tables by name, of values by key, for `writing.text`."""
    return {
        "data": _data(source, options, parts, origin),
        "network": {"hidden": plan.sizes[1:-1], "activation": plan.activation, "dropout": plan.dropout},
        "training": {
            "optimizer": plan.optimizer, "lr": plan.lr, "weight_decay": plan.weight_decay,
            "batch_size": plan.batch_size, "epochs": plan.epochs, "patience": plan.patience,
        },
        "found": found(source, parts, plan),
        "made": made(),
    }


def found(source: str, parts: Parts, plan: Design) -> dict[str, Any]:
    """What the rows are."""
    learning, watching, judging = parts.counts
    return {
        **digest(source),
        "rows": learning + watching + judging, "learning": learning, "watching": watching, "judging": judging,
        "inputs": plan.sizes[0], "outputs": plan.sizes[-1], "embeddings": [list(pair) for pair in plan.embeddings],
    }


def made() -> dict[str, Any]:
    """What computes."""
    return {**record.versions(), "engine": engine()}


def _data(source: str, options: Options, parts: Parts, origin: Rows | Table) -> dict[str, Any]:
    values: dict[str, Any] = {
        "source": source, "task": parts.task, "test": options.test, "seed": options.seed,
    }
    if not isinstance(origin, Table):
        return {**values, "validation": watched_of(options.validation, len(origin.known.X))}
    values |= {"target": parts.schema.target.name, "drop": options.drop}
    judged = count_of(options.test, origin.count, "chainrule train, --test")
    values["validation"] = watched_of(options.validation, origin.count - judged)
    if isinstance(origin.source, Delimited):
        values |= {
            "delimiter": origin.source.delimiter, "encoding": options.encoding, "header": origin.source.header,
        }
    return values
