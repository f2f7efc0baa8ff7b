"""One number, or array of numbers, of a training step, and where it comes from."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from chainrule.glass import formula as formulas
from chainrule.language import say

Array = npt.NDArray[Any]
Part = Literal["given", "forward", "backward", "update"]


@dataclass(frozen=True, eq=False, repr=False)
class Quantity:
    """One quantity of a step.

    Attributes:
        name: as in the articles: z1, a1, dz2, dW2 …
        part: `"given"`, `"forward"`, `"backward"` or `"update"`.
        expression: what it is computed from, as Python that runs; empty for what was given.
        value: its numbers; weights and their gradients as (inputs, outputs).
        factors: the names of what it is computed from.
        meaning: what it is, in words.
        numeric: for the gradient of a parameter the same by central differences in float64, NaN where not checked.
        numeric_error: the largest deviation of the two, relative to the largest magnitude; None without a check.
        checked: how many of its numbers were checked.
        layer: path and class of the layer it belongs to, such as `"0 Linear"`.
    """

    name: str
    part: Part
    expression: str
    value: Array
    factors: tuple[str, ...]
    key: str
    words: dict[str, Any]
    numeric: Array | None = None
    numeric_error: float | None = None
    checked: int = 0
    layer: str = ""

    @property
    def formula(self) -> str:
        """The equation as text, `dz1 = da1 * (1 - a1 * a1)`; for what was given only the name."""
        return f"{self.name} = {self.expression}" if self.expression else self.name

    @property
    def latex(self) -> str:
        """The equation in LaTeX."""
        return formulas.latex(self.name, self.expression or self.name)

    @property
    def mathml(self) -> str:
        """The equation in MathML."""
        if not self.expression:
            return formulas.mathml_name(self.name)
        return formulas.mathml(self.name, self.expression)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its value."""
        return np.shape(self.value)

    @property
    def meaning(self) -> str:
        """What it is, in the language in force."""
        return say(self.key, None, **self.words)

    def __repr__(self) -> str:
        shown = np.array2string(np.asarray(self.value), precision=6, suppress_small=False)
        return f"{self.formula}  {self.shape}\n{shown}"


@dataclass(frozen=True, eq=False)
class Term:
    """What an optimizer adds to the step of one parameter: an average that it keeps, a clipped gradient.

    Attributes:
        name: as the formula calls it.
        expression: what it is computed from.
        before: its numbers before the step; None for what is not kept.
        after: its numbers after the step.
    """

    name: str
    expression: str
    before: Array | None
    after: Array


@dataclass(frozen=True, eq=False, repr=False)
class Update:
    """How one step changes one parameter.

    Attributes:
        name: of the parameter.
        expression: what the new numbers are computed from.
        before: its numbers before the step.
        after: its numbers after the step.
        terms: the optimizer's own terms.
        settings: the optimizer's numbers, such as `{"lr": 0.1}`.
    """

    name: str
    expression: str
    before: Array
    after: Array
    terms: tuple[Term, ...]
    settings: dict[str, float]

    @property
    def formula(self) -> str:
        """The equation as text, `W1 ← W1 - lr * dW1`."""
        return f"{self.name} ← {self.expression}"

    @property
    def change(self) -> Array:
        """The difference between before and after."""
        return np.asarray(self.after - self.before)

    @property
    def mathml(self) -> str:
        """The equation in MathML."""
        return formulas.mathml(self.name, self.expression).replace("<mo>=</mo>", "<mo>←</mo>", 1)

    @property
    def latex(self) -> str:
        """The equation in LaTeX."""
        return formulas.latex(self.name, self.expression).replace(" = ", r" \leftarrow ", 1)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name} = {value:g}" for name, value in self.settings.items())
        return f"{self.formula}   ({numbers})\n{self.before}\n→\n{self.after}"
