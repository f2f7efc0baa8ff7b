"""Files that are there whole or not at all: written beside their place, then put there."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from chainrule.errors import FileError


def written(files: Mapping[Path, bytes], where: str) -> tuple[Path, ...]:
    """Write files; when one of them cannot be written, none is changed.

    Args:
        files: path to content; a folder that is not there is made.
        where: for errors.

    Returns:
        The paths.

    Raises:
        FileError: a place that cannot be written.
    """
    drafts: dict[Path, str] = {}
    path = next(iter(files))
    try:
        for path, content in files.items():
            if path.is_dir():
                raise IsADirectoryError(21, os.strerror(21), str(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            drafts[path] = _draft(path, content)
        for path, draft in drafts.items():
            Path(draft).replace(path)
        for folder in {path.parent for path in files}:
            _kept(folder)
    except OSError as error:
        raise FileError("export.file", f"{where}, {path}", reason=error.strerror or str(error)) from error
    finally:
        for draft in drafts.values():
            Path(draft).unlink(missing_ok=True)
    return tuple(files)


def _draft(path: Path, content: bytes) -> str:
    """The content in a file of its own beside the place."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        there = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_mask()
        Path(name).chmod(there)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name


def _mask() -> int:
    """What the system takes off the rights of new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _kept(folder: Path) -> None:
    """The new names in a folder, on the disk; some systems have no such thing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
