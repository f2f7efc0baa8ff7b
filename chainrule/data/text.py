"""Text as numbers, one a character, and batches of it for networks that write."""

from collections.abc import Sequence
from os import PathLike

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Ints, whole
from chainrule.data.labels import class_numbers
from chainrule.data.opening import as_path, opened
from chainrule.errors import DataError, DtypeError, FileError, ShapeError

__all__ = ["batch", "decode", "encode", "read", "vocabulary"]


def read(path: str | PathLike[str]) -> str:
    r"""The text of a UTF-8 file, plain or gzip, with line ends as `\n`.

    Args:
        path: the file.

    Returns:
        Its characters, without a byte-order mark.

    Raises:
        FileError: for a file that is missing, empty, or not UTF-8, naming the line.

    Example:
        >>> import pathlib, tempfile
        >>> import chainrule.data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "a.txt")
        ...     _ = file.write_text("to be\n")
        ...     chainrule.data.text.read(file)
        'to be\n'
    """
    file = as_path(path, "text.read, argument path")
    with opened(file) as stream:
        raw = stream.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        where = f"{file}, line {line}"
        raise FileError("csv.encoding", where, byte=f"0x{raw[error.start]:02X}", encoding="utf-8") from None
    if not text:
        raise FileError("csv.empty", str(file))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def vocabulary(text: str) -> tuple[str, ...]:
    """The different characters of a text, in the order of their code points.

    Args:
        text: at least one character.

    Returns:
        The characters; the number of a character is its place.

    Raises:
        DataError: for an empty text.
        DtypeError: for something else than text.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.text.vocabulary("hello")
        ('e', 'h', 'l', 'o')
    """
    if not isinstance(text, str):
        raise DtypeError("data.text", "text.vocabulary, argument text", got=type(text).__name__)
    if not text:
        raise DataError("data.no_text", "text.vocabulary, argument text")
    return tuple(sorted(set(text)))


def encode(text: str, vocabulary: Sequence[str]) -> Ints:
    """The number of each character.

    Args:
        text: any text of these characters.
        vocabulary: the characters, as from `vocabulary`.

    Returns:
        (characters,) int64.

    Raises:
        DataError: for a character that is not in the vocabulary, with its place.
        DtypeError: for something else than text.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.text.encode("hole", ("e", "h", "l", "o")).tolist()
        [1, 3, 2, 0]
    """
    if not isinstance(text, str):
        raise DtypeError("data.text", "text.encode, argument text", got=type(text).__name__)
    numbers = {character: number for number, character in enumerate(vocabulary)}
    try:
        return np.fromiter(map(numbers.__getitem__, text), np.int64, len(text))
    except KeyError:
        place = next(i for i, character in enumerate(text) if character not in numbers)
        where = "text.encode, argument text"
        raise DataError("data.character", where, got=repr(text[place]), place=place, count=len(numbers)) from None


def decode(numbers: object, vocabulary: Sequence[str]) -> str:
    """The text of a row of numbers: the inverse of `encode`.

    Args:
        numbers: (characters,) whole numbers from 0.
        vocabulary: the characters, as from `vocabulary`.

    Returns:
        The text.

    Raises:
        DataError: for a number that is not in the vocabulary.
        ShapeError: for more than one row.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.text.decode([1, 3, 2, 0], ("e", "h", "l", "o"))
        'hole'
    """
    where = "text.decode, argument numbers"
    found = class_numbers(numbers, where)
    if found.size and found.max() >= len(vocabulary):
        raise DataError("data.class_numbers", where, got=found.max(), most=len(vocabulary) - 1)
    return "".join(vocabulary[number] for number in found)


def batch(numbers: object, batch_size: int, length: int, *, seed: int = 0, step: int = 0) -> tuple[Ints, Ints]:
    """Stretches of a text from random places, and the same moved on by one character.

    targets[b, t] is the character after inputs[b, t]. Batch `step` depends on (seed, step) alone.

    Args:
        numbers: (characters,) a text, encoded.
        batch_size: B, stretches, at least 1.
        length: T, characters in a stretch, at least 1.
        seed: whole number, at least 0.
        step: number of the batch, from 0.

    Returns:
        inputs (B, T) int64, targets (B, T) int64.

    Raises:
        ShapeError: for a text that is not longer than a stretch.
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule.data
        >>> inputs, targets = chainrule.data.text.batch(range(100), batch_size=2, length=3, seed=0)
        >>> (targets - inputs).tolist()
        [[1, 1, 1], [1, 1, 1]]
    """
    where = "text.batch, argument numbers"
    codes = class_numbers(numbers, where)
    rows = whole(batch_size, "text.batch, argument batch_size", least=1)
    width = whole(length, "text.batch, argument length", least=1)
    if len(codes) <= width:
        raise ShapeError("data.series_short", where, got=len(codes), length=width, horizon=1)
    starts = streams.generator(seed, streams.TEXT, step).integers(0, len(codes) - width, rows)
    places = starts[:, None] + np.arange(width)  # (B, T)
    return codes[places], codes[places + 1]
