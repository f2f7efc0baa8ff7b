"""Where data sets lie on this machine: `CHAINRULE_DATA`, then the cache of this user."""

import os
from collections.abc import Iterator
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache: `CHAINRULE_CACHE`, else where the system keeps caches (`XDG_CACHE_HOME` and its kin)."""
    asked = os.environ.get("CHAINRULE_CACHE")
    if asked:
        return Path(asked).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("chainrule", appauthor=False)


def data_folders(name: str) -> Iterator[Path]:
    """The folders in which the files of data set `name` are looked for, in this order."""
    asked = os.environ.get("CHAINRULE_DATA")
    if asked:
        yield Path(asked).expanduser() / name
    yield cache_folder() / "data" / name
