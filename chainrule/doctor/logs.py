"""The curves of a training out of a file that some system wrote: Keras' CSVLogger, Lightning, a hand-written one."""

import csv
from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import FileError

Numbers = NDArray[np.float64]
ROLES = ("loss", "val_loss", "lr")
CALLED = {
    "loss": ("loss", "train_loss", "train_loss_epoch", "training_loss", "train/loss", "loss/train"),
    "val_loss": (
        "val_loss", "valid_loss", "validation_loss", "eval_loss", "test_loss", "val/loss", "valid/loss", "loss/val",
    ),
    "lr": ("lr", "learning_rate", "rate", "lr-adam", "lr-adamw", "lr-sgd"),
}
COUNTED = ("epoch", "epochs")


def curves_of_file(path: Path, columns: Sequence[str] | None) -> dict[str, Numbers]:
    """The curves of a CSV file by their roles `"loss"`, `"val_loss"`, `"lr"`, one number an epoch.

    Where a column counts epochs, the rows of an epoch become one: of each curve the last number that is there, for some
    systems write training and validation into rows of their own, and each step into one.

    Args:
        path: of the file, with names in its first line.
        columns: its columns for the loss, the loss on unseen rows, the learning rate, in this order, `"-"` for none; or
            `role=column`; None guesses by their names.

    Raises:
        FileError: it cannot be read, or has no such columns.
    """
    head, rows = _table(path)
    chosen = _chosen(head, columns, path)
    counted = next((head.index(name) for name in head if name.lower() in COUNTED), None)
    if counted is not None:
        rows = _by_epoch(rows, counted)
    cells = {role: [_number(row[head.index(name)], path, name) for row in rows] for role, name in chosen.items()}
    written = [place for place, loss in enumerate(cells["loss"]) if loss is not None]
    if not written:
        raise FileError("symptoms.no_number", str(path), got="-", name=chosen["loss"])
    return {role: _filled([numbers[place] for place in written]) for role, numbers in cells.items()}


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError("symptoms.unreadable", str(path), reason=getattr(error, "strerror", None) or error) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=delimiter) if any(row)]
    if len(lines) < 2:
        raise FileError("symptoms.unreadable", str(path), reason=f"{len(lines)} lines")
    head = lines[0]
    return head, [row + [""] * (len(head) - len(row)) for row in lines[1:]]


def _chosen(head: Sequence[str], columns: Sequence[str] | None, path: Path) -> dict[str, str]:
    """The name of the column of each role."""
    asked: dict[str, str] = {}
    known = {name.lower(): name for name in head}
    usual = {role: next((known[name] for name in names if name in known), "-") for role, names in CALLED.items()}
    if columns is None:
        asked = {role: name for role, name in usual.items() if name != "-"}
    else:
        for place, word in enumerate(columns):
            role, sign, name = word.partition("=")
            if not sign:
                role, name = (ROLES[place] if place < len(ROLES) else "", word)
            if name in ROLES and name not in head and usual[name] != "-":
                name = usual[name]  # asked for by its role: `lr` where the file says learning_rate
            if role not in ROLES or (name not in head and name != "-"):
                raise FileError("symptoms.no_column", str(path), got=word, known=", ".join(head))
            if name != "-":
                asked[role] = name
    if "loss" not in asked:
        raise FileError("symptoms.no_column", str(path), got="loss", known=", ".join(head))
    return asked


def _by_epoch(rows: Sequence[Sequence[str]], counted: int) -> list[list[str]]:
    """One row an epoch, each cell the last that is there."""
    found: dict[str, list[str]] = {}
    for row in rows:
        kept = found.setdefault(row[counted], [""] * len(row))
        for place, cell in enumerate(row):
            kept[place] = cell or kept[place]
    return list(found.values())


def _number(cell: str, path: Path, name: str) -> float | None:
    """A number; None of a cell that is empty, which is something else than NaN."""
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        raise FileError("symptoms.no_number", str(path), got=repr(cell)[:60], name=name) from None


def _filled(numbers: Sequence[float | None]) -> Numbers:
    """Between two validations the last one stands."""
    found: list[float] = []
    for number in numbers:
        found.append(number if number is not None else found[-1] if found else nan)
    return np.array(found, np.float64)


def curves_of(source: Any) -> dict[str, Numbers] | None:
    """The curves of a History or a mapping; None for anything else."""
    found = getattr(source, "history", source)
    if not isinstance(found, Mapping) or "loss" not in found:
        return None
    return {role: np.asarray(found[role], np.float64) for role in ROLES if role in found}
