"""Rows of several classes as coloured points with their names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._chart import Numbers, Points
from chainrule.plots._palette import class_color, class_symbol


def class_names(labels: Sequence[object], names: Sequence[str], where: str, lang: str) -> list[str]:
    """What the legend calls the classes: the names given, else "class" and the label."""
    if len(names) and len(names) != len(labels):
        raise ArgumentError("plots.names", f"{where}, argument names", got=len(names), want=len(labels))
    return [str(name) for name in names] or [say("plots.class", lang, label=label) for label in labels]


def feature_names(features: Sequence[str], columns: Sequence[int], count: int, where: str, lang: str) -> list[str]:
    """What the axes call the columns: the names given for all of X, else "feature" and the number from 1."""
    if len(features) and len(features) != count:
        raise ArgumentError("plots.features", f"{where}, argument features", got=len(features), want=count)
    return [
        str(features[column]) if len(features) else say("plots.feature", lang, number=column % count + 1)
        for column in columns
    ]


def class_points(rows: Numbers, classes: NDArray[np.int64], names: Sequence[str]) -> list[Points]:
    """One mark a class: its rows (m, 2) in its colour; with three classes or more, each its own symbol."""
    return [
        Points(
            x=rows[classes == number, 0],
            y=rows[classes == number, 1],
            color=class_color(number),
            name=name,
            symbol=class_symbol(number) if len(names) > 2 else "circle",
        )
        for number, name in enumerate(names)
    ]
