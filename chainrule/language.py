"""The words of the library, from one catalogue, in every language it speaks.

`messages/ROOM.toml` holds the words of one room: table `[name]` has one line a language, or one
table a part (`got`, `expected`, `try`) with one line a language. Files are read when first needed.
"""

import locale
import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh")
_CALLED = {"en": "english", "zh": "chinese"}  # on Windows
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_chosen: list[str] = []


def current() -> str:
    """The language in force: chosen, else `CHAINRULE_LANG`, else the machine's own, else English."""
    if _chosen:
        return _chosen[-1]
    asked = os.environ.get("CHAINRULE_LANG") or _system()
    return next((name for name in LANGUAGES if asked.lower().startswith((name, _CALLED[name]))), "en")


def _system() -> str:
    """The system's language; its variables first, for a locale that is not installed is none to Python."""
    return next(filter(None, map(os.environ.get, _VARIABLES)), None) or locale.getlocale()[0] or ""


def choose(name: str | None) -> None:
    """Speak `name` from now on; `None` goes back to what the environment says."""
    _chosen[:] = [] if name is None else [name]


@cache
def catalogue(room: str) -> dict[str, Any]:
    """The words of one room, as written in `messages/ROOM.toml`."""
    text = files("chainrule").joinpath("messages", f"{room}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(key: str, lang: str | None = None, /, **values: object) -> str:
    """The words under `key` (`"room.name"` or `"room.name.part"`), with `values` put in their braces."""
    room, *path = key.split(".")
    entry = catalogue(room)
    for name in path:
        entry = entry[name]
    text: str = entry[lang or current()]
    return text.format(**values)
