"""A page on disk: whole, or not at all."""

import os
import tempfile
from pathlib import Path

from chainrule.errors import StateError


def written(path: Path, text: str) -> None:
    """Write a text beside its place, and put it there when all of it is on disk.

    Raises:
        StateError: where it cannot be written; what was there before is still there.
    """
    draft = ""
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "a folder of that name is there")
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(draft).chmod(0o666 & ~mask)  # mkstemp lets nobody else read
        Path(draft).replace(path)
    except OSError as error:
        if draft:
            Path(draft).unlink(missing_ok=True)
        raise StateError("explain.unwritten", str(path), reason=error.strerror or str(error)) from None
