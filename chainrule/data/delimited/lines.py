"""From bytes to lines of text: encoding, line ends, and what is no text at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from chainrule.errors import ArgumentError, FileError

LONGEST = 1 << 26
BOM = b"\xef\xbb\xbf"
FOREIGN = {
    b"PK\x03\x04": "zip, Excel (.xlsx) or OpenDocument",
    b"\xd0\xcf\x11\xe0": "Excel (.xls)",
    b"PAR1": "Parquet",
    b"\x89PNG": "PNG",
    b"%PDF": "PDF",
    b"\x80\x04\x95": "pickle",
    b"\x93NUM": "NumPy",
    b"SQLi": "SQLite",
}
WIDE = (b"\xff\xfe", b"\xfe\xff")


def lines(file: BinaryIO, path: Path, encoding: str) -> Iterator[str]:
    """The lines of a text file, each with its line end; a bare carriage return ends a line as well.

    Args:
        file: open for reading bytes.
        path: its name, for errors.
        encoding: any in which a line end is one byte, such as `"utf-8"`, `"gbk"`, `"latin-1"`.

    Raises:
        FileError: naming file and line, for another kind of file, a NUL, bytes that do not fit the encoding,
            or a line beyond 64 MB.
        ArgumentError: for an unknown encoding.
    """
    codec = _checked(encoding)
    number = 0
    while raw := file.readline(LONGEST):
        number += 1
        if number == 1:
            raw = _start(raw, path)
        if b"\0" in raw:
            raise FileError("csv.nul", f"{path}, line {number}")
        if len(raw) >= LONGEST:
            raise FileError("csv.long_line", f"{path}, line {number}", limit=LONGEST >> 20)
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError as error:
            byte = f"0x{raw[error.start]:02X}"
            raise FileError("csv.encoding", f"{path}, line {number}", byte=byte, encoding=encoding) from None
        if "\r" in text[:-2] or text.endswith("\r"):
            parts = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
            number += len(parts) - 1
            yield from (part + "\n" for part in parts)
        else:
            yield text


def _start(raw: bytes, path: Path) -> bytes:
    for magic, kind in FOREIGN.items():
        if raw.startswith(magic):
            raise FileError("csv.foreign", str(path), kind=kind)
    if raw.startswith(WIDE):
        raise FileError("csv.foreign", str(path), kind="UTF-16")
    return raw.removeprefix(BOM)


def _checked(encoding: str) -> str:
    if encoding == "utf-8-sig":  # the mark is taken away here
        return "utf-8"
    try:
        if "\n".encode(encoding) != b"\n":
            raise ArgumentError("csv.codec", "read_csv, argument encoding", got=repr(encoding))
    except (LookupError, TypeError, UnicodeEncodeError):
        raise ArgumentError("csv.codec", "read_csv, argument encoding", got=repr(encoding)) from None
    return encoding
