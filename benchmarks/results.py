"""Results as files: one JSON a race with machine, versions and date, and a table of all of them in Markdown."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import report

FOLDER = Path(__file__).parent / "results"


def write(folder: Path, name: str, kind: str, about: dict[str, Any], content: Any) -> Path:
    """Write one result.

    Args:
        folder: where results are kept; made where it is missing.
        name: of the file, without ending.
        kind: `"race"`, `"curves"` or `"learning"`.
        about: the machine and the versions.
        content: what was measured.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    day = datetime.now(UTC).date().isoformat()
    text = json.dumps({"kind": kind, "date": day, "machine": about, kind: content}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """All results of a kind, by the name of their file."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    return {name: content for name, content in found.items() if content["kind"] == kind}


def number(id: str) -> str:
    """`"P11a"` as a name of a file that sorts: `"p11a"`, `"p04"`."""
    digits = "".join(sign for sign in id if sign.isdigit())
    return f"p{int(digits):02}{id[1 + len(digits):]}"


def machine(about: dict[str, Any]) -> str:
    """Machine, versions and instruction sets as lines of Markdown."""
    lines = []
    for name, value in about.items():
        facts = value if isinstance(value, dict) else {"": value}
        said = ", ".join(f"{key} {'missing' if fact is None else fact}".strip() for key, fact in facts.items())
        lines.append(f"- {name}: {said}")
    return "\n".join(lines)


def tables(folder: Path) -> str:
    """The races on all processors, then on one, each with what it was run on."""
    races = read(folder, "race")
    parts = []
    for words, wanted in (("Default threads", False), ("One processor", True)):
        rows = {name: content for name, content in races.items() if name.endswith("_one_core") == wanted}
        if not rows:
            continue
        newest = max(rows.values(), key=lambda content: str(content["date"]))
        days = sorted({str(content["date"]) for content in rows.values()})
        when = " to ".join(dict.fromkeys((days[0], days[-1])))
        parts += [f"## {words}", "", report.markdown([content["race"] for content in rows.values()]), ""]
        parts += [f"Measured {when} on:", "", machine(newest["machine"]), ""]
    return "\n".join(parts)


def write_table(folder: Path) -> Path:
    """Write the table of all races in a folder, `races.md`."""
    path = folder / "races.md"
    path.write_text(f"# Races\n\n{tables(folder)}", encoding="utf-8")
    return path
