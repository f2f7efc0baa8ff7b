"""Disks that fail: at the n-th system call, or by losing power, with what was not brought to the disk in any state."""

import errno
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chainrule.files.disk import Current, Disk


class Killed(BaseException):
    """The process is gone: nobody catches this, and nobody cleans up."""


class InForce:
    """Inside the block a disk is the one that files are written to."""

    def __enter__(self) -> Self:
        self._before, Current.disk = Current.disk, self
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        Current.disk = self._before


class FailingDisk(Disk, InForce):
    """The machine's own disk, until its call number `at`: that one fails, or half of it is done and the process gone.

    Args:
        at: number of the call, from 0.
        error: what the system says; None kills.
        whole: whether the call that kills is done before.
    """

    def __init__(self, at: int, error: int | None, *, whole: bool = False) -> None:
        self.at, self.error, self.whole, self.calls = at, error, whole, []

    def _count(self, name: str, do: Any, half: Any = None) -> Any:
        number = len(self.calls)
        self.calls.append(name)
        if number < self.at or (self.error is not None and number > self.at):
            return do()
        if self.error is not None:
            if half is not None:
                half()
            raise OSError(self.error, os.strerror(self.error))
        if number > self.at:
            raise Killed  # on the way out nothing is done any more
        if self.whole:
            do()
        elif half is not None:
            half()
        raise Killed

    def open(self, path):
        return self._count("open", lambda: super(FailingDisk, self).open(path))

    def write(self, file, part):
        whole = super().write
        return self._count("write", lambda: whole(file, part), lambda: whole(file, part[: len(part) // 2]))

    def sync(self, file):
        return self._count("sync", lambda: super(FailingDisk, self).sync(file))

    def close(self, file):
        if self.error is None and len(self.calls) > self.at:
            os.close(file)  # the system does that
            raise Killed
        return self._count("close", lambda: super(FailingDisk, self).close(file), lambda: os.close(file))

    def replace(self, old, new):
        return self._count("replace", lambda: super(FailingDisk, self).replace(old, new))

    def sync_folder(self, folder):
        return self._count("sync_folder", lambda: super(FailingDisk, self).sync_folder(folder))

    def remove(self, path):
        return self._count("remove", lambda: super(FailingDisk, self).remove(path))


class Forgetful(Disk, InForce):
    """A disk in memory that may lose power: what was not synced may be there, in part, as zeros, or not at all.

    Attributes:
        told: by whoever writes: what the user has been told is safe, behind how many calls.
    """

    def __init__(self) -> None:
        self.files: dict[int, tuple[bytes, bytes]] = {}  # what was handed over, what is on the disk
        self.log: list[tuple[str, Any, Any]] = []  # changes of names, in order
        self.durable = 0  # how many of them are on the disk for sure
        self.states: list[tuple[dict[int, tuple[bytes, bytes]], int, int, list[str]]] = []
        self.told: list[str] = []

    def _note(self) -> None:
        self.states.append((dict(self.files), self.durable, len(self.log), list(self.told)))

    def open(self, path):
        number = len(self.log)
        self.files[number] = (b"", b"")
        self.log.append(("name", path.name, number))
        self._note()
        return number

    def write(self, file, part):
        taken = max(1, len(part) // 2)
        held, synced = self.files[file]
        self.files[file] = (held + bytes(part[:taken]), synced)
        self._note()
        return taken

    def sync(self, file):
        held, _ = self.files[file]
        self.files[file] = (held, held)
        self._note()

    def close(self, file):
        pass

    def replace(self, old, new):
        self.log.append(("rename", old.name, new.name))
        self._note()

    def sync_folder(self, folder):
        self.durable = len(self.log)
        self._note()

    def remove(self, path):
        self.log.append(("remove", path.name, None))
        self._note()

    def make(self, folder):
        pass

    def names(self, folder):
        return sorted(self._after(self.log))

    def _after(self, log: list[tuple[str, Any, Any]]) -> dict[str, int]:
        names: dict[str, int] = {}
        for kind, first, second in log:
            if kind == "name":
                names[first] = second
            elif kind == "rename" and first in names:
                names[second] = names.pop(first)
            elif kind == "remove":
                names.pop(first, None)
        return names

    def crashes(self) -> Iterator[tuple[dict[str, bytes], list[str]]]:
        """Every way in which the folder may look after the power went: names to contents; and what had been told."""
        seen = set()
        for files, durable, done, told in self.states:
            waiting = range(durable, done)
            # Changes of names may reach the disk in any order, as far as nobody has waited for them.
            kept = [some for size in range(len(waiting) + 1) for some in itertools.combinations(waiting, size)]
            for some in kept:
                names = self._after([*self.log[:durable], *(self.log[i] for i in some)])
                for fate in ("synced", "whole", "zeros", "half"):
                    found = {name: _content(*files.get(number, (b"", b"")), fate) for name, number in names.items()}
                    key = (tuple(sorted(found.items())), tuple(told))
                    if key not in seen:
                        seen.add(key)
                        yield found, told


def _content(held: bytes, synced: bytes, fate: str) -> bytes:
    if held == synced or fate == "whole":
        return held
    if fate == "zeros":
        return synced + b"\0" * (len(held) - len(synced))
    return synced if fate == "synced" else held[: (len(synced) + len(held)) // 2]


FAULTS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES)


def lay_out(folder: Path, contents: dict[str, bytes]) -> None:
    """Make a folder look so."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in contents.items():
        (folder / name).write_bytes(content)


class Hasty(Disk, InForce):
    """The machine's own disk, that nobody waits for: a process that is killed loses nothing by that."""

    def sync(self, file):
        pass

    def sync_folder(self, folder):
        pass
