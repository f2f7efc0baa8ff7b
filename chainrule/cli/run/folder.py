"""The folder of a run: written beside its place under another name, and given its own when all of it is there."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainrule.errors import FileError

FILES = (
    *("model.safetensors", "run.json", "run.toml", "history.csv", "report.html"),
    *("history.png", "confusion.png", "residuals.png"),
    *("search.csv", "search.html", "search.journal"),
    *("odds.json", "odds.txt", "odds.png"),
)


def check(folder: Path, *, overwrite: bool) -> None:
    """Refuse a place where the folder cannot come to lie, before anything is learnt for it.

    Raises:
        FileError: something is there, and is not to be, or must not be, replaced; or nothing can be written there.
    """
    if os.path.lexists(folder):
        if not overwrite:
            raise FileError("cli.error.exists", str(folder))
        if folder.is_symlink() or not folder.is_dir():
            raise FileError("cli.error.no_folder", str(folder))
        foreign = sorted({path.name for path in folder.iterdir()} - set(FILES))
        if foreign:
            raise FileError("cli.error.foreign", str(folder), names=", ".join(foreign[:5]))
    above = next(place for place in folder.absolute().parents if os.path.lexists(place))
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise FileError("cli.error.not_writable", str(folder), above=str(above))


@contextmanager
def written(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """A new folder to write into; it becomes `folder` when the block ends well, and is gone when it does not.

    Raises:
        FileError: as `check` does.
    """
    check(folder, overwrite=overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield made
        mask = _umask()
        made.chmod(0o777 & ~mask)
        for path in made.iterdir():
            path.chmod(0o666 & ~mask)
            _to_disk(path)
        _to_disk(made)
        check(folder, overwrite=overwrite)  # somebody may have been here meanwhile
        if os.path.lexists(folder):
            _replace(made, folder)
        else:
            made.rename(folder)
        _to_disk(folder.parent)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _replace(made: Path, folder: Path) -> None:
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    folder.rename(old)
    try:
        made.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _to_disk(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # folders cannot be opened there
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
