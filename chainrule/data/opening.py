"""Opening a file to read: plain or gzip, and one four-part error for whatever is wrong with it."""

import difflib
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from chainrule.errors import DtypeError, FileError

GZIP = b"\x1f\x8b"


def as_path(value: object, where: str) -> Path:
    """The path a user gave as text or path object.

    Raises:
        DtypeError: for anything else.
    """
    if not isinstance(value, str | os.PathLike) or isinstance(os.fspath(value), bytes):
        raise DtypeError("data.path", where, got=type(value).__name__)
    return Path(cast("str | os.PathLike[str]", value)).expanduser()


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a regular file, unpacked when it is gzip (told by its first two bytes, not by its name).

    What goes wrong inside the block is translated as well: a torn gzip file, a failing disk.

    Raises:
        FileError: naming the file: missing (with the nearest name beside it), a folder, a pipe or device,
            not allowed, torn.
    """
    _regular(path)
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == GZIP
            plain.seek(0)
            if not packed:
                yield plain
                return
            import gzip

            with gzip.GzipFile(fileobj=plain, mode="rb") as unpacked:
                yield cast("BinaryIO", unpacked)
    except FileError:
        raise
    except (EOFError, zlib.error) as error:
        raise FileError("data.torn_gzip", str(path), reason=str(error)) from None
    except OSError as error:
        if type(error).__name__ == "BadGzipFile":
            raise FileError("data.torn_gzip", str(path), reason=str(error)) from None
        raise FileError("data.unreadable", str(path), reason=error.strerror or str(error)) from None


def _regular(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        folder, near = path.parent.absolute(), _nearest(path)
        if near is None:
            raise FileError("data.missing", str(path), folder=folder) from None
        raise FileError("data.missing_near", str(path), folder=folder, near=near) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise FileError("data.unreadable", repr(str(path)), reason=str(error)) from None
    if stat.S_ISDIR(mode):
        raise FileError("data.folder", str(path))
    if not stat.S_ISREG(mode):
        raise FileError("data.not_regular", str(path))


def _nearest(path: Path) -> str | None:
    """A file beside it whose name is much like that of one that is not there."""
    try:
        names = [entry.name for entry in os.scandir(path.parent) if entry.is_file()]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, names, n=1)
    return str(path.with_name(near[0])) if near else None
