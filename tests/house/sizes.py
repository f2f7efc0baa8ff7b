"""How long the files of the package are: the report that `make sizes` prints, and the limit."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 500
USUAL = 300


def lines(folder: Path) -> dict[str, int]:
    """The lines of every Python file under a folder, the longest first."""
    counts = {path.relative_to(folder.parent).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
              for path in folder.rglob("*.py")}
    return dict(sorted(counts.items(), key=lambda row: -row[1]))


def report(counts: dict[str, int]) -> str:
    """Files and lines of each room, then the files longer than usual."""
    rooms: dict[str, list[int]] = {}
    for name, count in counts.items():
        parts = name.split("/")
        rooms.setdefault(parts[1] if len(parts) > 2 else ".", []).append(count)
    rows = [f"{'room':<12} {'files':>5} {'lines':>6} {'longest':>7}"]
    rows += [f"{room:<12} {len(n):>5} {sum(n):>6} {max(n):>7}" for room, n in sorted(rooms.items())]
    rows += [f"{'all':<12} {len(counts):>5} {sum(counts.values()):>6} {max(counts.values()):>7}"]
    rows += [f"longer than {USUAL}: {name} {count}" for name, count in counts.items() if count > USUAL]
    return "\n".join(rows)


if __name__ == "__main__":
    print(report(lines(ROOT / "chainrule")))
