"""safetensors files with a digest for each tensor: written from arrays, and opened with distrust.

The form is that of safetensors: eight bytes with the length of the header, a JSON header with names, types, shapes and
places, then the numbers. What we add stands in its `__metadata__`, which other readers pass over: `chainrule` (notes in
JSON), `chainrule.digests` (of each tensor), `chainrule.header` (of length and header themselves). So a flipped bit
anywhere in a file of ours is found; safetensors alone has no digest.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DtypeError, FileError
from chainrule.files.disk import failed
from chainrule.files.strict import parsed, written

Array = NDArray[Any]
FORMAT = 1  # of what stands in the notes of a file; a reader refuses those after its own
NOTES, DIGESTS, HEADER = "chainrule", "chainrule.digests", "chainrule.header"
LONGEST = 1 << 25  # bytes of a header
MOST = 1 << 16  # tensors
DEEPEST = 32  # axes
DIGEST = 16  # bytes
BLANK = "0" * (2 * DIGEST)
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1", "BF16": "<u2",
}
CODES = {text: code for code, text in TYPES.items() if code != "BF16"}
FOREIGN = (
    (b"PK", "a zip archive: torch.save, Keras or NumPy"), (b"\x80", "a pickle"), (b"\x89HDF", "HDF5"),
    (b"\x93NUMPY", "a NumPy array"), (b"\x1f\x8b", "gzip"),
)


def encoded(arrays: Mapping[str, Array], notes: Mapping[str, Any]) -> list[Any]:
    """The parts of a file: length and header, then every array in C order, little end first.

    Args:
        arrays: name to array, of any layout.
        notes: plain data for JSON.

    Raises:
        DtypeError: for an array that is no numbers.
    """
    tensors: dict[str, Array] = {}
    for name, array in sorted(arrays.items(), key=lambda row: (-row[1].dtype.itemsize, row[0])):  # so all are aligned
        kind = array.dtype.newbyteorder("<").str
        if kind not in CODES:
            raise DtypeError("files.dtype", name, got=array.dtype)
        # A copy for any other layout: safetensors' own NumPy door would write its memory as it lies.
        tensors[name] = np.asarray(array, dtype=kind, order="C").reshape(array.shape)
    digests = {name: _digest(array) for name, array in tensors.items()}
    meta = {"format": "pt", NOTES: written(notes), DIGESTS: written(digests), HEADER: BLANK}
    header: dict[str, Any] = {"__metadata__": meta}
    end = 0
    for name, array in tensors.items():
        begin, end = end, end + array.nbytes
        code = CODES[array.dtype.newbyteorder("<").str]
        header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [begin, end]}
    text = written(header).encode("ascii")
    text += b" " * (-len(text) % 8)
    length = len(text).to_bytes(8, "little")
    place = text.index(_field(BLANK))
    sealed = _field(blake2b(length + text, digest_size=DIGEST).hexdigest())
    text = text[:place] + sealed + text[place + len(sealed) :]
    return [length + text, *(array.reshape(-1).view(np.uint8) for array in tensors.values() if array.size)]


class Entry(NamedTuple):
    """A tensor in a file: its type as the file names it, its shape, and where it stands behind the header."""

    code: str
    shape: tuple[int, ...]
    begin: int
    end: int


class Opened:
    """A file whose header has been checked against its length; numbers are read when they are asked for.

    Attributes:
        path: of the file.
        entries: name to what is known of the tensor before it is read.
        notes: what the writer noted; None for a file of somebody else.
        elements: numbers in all of them.
    """

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self.path = path
        self._file = file
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > size - 8 or length > LONGEST or length < 2:
            raise self._refused(start)
        text = file.read(length)
        try:
            self._begin = 8 + length
            meta, self.entries = _entries(parsed(text), size - self._begin)
            self.digests, self.notes = _sealed(meta, start + text)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if not text.startswith(b"{"):
                raise self._refused(start) from None
            raise FileError("files.header", str(path), reason=str(error)) from None
        self.elements = sum((entry.end - entry.begin) // _size(entry.code) for entry in self.entries.values())

    def _refused(self, start: bytes) -> FileError:
        kind = next((words for magic, words in FOREIGN if start.startswith(magic)), None)
        if kind is None:
            return FileError("files.not_safetensors", str(self.path))
        return FileError("files.foreign", str(self.path), kind=kind)

    def read(self, name: str) -> Array:
        """The tensor of this name, checked by its digest where the file is ours.

        Raises:
            FileError: it is not what was written.
            KeyError: there is none.
        """
        entry = self.entries[name]
        try:
            self._file.seek(self._begin + entry.begin)
            data = self._file.read(entry.end - entry.begin)
        except MemoryError:
            raise FileError("files.memory", str(self.path), name=name, size=entry.end - entry.begin) from None
        except OSError as error:
            raise failed("read", self.path, error) from error
        if len(data) < entry.end - entry.begin:
            raise FileError("files.torn", str(self.path), name=name)
        array = np.frombuffer(data, TYPES[entry.code].replace("|b1", "|u1")).reshape(entry.shape)
        if self.digests is not None and _digest(array) != self.digests.get(name):
            raise FileError("files.rotten", str(self.path), name=name)
        if entry.code == "BOOL":
            if array.max(initial=0) > 1:
                raise FileError("files.rotten", str(self.path), name=name)
            return array.view(np.bool_)
        if entry.code == "BF16":  # the upper half of a float32
            return (array.astype(np.uint32) << 16).view(np.float32)
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a file to read; only a regular one, and nothing is read of it before its header is found to be right.

    Raises:
        FileError: missing, torn, rotten or foreign.
    """
    with _regular(path) as file:
        yield Opened(path, file, os.fstat(file.fileno()).st_size)


