"""A script and its large arrays in a folder: each file is whole, or is not there."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from chainrule.errors import FileError
from chainrule.program.script.numbers import Array

PROGRAM, BESIDE = "network.py", "network.npz"


def write(folder: Path, text: str, arrays: Mapping[str, Array], where: str) -> None:
    """Write both files; what else is in the folder stays as it is.

    Args:
        folder: made when missing.
        text: of the program.
        arrays: what lies beside it.
        where: for errors.

    Raises:
        FileError: when nothing can be written there.
    """

    def program(file: IO[bytes]) -> None:
        file.write(text.encode())

    def beside(file: IO[bytes]) -> None:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # names to arrays

    drafts: list[tuple[Path, str]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, fill in ((BESIDE, beside), (PROGRAM, program)):
            drafts.append((_draft(folder, name, fill), name))
        for draft, name in drafts:
            draft.replace(folder / name)
    except OSError as error:
        raise FileError("script.folder", where, got=str(folder), reason=error.strerror or str(error)) from None
    finally:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)


def _draft(folder: Path, name: str, fill: Callable[[IO[bytes]], Any]) -> Path:
    handle, path = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        Path(path).chmod(0o666 & ~_umask())
    except BaseException:
        Path(path).unlink()
        raise
    return Path(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
