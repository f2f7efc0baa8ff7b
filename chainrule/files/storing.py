"""The one way to write a file: whole and durable, or not at all."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from chainrule.files.disk import Current, failed

PART = ".part"  # ends the name of a file that is not whole yet
AT_ONCE = 1 << 24  # bytes in one call
SMALL = 1 << 16  # bytes: what is less waits for what comes behind it


def store(path: Path, parts: Iterable[Any]) -> None:
    """Write a file under another name, wait for the disk, then give it its name and wait again.

    Until the new name is there, the file that had it before is untouched; a reader sees the old one or the new one.

    Args:
        path: of the file; a link is followed.
        parts: bytes or contiguous arrays, one behind the other.

    Raises:
        FileError: the disk is full or broken, or the folder is not there or may not be written to.
    """
    disk = Current.disk
    goal = Path(os.path.realpath(path))  # a circle of links is found below
    part = goal.with_name(goal.name + PART)
    try:
        file = disk.open(part)
        try:
            for piece in _joined(parts):
                rest = memoryview(piece)
                while rest:
                    rest = rest[disk.write(file, rest[:AT_ONCE]) :]
            disk.sync(file)
        finally:
            disk.close(file)
        disk.replace(part, goal)
        disk.sync_folder(goal.parent)
    except OSError as error:
        with suppress(OSError):
            disk.remove(part)
        raise failed("write", path, error) from error


def _joined(parts: Iterable[Any]) -> Iterator[Any]:
    """The same bytes in fewer pieces, where they are small."""
    waiting = bytearray()
    for part in parts:
        view = memoryview(part).cast("B")
        if len(view) < SMALL:
            waiting += view
            continue
        yield bytes(waiting)
        waiting.clear()
        yield view
    yield bytes(waiting)
