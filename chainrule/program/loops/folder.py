"""The folder of compiled kernels: plain object files behind a header, private to this user.

Whatever is wrong with the folder or with a file in it, the answer is to compile: nothing here raises.
"""

import os
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from chainrule.data.places import cache_folder
from chainrule.language import say

MAGIC = b"chainrule kernel 1\n"
MOST = 512_000_000  # bytes that are kept; then the half that was not used for longest goes
_refused: set[str] = set()


def place() -> Path | None:
    """Where kernels are kept; None where they cannot be kept: others could write there, or we cannot."""
    folder = cache_folder() / "kernels"
    with suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    try:
        found = os.lstat(folder)
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode) and _ours(found):
        return folder
    if str(folder) not in _refused:
        _refused.add(str(folder))
        warnings.warn(say("program.folder", where=folder), stacklevel=2)
    return None


def _ours(found: os.stat_result) -> bool:
    """Whether nobody but this user could have written it."""
    return os.name != "posix" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


def read(name: str, context: str) -> bytes | None:
    """The object code kept under `name`; None if there is none, or not whole, or of another compiler or processor."""
    folder = place()
    if folder is None:
        return None
    try:
        with (folder / f"{name}.o").open("rb") as file:
            if not _ours(os.fstat(file.fileno())):
                return None
            found = file.read()
    except OSError:
        return None
    with suppress(OSError):  # a disk that may only be read
        os.utime(folder / f"{name}.o")  # used just now
    head = _header(name, context, b"")
    start = len(head)
    code = found[start + 32 :]
    whole = found[:start] == head and found[start : start + 32] == sha256(code).digest()
    return code if whole and code else None


def write(name: str, context: str, code: bytes) -> None:
    """Keep object code under `name`, at once and whole or not at all."""
    folder = place()
    if folder is None:
        return
    draft = None
    try:
        handle, draft = tempfile.mkstemp(".draft", f"{name}.", folder)
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle, not a path
            file.write(_header(name, context, sha256(code).digest()) + code)
            file.flush()
            os.fsync(handle)
        os.replace(draft, folder / f"{name}.o")  # noqa: PTH105 - mkstemp gives words
        if name.startswith("00"):  # now and then: one of 256
            _bound()
    except OSError:
        if draft is not None:
            with suppress(OSError):
                os.unlink(draft)  # noqa: PTH108 - likewise


def _header(name: str, context: str, digest: bytes) -> bytes:
    return MAGIC + f"{name}\n{context}\n\n".encode() + digest


def _bound() -> None:
    """Drop what was not used for longest, once there is too much."""
    found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in files())
    total = sum(size for _, size, _ in found)
    if total > MOST:
        for _, size, path in found:
            path.unlink(missing_ok=True)
            total -= size
            if total <= MOST // 2:
                break


def files() -> Iterator[Path]:
    """The files that are kept, drafts that a killed process left behind among them."""
    folder = place()
    if folder is not None:
        yield from (path for path in folder.iterdir() if path.suffix in (".o", ".draft"))
