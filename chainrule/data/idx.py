"""The IDX format of MNIST: a header of sizes, then the numbers in row order, all big-endian.

Bytes 0 and 1 are zero, byte 2 is the type, byte 3 the number of axes; then one 32-bit size an axis.
"""

from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np

from chainrule.data.arrays import Array
from chainrule.data.opening import GZIP, as_path, opened
from chainrule.errors import FileError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_AXES = 8
DEFLATE = 1032  # no deflate stream unpacks to more times its size


def read_idx(path: str | PathLike[str]) -> Array:
    """Read an IDX file, plain or gzip.

    The size that the header tells is compared with the size of the file before any memory is taken for it.

    Args:
        path: the file.

    Returns:
        The array in the header's shape and type, in the machine's byte order.

    Raises:
        FileError: for a file that is missing, torn, too long, or not of this format.

    Example:
        >>> import pathlib, tempfile
        >>> import chainrule.data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "labels")
        ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
        ...     chainrule.data.read_idx(file)
        array([7, 2, 1], dtype=uint8)

    Source:
        LeCun, Cortes and Burges, The MNIST database, file formats.
    """
    file = as_path(path, "read_idx, argument path")
    with opened(file) as stream:
        kind, shape = _header(stream, file)
        size = kind.itemsize
        for length in shape:
            size *= length
        _fits(file, stream.tell(), size)
        data = stream.read(size + 1)
    if len(data) != size:
        got = f"> {size}" if len(data) > size else len(data)
        raise FileError("data.idx_size", str(file), got=got, expected=size)
    return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="))


def _header(stream: BinaryIO, file: Path) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in TYPES or not 1 <= start[3] <= MOST_AXES:
        raise FileError("data.idx_foreign", str(file), got=start.hex(" ") or "0 bytes")
    sizes = stream.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise FileError("data.idx_foreign", str(file), got=(start + sizes).hex(" "))
    return np.dtype(TYPES[start[2]]), tuple(int(size) for size in np.frombuffer(sizes, ">u4"))


def _fits(file: Path, header: int, size: int) -> None:
    length = file.stat().st_size
    with file.open("rb") as plain:
        packed = plain.read(2) == GZIP
    if packed and size + header > DEFLATE * length:
        raise FileError("data.idx_size", str(file), got=f"< {DEFLATE * length}", expected=size)
    if not packed and size + header != length:
        raise FileError("data.idx_size", str(file), got=length - header, expected=size)
