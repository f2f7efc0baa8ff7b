"""`fit`: from a table to a model, in one call."""

from typing import Any

from chainrule.errors import ArgumentError, StateError
from chainrule.tables.design import Design, Wishes, design
from chainrule.tables.fitting import fit as trained
from chainrule.tables.judging import judge
from chainrule.tables.model import Model
from chainrule.tables.parts import Parts
from chainrule.tables.preparing import prepared
from chainrule.tables.reading import read
from chainrule.tables.table import Table


def fit(
    table: object,
    target: str | None = None,
    *,
    test: float = 0.2,
    validation: float | None = None,
    seed: int = 0,
    progress: bool | None = None,
    **wishes: Any,
) -> Model:
    """Train a network on a table, and judge it on rows it has not seen, beside other models.

    Args:
        table: of `tables.read`; or a path or a frame, which is then read.
        target: the column to predict, of a path or frame.
        test: share, or number, of the rows kept for judging.
        validation: share, or number, of the others that early stopping watches; default a fifth, of many a tenth.
        seed: of the parting of rows, the first weights, the order of rows and dropout.
        progress: show how far it is; default where somebody looks.
        wishes: `task`, and what else is not to be chosen by the data: `hidden` (a tuple of widths), `activation`,
            `dropout`, `optimizer`, `lr`, `weight_decay`, `epochs`, `batch_size`, `patience`.

    Returns:
        The model with its best weights; `print` shows its scores.

    Raises:
        ArgumentError: for a table without a target, and values that cannot be.
        DataError: for a table that nothing can be learnt from.
        StateError: when the training diverged.

    Example:
        >>> import chainrule as cr
        >>> import pandas
        >>> frame = pandas.DataFrame({"x": [float(i % 7) for i in range(70)], "y": ["up", "down"] * 35})
        >>> model = cr.tables.fit(frame, "y", epochs=2, hidden=(4,), progress=False)
        >>> sorted(model.judged)
        ['boosting', 'constant', 'linear', 'network']
    """
    task = wishes.pop("task", None)
    found = table if isinstance(table, Table) else read(table, _named(target), task=task)
    asked = Wishes(**wishes)
    parts = prepared(found, test=test, validation=validation, seed=seed, batch_size=asked.batch_size)
    plan = planned(asked, parts)
    done = trained(plan, parts, seed, progress=progress is not False)
    if done.diverged is not None:
        raise StateError("cli.error.diverged", found.name, reason=done.diverged, lr=f"{plan.lr / 10:g}")
    judged = judge(done.trainer, parts, seed)
    return Model(found.short, parts.schema, done.trainer.model, plan, done.history, dict(judged.scores))


def planned(asked: Wishes, parts: Parts) -> Design:
    """The network and training for some rows."""
    schema = parts.schema
    embedded = tuple((field.places, field.embedded) for field in schema.embedded)
    return design(
        asked, parts.counts[0], schema.width - len(embedded), schema.target.outputs,
        pictures=parts.image_shape is not None, embeddings=embedded,
    )


def _named(target: str | None) -> str:
    if target is None:
        raise ArgumentError("table.no_target", "tables.fit, argument target")
    return target
