"""Going on from a checkpoint, of a folder or a file."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import FileError
from chainrule.files.container import FORMAT, Opened, opened
from chainrule.files.folder import Folder
from chainrule.files.packing import Unpacker
from chainrule.train.callbacks.events import keeps
from chainrule.train.state import PREFIX, State

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


def resumed_from(trainer: "Trainer", resume: str | os.PathLike[str], callbacks: "Sequence[Any]") -> State | None:
    """Make a Trainer what it was at the newest good checkpoint.

    Args:
        trainer: of the same making.
        resume: a folder, or one file.
        callbacks: of the fit; they go on from their states too.

    Returns:
        What it goes on from; None where the folder is empty and one of the callbacks is about to fill it.

    Raises:
        FileError: nothing to go on from, or nothing that is whole.
    """
    path = Path(resume).expanduser()
    if not path.is_file():
        found = Folder(path).newest()
        if found is None:
            mine = {callback.folder.resolve() for callback in callbacks if keeps(callback)}
            if path.resolve() in mine:
                return None
            raise FileError("files.no_checkpoint", str(path))
        path = found
    with opened(path) as file:
        state = read_state(file)
    state.restore(trainer)
    state.put_callbacks(callbacks)
    return state


def read_state(file: Opened) -> State:
    """The state of a Trainer in a file.

    Raises:
        FileError: there is none, or not as this version writes it.
    """
    where = str(file.path)
    notes = checked_notes(file)
    if "state" not in notes:
        raise FileError("files.no_trainer", where)
    weights = {name: file.read(name) for name in file.entries if not name.startswith(PREFIX)}
    try:
        return State(weights, notes["state"], Unpacker(file.read), where)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError("files.content", where, reason=f"{type(error).__name__}: {error}") from error


def checked_notes(file: Opened) -> dict[str, Any]:
    """The notes of a file of ours.

    Raises:
        FileError: somebody else's file, or a later format.
    """
    notes = file.notes
    if notes is None:
        raise FileError("files.only_weights", str(file.path))
    if not isinstance(notes, dict) or notes.get("format") != FORMAT:
        got = notes.get("format") if isinstance(notes, dict) else notes
        raise FileError("files.version", str(file.path), got=got, known=FORMAT)
    return notes
