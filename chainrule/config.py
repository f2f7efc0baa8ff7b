"""What holds for the whole process: default dtype, engine, threads, language.

Precedence everywhere: argument, then environment variable, then what is set here, then the default.
"""

import os
from functools import cache
from importlib.util import find_spec
from typing import Self

import numpy as np

from chainrule import language
from chainrule.errors import ArgumentError, MissingExtraError

_values: dict[str, object] = {"dtype": np.dtype(np.float32), "engine": None, "threads": None}


def default_dtype() -> np.dtype[np.generic]:
    """The type of tensors made from Python floats and from float64 arrays; float32 unless set."""
    return _values["dtype"]  # type: ignore[return-value]  # one table for all settings


ENGINES = ("numba", "numpy")
"""What can run a recorded step: loops compiled for this machine, or NumPy."""


def engine() -> str:
    """The engine in force: named in `CHAINRULE_ENGINE`, else set, else `"numba"` where it can be used."""
    asked = os.environ.get("CHAINRULE_ENGINE")
    if asked:
        check_engine(asked, "CHAINRULE_ENGINE")
    return str(asked or _values["engine"] or ("numba" if can_compile() else "numpy"))


def check_engine(name: str | None, where: str) -> None:
    """Refuse the name of an engine that does not exist, or cannot be used here; None is none."""
    if name is not None and name not in ENGINES:
        raise ArgumentError("config.engine", where, got=repr(name))
    if name == "numba" and not can_compile():
        raise MissingExtraError("config.no_compiler", where)


@cache
def can_compile() -> bool:
    """Whether the package is there that turns loops into machine code."""
    return find_spec("llvmlite") is not None


def threads() -> int:
    """How many processors may be used: set, else `CHAINRULE_NUM_THREADS`, else those allowed to this process."""
    asked = _values["threads"] or os.environ.get("CHAINRULE_NUM_THREADS")
    if asked:
        return int(str(asked))
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class settings:  # noqa: N801 - used like a function, `with` or without
    """Set what holds for the whole process; inside `with`, only until the block ends.

    Args:
        dtype: `"float32"` (default) or `"float64"`: the type of tensors made without `dtype=`.
        engine: `"numba"` or `"numpy"`: what runs recorded steps; default `"numba"` where it is installed.
        threads: processors to use, at least 1; default all that are allowed to this process.
        lang: `"en"` or `"zh"`: the language of messages, reports and pictures.

    Raises:
        ArgumentError: for a value that is not one of these.
        MissingExtraError: for `"numba"` where it is not installed.

    Example:
        >>> import chainrule as cr
        >>> with cr.settings(dtype="float64"):
        ...     print(cr.tensor([1.0]).dtype)
        float64
    """

    def __init__(
        self, *, dtype: object = None, engine: str | None = None, threads: int | None = None, lang: str | None = None
    ) -> None:
        self._before = dict(_values)
        self._language = list(language._chosen)
        if dtype is not None:
            kind = np.dtype(dtype)  # type: ignore[call-overload]  # NumPy checks what it may be
            if kind not in (np.float32, np.float64):
                raise ArgumentError("config.dtype", "settings, argument dtype", got=kind)
            _values["dtype"] = kind
        if engine is not None:
            check_engine(engine, "settings, argument engine")
            _values["engine"] = engine
        if threads is not None:
            if threads < 1:
                raise ArgumentError("config.threads", "settings, argument threads", got=threads)
            _values["threads"] = threads
        if lang is not None:
            if lang not in language.LANGUAGES:
                raise ArgumentError("config.lang", "settings, argument lang", got=repr(lang))
            language.choose(lang)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        _values.update(self._before)
        language._chosen[:] = self._language
