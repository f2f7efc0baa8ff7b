"""`Model`: a trained network with the schema of its table: whole tables go in, answers in their own words come out."""

from collections.abc import Iterator
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.data.opening import as_path
from chainrule.errors import ArgumentError, DataError, FileError, StateError
from chainrule.files.storing import store
from chainrule.nn.module import Module
from chainrule.tables.answers import Answers, answers
from chainrule.tables.columns import Column
from chainrule.tables.design import Design
from chainrule.tables.fitting import LOSSES
from chainrule.tables.reading import no_column, opened
from chainrule.tables.schema import Schema, used
from chainrule.tables.scores import Scores, scores
from chainrule.tables.source import Chunk, Source
from chainrule.tables.storing import about, packed
from chainrule.tables.targets import column_of, numbered
from chainrule.tables.typed import UNKNOWN, Typed, typed
from chainrule.train.history import History
from chainrule.train.trainer import Trainer


class Answered(NamedTuple):
    """Answers for some rows.

    Attributes:
        answers: (n, classes) probabilities, or (n, 1) numbers.
        truth: (n,) what they should be, in numbers, where that was asked for; NaN where it is missing.
        unknown: cells with a word that was never learnt, by the name of the column.
    """

    answers: Answers
    truth: NDArray[np.float64] | None
    unknown: dict[str, int]


