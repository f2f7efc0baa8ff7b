"""One door to all lessons."""

from collections.abc import Callable
from typing import Any

from chainrule import language
from chainrule.errors import ArgumentError
from chainrule.lessons.lesson1 import lesson as first
from chainrule.lessons.lesson2 import lesson as second
from chainrule.lessons.lesson3 import lesson as third
from chainrule.lessons.lesson4 import lesson as fourth
from chainrule.lessons.page import Page

_LESSONS: dict[int, Callable[[int, Callable[[str], Any]], dict[str, Any]]] = {1: first, 2: second, 3: third, 4: fourth}


def run(
    number: int, seeds: int = 100, lang: str | None = None, write: Callable[[str], Any] = print
) -> dict[str, Any]:
    """Train what an article trains, and write its figures beside ours.

    Args:
        number: the article, 1 to 4.
        seeds: how many seeds stand behind every rate, at least 10.
        lang: `"en"` or `"zh"`; default the language in force.
        write: takes the lesson line by line.

    Returns:
        dict: the figures of the lesson by name: losses, rates as (successes, seeds), accuracies.

    Raises:
        ArgumentError: for a lesson that does not exist, too few seeds, or an unknown language.

    Example:
        >>> from chainrule import lessons
        >>> found = lessons.run(4, seeds=10, write=lambda line: None)
        >>> f"{found['accuracy']:.2%}"
        '100.00%'
    """
    if number not in _LESSONS:
        raise ArgumentError("lessons.number", "lessons.run, argument number", got=repr(number))
    if seeds < 10:
        raise ArgumentError("lessons.seeds", "lessons.run, argument seeds", got=seeds)
    if lang is not None and lang not in language.LANGUAGES:
        raise ArgumentError("config.lang", "lessons.run, argument lang", got=repr(lang))
    before = list(language._chosen)
    try:
        if lang is not None:
            language.choose(lang)
        found = _LESSONS[number](seeds, write)
        write("")
        Page(write).text("lessons.as_script", number=number)
        return found
    finally:
        language._chosen[:] = before
