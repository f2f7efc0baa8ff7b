"""The text of a `run.toml`: all that the run was told, and all that was chosen for it, with a word on each."""

import json
from collections.abc import Mapping
from typing import Any

from chainrule.cli.layout import left
from chainrule.cli.recipe.keys import KEYS
from chainrule.language import say

BESIDE = 34  # columns before a comment


def text(found: Mapping[str, Mapping[str, Any]], stopped: int | None = None) -> str:
    """Tables of values as TOML, in the order of `KEYS`; None is left out.

    Args:
        found: tables by name, of values by key.
        stopped: epochs after which Ctrl-C ended the run; None where it came to its own end.
    """
    lines = [f"# {line}" for line in say("cli_config.says.head").split("\n")]
    if stopped is not None:
        lines.append(f"# {say('cli_config.says.stopped', epochs=stopped)}")
    for table, keys in KEYS.items():
        values = {key: found[table][key] for key in keys if found[table].get(key) is not None}
        lines += ["", f"# {say(f'cli_config.says.{table}')}", f"[{table}]"]
        for key, value in values.items():
            said = "" if table == "made" else f"  # {say(f'cli_config.says.{key}')}"
            lines.append(left(f"{key} = {as_toml(value)}", BESIDE if said else 0) + said)
    return "\n".join(lines) + "\n"


def as_toml(value: Any) -> str:
    """A value as TOML writes it; numbers read back as they were."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return repr(value)
