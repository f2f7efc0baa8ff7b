"""The system calls that files are written with, one method each: tests put a failing disk in their place."""

import os
from pathlib import Path

from chainrule.errors import FileError


class Disk:
    """The disk of this machine."""

    def open(self, path: Path) -> int:
        """Begin a file anew; its number."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)

    def write(self, file: int, part: memoryview) -> int:
        """Hand bytes to the system; how many it took."""
        return os.write(file, part)

    def sync(self, file: int) -> None:
        """Wait until all of a file is on the disk."""
        os.fsync(file)

    def close(self, file: int) -> None:
        """Let go of a file."""
        os.close(file)

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another name; what had it before is gone, in one step."""
        old.replace(new)

    def sync_folder(self, folder: Path) -> None:
        """Wait until the names in a folder are on the disk; Windows has no way to ask for it."""
        if os.name == "nt":
            return
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def make(self, folder: Path) -> None:
        """Make a folder, and those it lies in."""
        folder.mkdir(parents=True, exist_ok=True)

    def names(self, folder: Path) -> list[str]:
        """The names in a folder; none where there is no folder."""
        try:
            return sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return []


class Current:
    """The disk in force."""

    disk = Disk()


def failed(key: str, path: Path, error: OSError) -> FileError:
    """The one error for whatever the system says about a file."""
    return FileError(f"files.{key}", str(path), reason=error.strerror or str(error) or type(error).__name__)
