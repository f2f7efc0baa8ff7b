"""Where data sets lie on this machine: `CHAINRULE_DATA`, then the cache of this user."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache: `CHAINRULE_CACHE`, else what platformdirs says, else `XDG_CACHE_HOME` and its kin."""
    asked = os.environ.get("CHAINRULE_CACHE")
    if asked:
        return Path(asked).expanduser()
    try:
        from platformdirs import user_cache_path

        return user_cache_path("chainrule", appauthor=False)
    except ImportError:
        return _plain_cache()


def data_folders(name: str) -> Iterator[Path]:
    """The folders in which the files of data set `name` are looked for, in this order."""
    asked = os.environ.get("CHAINRULE_DATA")
    if asked:
        yield Path(asked).expanduser() / name
    yield cache_folder() / "data" / name


def _plain_cache() -> Path:
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "chainrule"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "chainrule" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "chainrule"
    return Path.home() / ".cache" / "chainrule"
