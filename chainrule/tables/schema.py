"""What a network has to know of a table: its fields and its target, as plain data."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.tables.columns import Column
from chainrule.tables.fields import KINDS, Category, Field, Inputs, learnt
from chainrule.tables.typed import Typed

Task = Literal["binary", "classes", "numbers"]


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Attributes:
        name: of the column.
        task: two classes, several classes, or numbers.
        way: how its cells are read where they are numbers; 0 for words.
        classes: their names, in the order of their numbers.
        center: of numbers, what is taken away.
        scale: of numbers, what is divided by.
        constant: the best answer for every row: shares of the classes, or mean and median.
    """

    name: str
    task: Task
    way: int
    classes: tuple[str, ...]
    center: float = 0.0
    scale: float = 1.0
    constant: tuple[float, ...] = ()

    @property
    def outputs(self) -> int:
        """How many outputs a network has for it."""
        return len(self.classes) if self.task == "classes" else 1


@dataclass(frozen=True)
class Schema:
    """Fields in the order of the inputs, and the target."""

    fields: tuple[Field, ...]
    target: Target

    @property
    def dense(self) -> list[int]:
        """The fields whose inputs are taken as they are."""
        return [place for place, field in enumerate(self.fields) if not _embedded(field)]

    @property
    def embedded(self) -> list[Category]:
        """The fields that the network has a table for: their inputs are the last ones."""
        return [field for field in self.fields if isinstance(field, Category) and field.embedded]

    @property
    def width(self) -> int:
        """How many inputs there are."""
        return sum(field.width for field in self.fields)

    @property
    def compact_width(self) -> int:
        """How many numbers a compact row has."""
        return sum(field.compact_width for field in self.fields)

    def compact(self, rows: Typed, columns: list[Column]) -> Inputs:
        """(n, compact_width) rows as they are kept on the way."""
        parts = []
        for field, column, values in zip(self.fields, columns, rows.columns, strict=True):
            if isinstance(field, Category):
                parts.append(field.compact(values, column.words))
            else:
                parts.append(field.compact(values))
        return np.concatenate(parts, axis=1)

    def expand(self, compact: Inputs) -> Inputs:
        """(n, width) inputs of a network, those of embedded fields last."""
        made = np.empty((len(compact), self.width), np.float32)
        begins = np.cumsum([0, *(field.compact_width for field in self.fields)])
        order = [*self.dense, *(place for place in range(len(self.fields)) if place not in set(self.dense))]
        at = 0
        for place in order:
            field = self.fields[place]
            part = compact[:, begins[place] : begins[place + 1]]
            field.expand(part, made[:, at : at + field.width])
            at += field.width
        return made

    def inputs(self, rows: Typed, columns: list[Column]) -> Inputs:
        """(n, width) inputs of a network."""
        return self.expand(self.compact(rows, columns))

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for a file."""
        return {"fields": [asdict(field) for field in self.fields], "target": asdict(self.target)}

    @classmethod
    def from_dict(cls, data: Any) -> "Schema":
        """The schema behind plain data.

        Raises:
            ValueError: for data that are none.
        """
        import msgspec

        try:
            fields = tuple(msgspec.convert(field, KINDS[field["kind"]]) for field in data["fields"])
            return cls(fields, msgspec.convert(data["target"], Target))
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from None


def learn(columns: list[Column], rows: Typed, target: Target) -> Schema:
    """The fields of columns, by the rows to learn from; a column that is the same in all of them is no field."""
    return Schema(tuple(learnt(c, v) for c, v in zip(columns, rows.columns, strict=True)), target)


def used(schema: Schema) -> list[Column]:
    """The columns that a table needs for this schema, as its cells are read."""
    return [_column(field) for field in schema.fields]


def scaled(target: Target, values: NDArray[np.float64]) -> NDArray[Any]:
    """Targets as a loss takes them: (n, 1) float32 of two classes or of scaled numbers, (n,) int64 of classes."""
    if target.task == "classes":
        return values.astype(np.int64)
    return ((values - target.center) / target.scale).astype(np.float32)[:, None]


def fitted(target: Target, y: NDArray[np.float64], known: NDArray[np.float64]) -> Target:
    """The target with the scale of the rows to learn from, and the best constant of all that are known."""
    if target.task != "numbers":
        shares = np.bincount(known.astype(np.int64), minlength=len(target.classes)) / len(known)
        return replace(target, constant=tuple(shares.tolist()))
    peak = float(np.abs(y).max()) or 1.0
    center, scale = float((y / peak).mean()) * peak, float((y / peak).std()) * peak
    constant = float((known / peak).mean()) * peak, float(np.median(known))
    return replace(target, center=center, scale=scale or 1.0, constant=constant)


def own(target: Target, y: NDArray[np.float64]) -> Array:
    """Targets in their own units: (n,) classes, (n, 1) otherwise."""
    return y.astype(np.int64) if target.task == "classes" else y[:, None]


def _column(field: Field) -> Column:
    if isinstance(field, Category):
        return Column(field.name, "category", words=field.levels)
    return Column(field.name, field.kind, field.way, getattr(field, "markers", ()))


def _embedded(field: Field) -> bool:
    return isinstance(field, Category) and field.embedded > 0
