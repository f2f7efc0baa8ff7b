"""Fetching a file of known contents: into a temporary name, its checksum verified, then renamed."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chainrule.errors import FileError

SECONDS = 30
PART = 1 << 16


@dataclass(frozen=True)
class Remote:
    """A file that can be fetched.

    Attributes:
        name: under which it is kept.
        size: bytes.
        algorithm: `"sha256"` or `"md5"`.
        digest: checksum of the contents, in hexadecimal.
    """

    name: str
    size: int
    algorithm: str
    digest: str


def fetch(remote: Remote, mirrors: Sequence[str], folder: Path) -> Path:
    """Fetch a file from the first mirror that has it whole.

    Args:
        remote: what to fetch.
        mirrors: addresses of folders, each ending in a slash, tried in this order.
        folder: where to keep it; made when missing.

    Returns:
        The path of the file. Nothing but the whole, verified file ever bears this name.

    Raises:
        FileError: when no mirror gives these very bytes; it tells what to do by hand.
    """
    reasons = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{remote.name}.", dir=folder)
    except OSError as error:
        raise FileError("data.unreadable", str(folder), reason=error.strerror or str(error)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            for mirror in mirrors:
                file.seek(0)
                file.truncate()
                reason = _copy(mirror + remote.name, remote, file)
                if reason is None:
                    file.flush()
                    os.fsync(file.fileno())
                    return Path(temporary).replace(folder / remote.name)
                reasons.append(f"{mirror}: {reason}")
    except OSError as error:
        raise FileError("data.unreadable", str(folder), reason=error.strerror or str(error)) from None
    finally:
        Path(temporary).unlink(missing_ok=True)
    address = mirrors[0] + remote.name
    raise FileError("data.download", remote.name, reasons="; ".join(reasons), address=address, folder=folder)


def _copy(address: str, remote: Remote, file: BinaryIO) -> str | None:
    """Copy the bytes at an address; the reason when they are not those of `remote`."""
    import http.client
    import urllib.request

    check = hashlib.new(remote.algorithm, usedforsecurity=False)
    size = 0
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - addresses are constants of ours
            while part := answer.read(PART):
                size += len(part)
                if size > remote.size:
                    return f"> {remote.size} bytes"
                check.update(part)
                file.write(part)
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", None) or error)
    if size != remote.size:
        return f"{size} of {remote.size} bytes"
    return None if check.hexdigest() == remote.digest else f"{remote.algorithm} {check.hexdigest()}"
