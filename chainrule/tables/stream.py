"""Rows that do not fit into memory: written once in compact form to a file without a name, read again every epoch."""

import tempfile
import weakref
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.order import epoch_order
from chainrule.tables.fields import Inputs
from chainrule.tables.schema import Schema

BLOCK = 16_384  # rows that are read in one go
BUFFER = 64_000_000  # bytes of compact rows that are mixed with each other


class Stream:
    """Batches of an epoch after the other; a `Trainer` takes them as those of any loader.

    An epoch reads blocks of rows in an order by (seed, epoch), some of them at a time, and mixes the rows of these.
    Only rows of blocks that are read together can stand in one batch; which these are changes with every epoch.

    Args:
        schema: expands rows.
        batch_size: rows a batch.
        seed: of the order.
        folder: where the file lies; default that of temporary files. It has no name there, and is gone with its owner.

    Attributes:
        epoch: number of the epoch that is read next.
        close: gives the disk back, now and not when nobody knows of this any more.
    """

    def __init__(self, schema: Schema, batch_size: int, seed: int, folder: Path | None = None) -> None:
        self.schema = schema
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0
        self.rows = 0
        self._width = schema.compact_width + 1
        self._file: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as this
        self.close = weakref.finalize(self, self._file.close)  # gives the disk back

    def write(self, compact: Inputs, y: NDArray[np.float64]) -> None:
        """Add rows: compact inputs and their targets, in their own units."""
        target = self.schema.target
        kept = y if target.task != "numbers" else (y - target.center) / target.scale
        self._file.write(np.column_stack([compact, kept]).astype(np.float32).tobytes())
        self.rows += len(y)

    def __len__(self) -> int:
        return ceil(self.rows / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Inputs, Array]]:
        epoch, self.epoch = self.epoch, self.epoch + 1
        blocks = epoch_order(ceil(self.rows / BLOCK), self.seed, epoch)
        together = max(1, BUFFER // (BLOCK * self._width * 4))
        rest = np.zeros((0, self._width), np.float32)
        for start in range(0, len(blocks), together):
            mixed = np.concatenate([self._block(int(number)) for number in blocks[start : start + together]])
            mixed = mixed[epoch_order(len(mixed), self.seed, (epoch << 24) + start + 1)]
            mixed = np.concatenate([rest, mixed])
            whole = len(mixed) // self.batch_size * self.batch_size
            if start + together >= len(blocks):
                whole = len(mixed)
            for at in range(0, whole, self.batch_size):
                yield self._batch(mixed[at : at + self.batch_size])
            rest = mixed[whole:]

    def _batch(self, rows: Inputs) -> tuple[Inputs, Array]:
        y = rows[:, -1]
        targets: Array = y.astype(np.int64) if self.schema.target.task == "classes" else y[:, None].copy()
        return self.schema.expand(rows[:, :-1]), targets

    def _block(self, number: int) -> Inputs:
        self._file.seek(number * BLOCK * self._width * 4)
        data = self._file.read(min(BLOCK, self.rows - number * BLOCK) * self._width * 4)
        return np.frombuffer(data, np.float32).reshape(-1, self._width)
