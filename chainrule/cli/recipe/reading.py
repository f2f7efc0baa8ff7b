"""From the text of a `run.toml` to options, or to one message with file, key, and the nearest name."""

import difflib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.cli.recipe.keys import ASKED, KEYS
from chainrule.errors import FileError
from chainrule.language import say

LARGEST = 1_000_000  # bytes
PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True)
class Recipe:
    """What a file asks for.

    Attributes:
        path: of the file.
        source: what it learns from; None where the file does not say.
        options: the options of `chainrule train` that it names, by name.
        found: what the run that wrote it found in its rows.
        made: what that run was made with.
    """

    path: Path
    source: str | None
    options: dict[str, Any]
    found: dict[str, Any]
    made: dict[str, Any]


def read(path: Path) -> Recipe:
    """Read a file, or that in the folder of a run.

    Raises:
        FileError: for a file that is missing or no TOML, for a key that is unknown, for a value that cannot be.
    """
    file = path.expanduser()
    file = file / "run.toml" if file.is_dir() else file
    found = _parsed(file)
    for table, inside in found.items():
        if table not in KEYS:
            raise FileError("cli_config.unknown", f"{file}, {table}", got=table, **_known(table, None))
        if not isinstance(inside, dict):
            expected = say("cli_config.kind.table", table=table)
            where = f"{file}, {table}"
            raise FileError("cli_config.value", where, got=_shown(inside), expected=expected, line=f"[{table}]")
        for key, value in inside.items():
            _check(file, table, key, value)
    options = {key: value for table in ASKED for key, value in found.get(table, {}).items()}
    if "hidden" in options:
        options["hidden"] = ",".join(map(str, options["hidden"])) or "0"
    for name in ("test", "validation", "dropout", "lr", "weight_decay"):
        if name in options:
            options[name] = float(options[name])
    source = options.pop("source", None)
    return Recipe(file, source, options, found.get("found", {}), found.get("made", {}))


def _parsed(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise FileError("cli_config.missing", str(file))
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise FileError("cli_config.broken", str(file), reason=error.strerror) from None
    if len(data) > LARGEST:
        raise FileError("cli_config.broken", str(file), reason=f"> {LARGEST:,} bytes")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        last = len(data.splitlines())
        where = f"{file}, line {place[1]}, column {place[2]}" if place and place[1] else f"{file}, line {last}"
        raise FileError("cli_config.broken", where, reason=PLACE.sub("", str(error))[:200]) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError("cli_config.broken", f"{file}, line {line}", reason="not UTF-8") from None
    except (RecursionError, ValueError) as error:  # thousands of brackets in each other, or digits in a row
        raise FileError("cli_config.broken", str(file), reason=f"{type(error).__name__}: {error}"[:200]) from None


def _check(file: Path, table: str, key: str, value: Any) -> None:
    where = f"{file}, [{table}] {key}"
    if key not in KEYS[table]:
        raise FileError("cli_config.unknown", where, got=key, **_known(key, table))
    kind = KEYS[table][key]
    if not kind.fits(value):
        expected, line = say(f"cli_config.kind.{kind.words}", **kind.values), f"{key} = {kind.example}"
        raise FileError("cli_config.value", where, got=_shown(value), expected=expected, line=line)


def _known(got: str, table: str | None) -> dict[str, str]:
    """The names that might be meant, and the nearest of them, with its table where that is another one."""
    owners = {key: owner for owner, keys in reversed(KEYS.items()) for key in keys}
    if got in owners:
        near = f"{got}, [{owners[got]}]"
    else:
        here = list(KEYS if table is None else KEYS[table])
        close = difflib.get_close_matches(got, [*here, *owners], n=1, cutoff=0.6)
        name = (close or difflib.get_close_matches(got, here, n=1, cutoff=0.0))[0]
        near = f"[{name}]" if name in KEYS else name if name in here else f"{name}, [{owners[name]}]"
    names = [f"[{name}]" for name in KEYS] if table is None else list(KEYS[table])
    return {"names": ", ".join(names), "near": near}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
