"""One edge of a dense layer: what comes along it, what comes back, and the gradient of its weight."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError
from chainrule.glass.explaining.numbers import number
from chainrule.language import say
from chainrule.train.plain import table

if TYPE_CHECKING:
    from chainrule.glass.explaining.step import Step

MOST_ROWS = 20


@dataclass(frozen=True, eq=False, repr=False)
class Edge:
    """δ · a = ∂L/∂w, row by row.

    Attributes:
        weight: the name of the weight, `"W1[0, 2]"`.
        w: its number.
        a: (rows,) what came along the edge, of the rows asked for.
        delta: (rows,) ∂L/∂z of the neuron at its end.
        rows: which rows these are.
        products: (rows,) delta · a, what each row says about ∂L/∂w.
        gradient: ∂L/∂w, the sum of the products over all rows of the batch.
        source: the name of what came along, `"X"` or `"a1"`.
        arriving: the name of what came back, `"dz1"`.
    """

    weight: str
    w: float
    a: npt.NDArray[np.float64]
    delta: npt.NDArray[np.float64]
    rows: tuple[int, ...]
    gradient: float
    source: str
    arriving: str
    place: tuple[int, int]

    @property
    def products(self) -> npt.NDArray[np.float64]:
        """What each row says about the gradient."""
        return np.asarray(self.delta * self.a)

    def __str__(self) -> str:
        i, j = self.place
        head = [say("explain.edge.row"), f"δ = {self.arriving}[:, {j}]", f"a = {self.source}[:, {i}]", "δ · a"]
        body = [
            [str(row), *(number(x).strip() for x in numbers)]
            for row, *numbers in zip(self.rows, self.delta, self.a, self.products, strict=True)
        ][:MOST_ROWS]
        lines = [say("explain.edge.title", None, weight=self.weight, w=number(self.w).strip())]
        lines += [f"  {line}" for line in table([head, *body])]
        if len(self.rows) > MOST_ROWS:
            lines.append(f"  … {len(self.rows) - MOST_ROWS}")
        lines.append(say("explain.edge.total", None, weight=self.weight, gradient=number(self.gradient).strip()))
        return "\n".join(lines)

    __repr__ = __str__


def edge(step: "Step", layer: int, source: int, target: int, row: int | None) -> Edge:
    """One edge of a step; arguments as in `Step.edge`."""
    names = step._gathering.names
    stage = next((stage for stage in names.found if stage.kind == "linear" and stage.number == layer), None)
    if stage is None or f"W{layer}" not in step or f"dz{layer}" not in step:
        known = ", ".join(str(stage.number) for stage in names.found if stage.kind == "linear")
        raise ArgumentError("explain.no_layer", "Step.edge, argument layer", got=layer, known=known)
    weights, arriving = step[f"W{layer}"].value, step[f"dz{layer}"].value
    name = names.name_of(stage.inputs[0]) or "X"
    coming = step[name].value.reshape(-1, weights.shape[0])
    arriving = arriving.reshape(-1, weights.shape[1])
    limits = (("source", source, weights.shape[0]), ("target", target, weights.shape[1]), ("row", row, len(coming)))
    for argument, place, size in limits:
        if place is not None and not 0 <= place < size:
            raise ArgumentError("explain.outside", f"Step.edge, argument {argument}", got=place, most=size - 1)
    rows = tuple(range(len(coming))) if row is None else (row,)
    a, delta = coming[:, source].astype(np.float64), arriving[:, target].astype(np.float64)
    chosen = list(rows)
    return Edge(
        f"W{layer}[{source}, {target}]", float(weights[source, target]), a[chosen], delta[chosen], rows,
        float((a * delta).sum()), name, f"dz{layer}", (source, target),
    )
