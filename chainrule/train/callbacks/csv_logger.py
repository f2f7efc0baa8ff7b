"""One line an epoch in a CSV file."""

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import FileError
from chainrule.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class CSVLogger(Callback):
    """Write the numbers of every epoch to a CSV file: `epoch`, then the names of the history.

    Each line is written in one piece and handed to the system at once, so that a killed run leaves whole lines.
    Numbers are written so that they read back as they were. A second fit goes on with the file; one that is resumed
    takes back the lines behind its checkpoint, and writes them again.

    Args:
        path: of the file; its folder is made if need be.
        append: go on with a file that is there already, instead of beginning it anew.

    Raises:
        FileError: when the file cannot be written, or has other columns than this run.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log = train.CSVLogger(Path(folder) / "log.csv")
        ...     trainer = cr.Trainer(nn.Linear(1, 1), loss=nn.MSELoss(), callbacks=[log], seed=0)
        ...     history = trainer.fit(([[0.0]], [[0.0]]), epochs=2)
        ...     log.path.read_text().splitlines()[0]
        'epoch,loss,lr'
    """

    reads = "history"

    def __init__(self, path: str | os.PathLike[str], append: bool = False) -> None:
        self.path = Path(path)
        self.append = append
        self._columns: list[str] | None = None

    def on_epoch_end(self, trainer: "Trainer") -> None:
        row = {"epoch": trainer.epoch, **trainer.history.last}
        try:
            if self._columns is None:
                self._begin(list(row))
            elif self._columns != list(row):
                self._refuse(list(row))
            with self.path.open("a", encoding="utf-8", newline="") as file:
                file.write(_line([repr(value) for value in row.values()]))
        except FileError:
            raise
        except OSError as error:
            raise FileError("train.log_file", str(self.path), reason=error.strerror or str(error)) from error

    def _begin(self, columns: list[str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.append and self.path.exists() and self.path.stat().st_size:
            with self.path.open(encoding="utf-8", newline="") as file:
                self._columns = next(csv.reader(file), [])
            if self._columns != columns:
                self._refuse(columns)
            return
        with self.path.open("w", encoding="utf-8", newline="") as file:
            file.write(_line(columns))
        self._columns = columns

    def _refuse(self, columns: list[str]) -> None:
        there = ", ".join(self._columns or ())
        raise FileError("train.log_columns", str(self.path), got=", ".join(columns), there=there)

    def state_dict(self) -> dict[str, Any]:
        size = self.path.stat().st_size if self._columns is not None and self.path.exists() else None
        return {"columns": self._columns, "size": size}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._columns = None
        size = state.get("size")
        if size is None:
            return
        self.append = True
        if self.path.exists() and self.path.stat().st_size > size:
            os.truncate(self.path, size)  # the lines of epochs that are run again


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