def _regular(path: Path) -> BinaryIO:
    try:
        regular = stat.S_ISREG(path.stat().st_mode)  # a pipe would be waited for
        if regular:
            return path.open("rb")
    except FileNotFoundError as error:
        raise FileError("files.missing", str(path)) from error
    except (OSError, ValueError) as error:  # a path may have a zero byte in it
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise FileError("files.read", str(path), reason=reason) from error
    raise FileError("files.not_regular", str(path))


def _digest(array: Array) -> str:
    return blake2b(array.reshape(-1).view(np.uint8), digest_size=DIGEST).hexdigest()  # type: ignore[arg-type]  # a buffer


def _field(digest: str) -> bytes:
    return f'"{HEADER}":"{digest}"'.encode("ascii")


def _size(code: str) -> int:
    return np.dtype(TYPES[code]).itemsize


def _sealed(meta: Mapping[str, Any], raw: bytes) -> tuple[dict[str, str] | None, Any]:
    """Digests and notes of a file of ours; a single wrong bit cannot hide all the signs that it is one."""
    ours = [name for name in (NOTES, DIGESTS, HEADER) if name in meta]
    if not ours and raw.count(f'"{NOTES}'.encode("ascii")) == 0:
        return None, None
    if len(ours) < 3:
        raise ValueError("a file of chainrule without its digests")
    field = _field(meta[HEADER])
    whole = blake2b(raw.replace(field, _field(BLANK)), digest_size=DIGEST).hexdigest()
    if raw.count(field) != 1 or whole != meta[HEADER]:
        raise ValueError("its digest is another one")
    return parsed(meta[DIGESTS]), parsed(meta[NOTES])


def _entries(header: Any, room: int) -> tuple[dict[str, Any], dict[str, Entry]]:
    """Metadata and tensors of a header, whose places fill the `room` behind it without holes or overlaps."""
    meta = header.pop("__metadata__", {})
    if not all(isinstance(value, str) for value in meta.values()):
        raise ValueError("metadata that is no text")
    if len(header) > MOST:
        raise ValueError(f"{len(header)} tensors")
    found = {}
    for name, row in header.items():
        code, shape, (begin, end) = row["dtype"], row["shape"], row["data_offsets"]
        if len(row) != 3 or code not in TYPES:
            raise ValueError(f"{name}: type {code!r}")
        if len(shape) > DEEPEST or not all(type(n) is int and 0 <= n < 1 << 62 for n in (*shape, begin, end)):
            raise ValueError(f"{name}: shape or place")
        size = _size(code)
        for number in shape:
            size *= number
        if end - begin != size:
            raise ValueError(f"{name}: {end - begin} bytes for shape {shape} of {code}")
        found[name] = Entry(code, tuple(shape), begin, end)
    end = 0
    for name, entry in sorted(found.items(), key=lambda row: (row[1].begin, row[1].end)):
        if entry.begin != end:
            raise ValueError(f"{name}: a hole or an overlap before it")
        end = entry.end
    if end != room:
        raise ValueError(f"{room} bytes behind the header, {end} in it")
    return meta, found
