"""Reads the curves of a training run from whatever holds them."""

from collections.abc import Mapping
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
    found: Any = source
    while not isinstance(found, Mapping) and hasattr(found, "history"):
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


def epochs(values: Numbers) -> Numbers:
    """The numbers of the epochs, counted from 0 as in a History."""
    return np.arange(len(values), dtype=np.float64)
