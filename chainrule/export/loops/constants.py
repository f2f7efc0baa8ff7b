"""The arrays that a function in loops reads, as they are named in its file."""

import re
from typing import Any

import numpy as np

from chainrule.export.given import Array
from chainrule.export.loops.index import Axis
from chainrule.export.loops.seen import Kind, Seen, Text, array, kind_of, number
from chainrule.export.loops.writer import Writer
from chainrule.export.quantising import Bytes


class Constants:
    """The arrays that are read, as they are named in the file.

    Args:
        writer: whose names they share.

    Attributes:
        arrays: name to array.
        notes: name to what it is, for a comment.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.arrays: dict[str, Array] = {}
        self.notes: dict[str, str] = {}
        self._known: dict[tuple[Any, ...], str] = {}

    def seen(self, values: Any, label: str) -> Seen:
        """An array as a value; a single number as itself."""
        found = np.asarray(values)
        kind = kind_of(found.dtype.name)
        if found.size and (found == found.reshape(-1)[0]).all():
            return number(self.writer.dialect.number(found.reshape(-1)[0].item()), kind, found.shape)
        return self._lazy(lambda: self._named(found, label), found.shape, kind)

    def in_bytes(self, held: Bytes, label: str) -> Seen:
        """An array that is held in bytes, with the scale of each channel."""

        def read(at: list[Axis]) -> Text:
            whole = array(self._named(held.whole, label), held.whole.shape, "whole").read(at)
            scale = array(self._named(held.scale, f"{label}_scale"), held.scale.shape, "real").read([at[held.axis]])
            return Text(f"{whole.text} * {scale.text}", 7)

        return Seen(held.whole.shape, "real", read)

    def _lazy(self, name: Any, shape: tuple[int, ...], kind: Kind) -> Seen:
        return Seen(shape, kind, lambda at: array(name(), shape, kind).read(at))

    def _named(self, values: Array, label: str) -> str:
        key = (label, values.dtype.str, values.shape, values.tobytes())
        if key not in self._known:
            name = self._known[key] = self.writer.name(label)
            self.arrays[name] = values
            self.notes[name] = f"{re.sub(r'[^ -)+-.0-~]', '_', label)} {values.shape}"  # nothing that ends a comment
        return self._known[key]
