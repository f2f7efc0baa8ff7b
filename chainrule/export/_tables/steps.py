"""The steps around a table's network as functions of tensors, so that one text serves every form of an export.

A row comes compact: first all numbers, scaled, NaN for gaps, and what dates are made into; then the places of words.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.export.given import Array
from chainrule.tables.fields import Category, Date, Number
from chainrule.tables.model import Model
from chainrule.tables.schema import Schema, Target
from chainrule.tensors.creation import tensor
from chainrule.tensors.joining import cat, where
from chainrule.tensors.tensor import Tensor

ROWS = 20  # of an example: as many as are ever recorded, for made-up places of words may not grow


@dataclass(frozen=True)
class Compact:
    """What stands where in a compact row.

    Attributes:
        measured: fields of numbers and of dates, in their order.
        worded: fields of words.
    """

    measured: tuple[Number | Date, ...]
    worded: tuple[Category, ...]

    @classmethod
    def of(cls, schema: Schema) -> "Compact":
        """The compact rows of a schema."""
        measured = tuple(field for field in schema.fields if not isinstance(field, Category))
        return cls(measured, tuple(field for field in schema.fields if isinstance(field, Category)))

    @property
    def numbers(self) -> int:
        """How many numbers there are before the places of words."""
        return sum(field.compact_width for field in self.measured)

    @property
    def width(self) -> int:
        """How many there are of both."""
        return self.numbers + len(self.worded)

    def example(self) -> Array:
        """Rows such as there may be."""
        rows = np.arange(ROWS)
        numbers = np.random.Generator(np.random.Philox(key=0)).normal(size=(ROWS, self.numbers))
        places = [rows % field.places for field in self.worded]
        return np.concatenate([numbers, np.stack(places, 1)] if places else [numbers], 1).astype(np.float32)


def front(model: Model) -> Callable[[Tensor], Tensor]:
    """From compact rows, or from pictures, to the inputs of the network."""
    if model.image_shape is not None:
        field = model.schema.fields[0]
        assert isinstance(field, Number)
        brightest = field.scale
        return lambda x: x.flatten(1) / brightest
    return _Expanding(model.schema).step


class _Expanding:
    """Blocks of inputs of one kind each, and the order in which the network has learnt them."""

    def __init__(self, schema: Schema) -> None:
        compact = Compact.of(schema)
        self.count = compact.numbers
        self.bins: list[tuple[int, float, float]] = []
        self.gaps: list[int] = []
        self.hot: list[tuple[int, int]] = []
        begins = dict(zip(compact.measured, np.cumsum([0, *(f.compact_width for f in compact.measured)]), strict=False))
        order: list[tuple[int, int]] = []
        for place in schema.dense:
            field = schema.fields[place]
            if isinstance(field, Category):
                word = compact.worded.index(field)
                order += [(3, len(self.hot) + level) for level in range(field.places)]
                self.hot += [(word, level) for level in range(field.places)]
                continue
            begin = int(begins[field])
            order += [(0, begin + part) for part in range(field.compact_width)]
            if isinstance(field, Number) and len(field.edges) > 1:
                edges = np.array(field.edges, np.float32)
                order += [(1, len(self.bins) + place) for place in range(len(edges) - 1)]
                widths = np.diff(edges).tolist()
                self.bins += [(begin, low, wide) for low, wide in zip(edges[:-1].tolist(), widths, strict=True)]
            if field.gaps:
                order.append((2, len(self.gaps)))
                self.gaps.append(begin)
        order += [(4, compact.worded.index(field)) for field in schema.embedded]
        sizes = (self.count, len(self.bins), len(self.gaps), len(self.hot), len(compact.worded))
        starts = np.cumsum([0, *sizes])
        self.order = [int(starts[block]) + at for block, at in order]
        self.words = bool(schema.embedded)

    def step(self, x: Tensor) -> Tensor:
        """(n, compact) to (n, inputs)."""
        blocks = []
        if self.count:
            measured = x[:, : self.count]
            missing = measured.isnan()
            z = where(missing, 0.0, measured)
            blocks.append(z)
            if self.bins:
                columns, lows, widths = zip(*self.bins, strict=True)
                share = (z.index_select(1, _whole(columns)) - _real(lows)) / _real(widths)
                blocks.append(where(missing.index_select(1, _whole(columns)), 0.0, share.clamp(0.0, 1.0)))
            if self.gaps:
                blocks.append(missing.index_select(1, _whole(self.gaps)).to(x.dtype))
        places = x[:, self.count :] if self.hot or self.words else x
        if self.hot:
            columns, levels = zip(*self.hot, strict=True)
            blocks.append((places.index_select(1, _whole(columns)) == _real(levels)).to(x.dtype))
        if self.words:
            blocks.append(places)
        whole = cat(blocks, 1)
        return whole if self.order == list(range(whole.shape[1])) else whole.index_select(1, _whole(self.order))


def back(target: Target) -> Callable[[Tensor], Tensor]:
    """From the outputs of the network to probabilities (n, classes), or to numbers (n, 1) in the target's units."""

    def numbers(z: Tensor) -> Tensor:
        return z.double() * target.scale + target.center

    def binary(z: Tensor) -> Tensor:
        wide = z.double()
        return cat([(-wide).sigmoid(), wide.sigmoid()], 1)

    def classes(z: Tensor) -> Tensor:
        return z.double().softmax(1)

    return {"numbers": numbers, "binary": binary, "classes": classes}[target.task]


def _whole(numbers: object) -> Tensor:
    return tensor(np.array(numbers, np.int64))


def _real(numbers: object) -> Tensor:
    return tensor(np.array(numbers, np.float32))
