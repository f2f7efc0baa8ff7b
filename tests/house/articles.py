"""The table of docs/articles.md and the tests that bear its IDs. Run as a program, it writes the third column anew."""

import ast
import re
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "articles.md"
LATER = {"engine (3)", "glass (4)", "practice (5)", "doctor (6)"}
LAST = {"S0": 37, "S1": 26, "S2": 17, "S3": 16, "W": 27}
IDS = [f"{part}-{number:02}" for part, last in LAST.items() for number in range(1, last + 1)]
ROW = re.compile(r"^\| ((?:S\d|W)-\d\d) \| (.*?) \| (.*?) ?\| (.*?) ?\|$")
WAITING = re.compile(r"^\| ((?:S\d|W)-\d\d) \| ([^|]*) \| [^|]+ \|$")


@dataclass(frozen=True)
class Row:
    """One row: what it is, the files whose tests bear its ID, and what it still waits for."""

    id: str
    text: str
    files: tuple[str, ...]
    waits: tuple[str, ...]

    def __str__(self) -> str:
        cells = (self.id, self.text, ", ".join(self.files), ", ".join(self.waits))
        return "| " + " | ".join(cells).replace("|  |", "| |") + (" |" if self.waits else "|")


def rows(text: str) -> list[Row]:
    """The rows of the page, in its order."""
    found = (ROW.match(line) for line in text.splitlines())
    return [Row(m[1], m[2], *(tuple(filter(None, m[n].split(", "))) for n in (3, 4))) for m in found if m]


def waiting(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The last table of the page: every row that waits, and for what."""
    found = (WAITING.match(line) for line in text.splitlines())
    return [(m[1], tuple(m[2].split(", "))) for m in found if m]


def marks(folder: Path) -> dict[str, set[str]]:
    """For every ID the files under a folder with a test, a class or a module marked by it."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.article":
                for value in node.args:
                    name = value.value if isinstance(value, ast.Constant) else ast.unparse(value)
                    found.setdefault(str(name), set()).add(path.relative_to(folder).as_posix())
    return found


def brought_up(row: Row, marked: dict[str, set[str]]) -> Row:
    """A row with the files that bear its ID now."""
    return replace(row, files=tuple(sorted(marked.get(row.id, ()))))


def complaints(text: str, marked: dict[str, set[str]]) -> list[str]:
    """Where the page and the tests disagree."""
    table = rows(text)
    found = [f"{name}: no such row" for name in sorted(set(marked) - set(IDS))]
    if [row.id for row in table] != IDS:
        found.append(f"rows missing, doubled or out of order: {sorted(set(IDS) ^ {row.id for row in table})}")
    for row in table:
        if row != brought_up(row, marked):
            found.append(f"{row.id}: the page says {row.files}, tests {sorted(marked.get(row.id, ()))}; make articles")
        if not row.files and not row.waits:
            found.append(f"{row.id}: neither tested nor waiting")
        if set(row.waits) - LATER:
            found.append(f"{row.id}: waits for {row.waits}, which is none of {sorted(LATER)}")
    listed = [(row.id, row.waits) for row in table if row.waits]
    if waiting(text) != listed:
        found.append(f"what waits, in the last table: {sorted(set(waiting(text)) ^ set(listed))}")
    return found


if __name__ == "__main__":
    page, marked_now = PAGE.read_text(encoding="utf-8"), marks(ROOT / "tests")
    lines = [str(brought_up(rows(line)[0], marked_now)) if ROW.match(line) else line for line in page.splitlines()]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table_now = rows("\n".join(lines))
    print(f"{sum(bool(row.files) for row in table_now)} of {len(IDS)} rows are tested; waiting for a later part:")
    print(*(row.id for row in table_now if row.waits))
    for complaint in complaints("\n".join(lines), marked_now):
        print(complaint)
