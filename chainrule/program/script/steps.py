"""What an update is made of: statements, and loops over parameters."""

import ast
from dataclasses import dataclass, field


@dataclass
class Step:
    """One statement: `target = expression`."""

    target: str
    expression: ast.expr
    value: int | None = None


@dataclass
class Loop:
    """Statements for each of some parameters.

    Args:
        names: of the parameters.
        opened: what is fetched for each: name and expression.
        steps: what is computed.
        closed: what is put back: expression and name.
        before: statements in front of the loop.
        groups: names of parameters, and the names of their numbers, where these differ.
        varying: the names of these numbers in the first group.
        plain: the steps of the first group as they were.
    """

    names: list[str]
    opened: list[tuple[str, str]]
    steps: list[Step]
    closed: list[tuple[str, str]]
    before: list[Step] = field(default_factory=list)
    groups: list[tuple[list[str], list[str]]] = field(default_factory=list)
    varying: list[str] = field(default_factory=list)
    plain: list[Step] = field(default_factory=list)
