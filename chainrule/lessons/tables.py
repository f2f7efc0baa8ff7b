"""The articles' tables, in both languages: neurons, activation functions, losses, key points."""

from collections.abc import Callable
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.lessons.page import Page

# name of the table: (columns, rows); cells that need no words stand here, all others in the catalogue.
_TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "neurons": (("biological", "does", "artificial"), ("dendrite", "soma", "axon", "synapse")),
    "activations": (
        ("function", "formula", "for", "against", "use"), ("sigmoid", "tanh", "relu", "leaky_relu", "softmax"),
    ),
    "losses": (("function", "formula", "for", "against", "use"), ("mse", "mae", "huber", "bce", "cross_entropy")),
    "outputs": (("task", "output", "loss"), ("binary", "classes", "number")),
    "key_points": (("point",), ("forward", "backward", "nonlinear", "start")),
}


def table(name: str, write: Callable[[str], Any] = print) -> list[list[str]]:
    """Write one of the articles' tables.

    Args:
        name: "neurons", "activations", "losses", "outputs" or "key_points".
        write: takes one line at a time.

    Returns:
        list: its rows of cells, without the headings.

    Raises:
        ArgumentError: for an unknown table.

    Example:
        >>> from chainrule import lessons
        >>> lessons.table("activations", write=lambda line: None)[2][:2]
        ['ReLU', 'max(z, 0)']
    """
    if name not in _TABLES:
        raise ArgumentError("lessons.table", "lessons.table, argument name", got=repr(name), known=", ".join(_TABLES))
    columns, rows = _TABLES[name]
    cells = [[say(f"tables.{name}_{row}_{column}") for column in columns] for row in rows]
    Page(write).table([f"tables.column_{column}" for column in columns], cells)
    return cells
