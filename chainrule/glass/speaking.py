"""One language for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from chainrule import language
from chainrule.errors import ArgumentError


@contextmanager
def speaking(lang: str | None, where: str) -> Iterator[None]:
    """Inside the block all words are in `lang`; None leaves the language in force.

    Raises:
        ArgumentError: for a language that the library does not speak.
    """
    if lang is not None and lang not in language.LANGUAGES:
        raise ArgumentError("explain.language", f"{where}, argument lang", got=repr(lang))
    before = list(language._chosen)
    if lang is not None:
        language.choose(lang)
    try:
        yield
    finally:
        language._chosen[:] = before