class Model:
    """A network that takes tables as they are; `tables.fit` makes one, `tables.load` brings one back.

    Args:
        name: of the data it learnt from.
        schema: how rows become inputs, and what is predicted.
        network: trained.
        design: of the network and its training.
        history: of the training.
        judged: scores by model on rows kept for judging: `"network"`, `"linear"`, `"constant"` …
        image_shape: of a row that is a picture; its columns are the pixels, row by row.

    Attributes:
        classes: names of the classes; none where numbers are predicted.
        columns: the columns that a table needs.

    Example:
        >>> import chainrule as cr
        >>> import pandas
        >>> frame = pandas.DataFrame({"x": [float(i % 7) for i in range(70)], "y": ["up", "down"] * 35})
        >>> model = cr.tables.fit(frame, "y", epochs=2, progress=False)
        >>> model.predict(frame).shape, model.predict_proba(frame).shape, model.classes
        ((70,), (70, 2), ('down', 'up'))
    """

    def __init__(
        self, name: str, schema: Schema, network: Module, design: Design, history: History | None = None,
        judged: dict[str, Scores] | None = None, image_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.network = network
        self.design = design
        self.history = history
        self.judged = judged or {}
        self.image_shape = image_shape
        loss, _ = LOSSES[schema.target.task]
        network.eval()
        self._trainer = Trainer(network, loss=loss(), seed=0)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; none where numbers are predicted."""
        return self.schema.target.classes

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a table needs."""
        return tuple(field.name for field in self.schema.fields)

    def predict(self, source: object, **reading: Any) -> NDArray[Any]:
        """The answer for every row: the name of a class, or a number.

        Args:
            source: path of a file, or a frame, with the columns of `.columns` in any order; others are not looked at.
            reading: `delimiter`, `header`, `encoding`, as in `tables.read`.

        Returns:
            (n,) names or float64.

        Raises:
            ArgumentError: for a column that the table lacks.
            FileError: for a cell that cannot be read.
        """
        found: NDArray[Any] = self._all(source, reading)
        if self.schema.target.task == "numbers":
            return np.asarray(found[:, 0])
        return np.asarray(np.array(self.classes)[found.argmax(axis=1)])

    def predict_proba(self, source: object, **reading: Any) -> NDArray[np.float64]:
        """The probability of every class, for every row.

        Args:
            source: as in `predict`.
            reading: as in `predict`.

        Returns:
            (n, classes), in the order of `.classes`.

        Raises:
            StateError: where numbers are predicted.
        """
        if self.schema.target.task == "numbers":
            raise StateError("table.no_classes", "Model.predict_proba", name=self.schema.target.name)
        return self._all(source, reading)

    def evaluate(self, source: object, **reading: Any) -> dict[str, float]:
        """The scores of the answers for a table that has the target too; rows without it are left out.

        Args:
            source: as in `predict`.
            reading: as in `predict`.

        Returns:
            By name: accuracy and cross-entropy of classes, with ROC AUC of two; R², MAE and RMSE of numbers.

        Raises:
            DataError: for no row with a target.
            FileError: for a class that was not learnt.
        """
        found = list(self.answered(opened(source, **reading), truth=True))
        return dict(self.scored(found, "Model.evaluate")[1])

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything that predictions need into one safetensors file, whole and durable, or not at all.

        Args:
            path: of the file.

        Raises:
            FileError: the disk is full, or the folder is not there.
        """
        parts = packed(self.network.state_dict(), about(self.name, self.schema, self.design, self.image_shape))
        store(as_path(path, "Model.save, argument path"), parts)

    def answered(self, source: Source, *, truth: bool = False) -> Iterator[Answered]:
        """Answers piece by piece, in the order of the rows.

        Args:
            source: of the rows.
            truth: read the target too.

        Raises:
            ArgumentError: for a column that the table lacks.
            FileError: for a cell that cannot be read, and for a class that was not learnt.
        """
        columns = used(self.schema)
        places = [_place(column.name, source) for column in columns]
        target = column_of(self.schema.target)
        at = _place(target.name, source) if truth else None
        for chunk in source.chunks():
            rows = typed(chunk, places, columns, source)
            values = answers(self._trainer.predict(self.schema.inputs(rows, columns)), self.schema.target)
            known = None if at is None else self._truth(chunk, at, target, source)
            yield Answered(values, known, _unknown(rows, columns))

    def scored(self, found: list[Answered], where: str) -> tuple[NDArray[np.float64], Scores]:
        """The targets of all rows that have one, (n, 1), and the scores of the answers for them.

        Args:
            found: of `answered` with its `truth`.
            where: for errors.

        Raises:
            DataError: for no row with a target.
        """
        truth = np.concatenate([part.truth for part in found if part.truth is not None]) if found else np.zeros(0)
        kept = ~np.isnan(truth)
        if not kept.any():
            raise DataError("table.nothing_to_judge", where, name=self.schema.target.name)
        given = np.concatenate([part.answers for part in found])[kept]
        actual = truth[kept][:, None]
        return actual, scores(self.schema.target.task, actual, given)

    def _all(self, source: object, reading: dict[str, Any]) -> Answers:
        where = "Model.predict, argument source"
        found = [part.answers for part in self.answered(opened(source, **reading, where=where))]
        return np.concatenate(found) if found else np.zeros((0, max(1, len(self.classes))))

    def _truth(self, chunk: Chunk, at: int, target: Column, source: Source) -> NDArray[np.float64]:
        values = typed(chunk, [at], [target], source).columns[0]
        found = numbered(values, self.schema.target, target)
        wrong = np.flatnonzero(found < 0) if self.schema.target.task != "numbers" else np.zeros(0, np.int64)
        if len(wrong):
            cell = str(chunk.columns[at][int(wrong[0])])[:60]
            known = ", ".join(self.classes[:12])
            place = source.place(int(chunk.lines[wrong[0]]), target.name)
            raise FileError("table.unknown_class", place, got=repr(cell), names=known)
        return found

    def __str__(self) -> str:
        from chainrule.tables.telling import told

        return told(self)

    def __repr__(self) -> str:
        return f"Model({self.name!r}: {len(self.columns)} columns → {self.schema.target.name!r})"


def _place(name: str, source: Source) -> int:
    if name not in source.names:
        error = no_column(name, source)
        raise ArgumentError("table.lacks", source.name, **{**error.values, "got": repr(name)})
    return source.names.index(name)


def _unknown(rows: Typed, columns: list[Column]) -> dict[str, int]:
    counts = {
        column.name: int((values == UNKNOWN).sum())
        for column, values in zip(columns, rows.columns, strict=True)
        if column.kind == "category"
    }
    return {name: count for name, count in counts.items() if count}
