"""Reads the curves of a training run from whatever holds them."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.plots._arrays import column
from chainrule.plots._chart import Numbers


def curves(source: object, where: str) -> dict[str, Numbers]:
    """Every curve by name, one number an epoch.

    Args:
        source: a History (or what has one as `.history`), a mapping of names to numbers, or the
            numbers of the loss alone.
        where: for errors.

    Raises:
        DataError: when there is nothing in it.
    """
    found = record(source)
    if not isinstance(found, Mapping) and hasattr(found, "history"):
        found = found.history
    if not isinstance(found, Mapping):
        found = {"loss": found}
    read = {str(name): column(values, f"{where}, {name}") for name, values in found.items()}
    read = {name: values for name, values in read.items() if values.size}
    if not read:
        raise DataError("plots.no_epochs", where)
    return read


def curve(source: object, name: str, where: str) -> Numbers:
    """The curve of one name.

    Raises:
        DataError: when the source does not have it.
    """
    found = curves(source, where)
    if name not in found:
        raise DataError("plots.no_curve", where, got=sorted(found), name=name)
    return found[name]


def record(source: object) -> Any:
    """The History itself, out of what has one as `.history`, such as a Trainer."""
    found: Any = source
    while not isinstance(found, Mapping) and hasattr(getattr(found, "history", None), "history"):
        found = found.history
    return found


def remembered(source: object, name: str) -> float | None:
    """A number that the History keeps beside its curves, such as `floor`; None where there is none."""
    value = getattr(record(source), name, None)
    return float(value) if isinstance(value, Real) else None


def epochs(source: object, values: Numbers) -> Numbers:
    """The numbers of the epochs as the History has them, else counted from 0."""
    own = getattr(record(source), "epoch", None)
    if isinstance(own, list) and len(own) == len(values):
        return np.array(own, dtype=np.float64)
    return np.arange(len(values), dtype=np.float64)
