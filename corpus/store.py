"""Results as lines of JSON: what was found stays, and a later line of the same case replaces an earlier one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def kept(part: str) -> Path:
    """Where it stands which cases of a part count."""
    return FOLDER / f"kept_{part}.jsonl"


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The newest line of each case; a line that was cut off by the end of a run is left out."""
    found: dict[str, dict[str, Any]] = {}
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[row["id"]] = row
    return found


def append(path: Path, row: dict[str, Any]) -> None:
    """One more line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """All lines anew, in the order of their names."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ordered), encoding="utf-8")
