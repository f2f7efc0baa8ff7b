"""What a data set is: rows of features and their targets, with the names of both."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from chainrule import language
from chainrule.data.arrays import Array, Floats, Ints, Kind


@dataclass(frozen=True)
class Dropped:
    """What a reader left out, to be told to the user.

    Attributes:
        columns: names of the columns left out, because they are not numbers.
        lines: line numbers of the rows left out, because a cell of theirs is missing.

    Example:
        >>> import numpy as np
        >>> import chainrule.data
        >>> print(chainrule.data.Dropped(("town",), np.array([7, 9])))
        left out 1 columns that are not numbers: town
        left out 2 rows with missing cells: lines 7, 9
    """

    columns: tuple[str, ...] = ()
    lines: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __bool__(self) -> bool:
        return bool(self.columns) or len(self.lines) > 0

    def __str__(self) -> str:
        parts = []
        if self.columns:
            parts.append(language.say("data.dropped_columns", count=len(self.columns), names=", ".join(self.columns)))
        if len(self.lines):
            shown = ", ".join(str(line) for line in self.lines[:5]) + (", …" if len(self.lines) > 5 else "")
            parts.append(language.say("data.dropped_rows", count=len(self.lines), lines=shown))
        return "\n".join(parts)


class Samples(tuple[Floats, Array]):  # noqa: SLOT001 - a tuple that carries names has room for them
    """Rows of a data set and their targets; unpacks as `X, y` and knows the names of both.

    Args:
        X: (n, features), floating point.
        y: (n, 1) float of 0 and 1 for two classes, (n,) int64 for more, (n, 1) float for numbers.
        name: short name of the set.
        kind: `"classes"` or `"numbers"`: what the targets are.
        feature_names: one name a column.
        target_names: names of the classes in the order of their numbers, or of the target columns.
        about: key of the catalogue under which the description stands.
        image_shape: (height, width) when a row is a picture.
        dropped: what the reader left out.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.iris()
        >>> X.shape, y.shape
        ((150, 4), (150,))
        >>> chainrule.data.iris().target_names
        ('setosa', 'versicolor', 'virginica')
    """

    name: str
    kind: Kind
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    about: str | None
    image_shape: tuple[int, int] | None
    dropped: Dropped

    def __new__(
        cls,
        X: Floats,
        y: Array,
        *,
        name: str = "",
        kind: Kind = "numbers",
        feature_names: tuple[str, ...] = (),
        target_names: tuple[str, ...] = (),
        about: str | None = None,
        image_shape: tuple[int, int] | None = None,
        dropped: Dropped | None = None,
    ) -> Self:
        self = super().__new__(cls, (X, y))
        self.name = name
        self.kind = kind
        self.feature_names = feature_names
        self.target_names = target_names
        self.about = about
        self.image_shape = image_shape
        self.dropped = Dropped() if dropped is None else dropped
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.X, self.y

    @property
    def X(self) -> Floats:  # noqa: N802 - the field's name for a matrix of features
        """(n, features): the rows."""
        return self[0]

    @property
    def y(self) -> Array:
        """(n, 1) or (n,): the targets."""
        return self[1]

    @property
    def classes(self) -> int:
        """How many classes there are; 0 when the targets are numbers."""
        return len(self.target_names) if self.kind == "classes" else 0

    @property
    def description(self) -> str:
        """What the rows are and where they come from, in the reader's language."""
        return "" if self.about is None else language.say(self.about)

    def rows(self, chosen: Ints) -> "Samples":
        """The same set with only the chosen rows, in that order."""
        return Samples(
            self.X[chosen],
            self.y[chosen],
            name=self.name,
            kind=self.kind,
            feature_names=self.feature_names,
            target_names=self.target_names,
            about=self.about,
            image_shape=self.image_shape,
        )

    def __repr__(self) -> str:
        ending = f", {self.classes} classes" if self.kind == "classes" else ""
        shape = f"X {self.X.shape} {self.X.dtype}, y {self.y.shape} {self.y.dtype}"
        return f"Samples({self.name or 'data'}: {shape}, {self.kind}{ending})"


def class_targets(labels: Array, classes: int) -> Array:
    """Class numbers in the shape of targets: (n, 1) float64 of 0 and 1 for two classes, (n,) int64 for more."""
    if classes == 2:
        return labels.astype(np.float64).reshape(-1, 1)
    return labels.astype(np.int64).reshape(-1)


def is_classes(y: Array) -> bool:
    """Whether targets are classes by the shapes of `class_targets`: words, whole-number types, or only 0 and 1."""
    if y.dtype.kind in "USbiu":
        return True
    return bool(np.isin(y, (0.0, 1.0)).all()) and y.size == len(y)
