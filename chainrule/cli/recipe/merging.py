"""A `run.toml` and the command line together: which one holds, and what is said of it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.cli.recipe.reading import Recipe
from chainrule.cli.run.options import Options
from chainrule.data import catalogue
from chainrule.errors import ArgumentError
from chainrule.language import say

MATTER = ("chainrule", "numpy", "machine", "engine")  # what last digits depend on


def merged(source: str | None, options: Options, recipe: Recipe) -> tuple[str, Options, list[str]]:
    """What the file asks for, overruled by what stands on the command line.

    Returns:
        The source, the options, and what has to be said: what was overruled, and where the source was found.

    Raises:
        ArgumentError: for a source that neither names.
    """
    if source is None and recipe.source is None:
        raise ArgumentError("cli_config.no_source", "chainrule train", file=recipe.path)
    notes = []
    if source is not None and recipe.source not in (None, source):
        notes.append(_overruled("SOURCE", source, recipe.source, recipe))
    asked = {name: getattr(options, name) for name in options.given}
    notes += [
        _overruled(f"--{name.replace('_', '-')}", asked[name], recipe.options[name], recipe)
        for name in sorted(asked.keys() & recipe.options.keys())
        if asked[name] != recipe.options[name]
    ]
    if source is None:
        source, said = _placed(str(recipe.source), recipe.path)
        notes += said
    return source, Options(**{**recipe.options, **asked}), notes


def differences(recipe: Recipe, source: str, found: Mapping[str, Any], made: Mapping[str, Any]) -> list[str]:
    """What is no longer as it was when the file was written: the rows, or what computes with them.

    Args:
        recipe: the file.
        source: what is learnt from now.
        found: what was found in it, as `Recipe.found`.
        made: what it is made with, as `Recipe.made`.
    """
    notes = []
    before = {name: value for name, value in recipe.found.items() if found[name] != value}
    if before:
        shown = ", ".join(f"{name} {_short(value)} → {_short(found[name])}" for name, value in before.items())
        notes.append(say("cli_config.changed", source=source, file=recipe.path, shown=shown))
    other = [name for name in MATTER if recipe.made.get(name, made[name]) != made[name]]
    if other:
        shown = ", ".join(f"{name} {recipe.made[name]} → {made[name]}" for name in other)
        notes.append(say("cli_config.elsewhere", file=recipe.path, shown=shown))
    return notes


def _overruled(name: str, value: object, kept: object, recipe: Recipe) -> str:
    return say("cli_config.overruled", name=name, value=value, kept=kept, file=recipe.path)


def _placed(source: str, file: Path) -> tuple[str, list[str]]:
    """A path as it is given; else beside the file, else beside the folder of its run."""
    path = Path(source).expanduser()
    if source in catalogue.ENTRIES or path.is_absolute() or path.exists():
        return source, []
    for folder in (file.parent, file.absolute().parent.parent):
        if (folder / path).exists():
            place = os.path.normpath(folder / path)
            return place, [say("cli_config.placed", source=source, place=place, file=file)]
    return source, []


def _short(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 12 else f"{text[:8]}…"
