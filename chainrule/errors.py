"""Every exception and warning of the library: one message with four parts.

Where it happened, what was got, what was expected, and what to try. The words come from the
catalogue (`messages/*.toml`) by key, in the reader's language; places, names, shapes and values
are never translated.
"""

import sys
import warnings

from chainrule import language


class FourParts:
    """A message with four parts: where, got, expected, try.

    Args:
        key: entry of the catalogue, `"room.name"`: table `[name]` of `messages/room.toml`, which
            has `got`, `expected` and `try`, each in every language.
        where: the layer, argument, file or line it concerns; never translated.
        values: what the words of the entry name in braces.
    """

    def __init__(self, key: str, where: str, **values: object) -> None:
        super().__init__(key, where, values)  # type: ignore[call-arg]  # an exception stands behind it
        self.key = key
        self.where = where
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.key, self.where, self.values)

    def part(self, name: str) -> str:
        """One part in words: `"got"`, `"expected"` or `"try"`."""
        return language.say(f"{self.key}.{name}", None, where=self.where, **self.values)

    def __str__(self) -> str:
        rows = [(name, self.part(name)) for name in ("got", "expected", "try")]
        width = max(len(language.say(f"errors.{name}")) for name, _ in rows)
        lines = [f"{language.say(f'errors.{name}'):<{width}} {text}" for name, text in rows]
        return "\n  ".join([self.where, *lines])


def _rebuild(kind: type[FourParts], key: str, where: str, values: dict[str, object]) -> FourParts:
    return kind(key, where, **values)


class ChainruleError(FourParts, Exception):
    """An error with four parts: where, got, expected, try."""


class ChainruleWarning(FourParts, UserWarning):
    """Something that is allowed and hardly meant, in the four parts of an error: where, got, expected, try."""


def warn(warning: ChainruleWarning) -> None:
    """Say a `warning` as of the line in the user's own program that led here."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).split(".")[0] == "chainrule":
        frame = frame.f_back
        level += 1
    warnings.warn(warning, stacklevel=level + 1)


class ShapeError(ChainruleError, ValueError):
    """Sizes or numbers of axes that do not fit each other."""


class DtypeError(ChainruleError, TypeError):
    """A type of number, or of argument, that cannot be used here."""


class ArgumentError(ChainruleError, ValueError):
    """An argument outside what it may be: an unknown name, a number out of range."""


class DataError(ChainruleError, ValueError):
    """Data that cannot be learnt from as they are: values out of range, empty, not finite."""


class RangeError(DataError, IndexError):
    """An index that points outside."""


class GradientError(ChainruleError, RuntimeError):
    """A gradient that cannot be taken: nothing recorded, a recorded array changed, a graph used up."""


class StateError(ChainruleError, RuntimeError):
    """An object asked for something that its present state does not allow."""


class CaptureError(ChainruleError, RuntimeError):
    """A step that cannot be recorded as a Program, or not replayed as it was recorded."""


class FileError(ChainruleError, OSError):
    """A file that is missing, torn, foreign, or not what it should be."""


class MissingExtraError(ChainruleError, ImportError):
    """An optional package that is not installed; the message has the line that installs it."""
