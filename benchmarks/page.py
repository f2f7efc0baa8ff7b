"""`docs/performance.md`, written from the results: what was measured, where we are ahead, and where we are not."""

import tomllib
from pathlib import Path
from typing import Any

from benchmarks import learning, results
from benchmarks.curves import BEHIND, line
from benchmarks.report import WORDS, amount

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
INTRODUCTION = """# Performance

This page is written by `python -m benchmarks --page` from the files in `benchmarks/results/`; nothing in it is typed
by hand but the notes. `python -m benchmarks` runs the races again, on your machine.

All contestants of a race run in one process, in turns, round by round; every figure is the median of at least seven
rounds after a warm-up, and "times ours" the median of the ratios within each round. All have the same data, initial
weights and arithmetic: their losses are compared after the race, to one part in a thousand. Each peer stands in its
best mode: PyTorch with one thread and with all, eager and compiled, fused optimizer, channels last for convolutions;
JAX with `jit` for each step and with `lax.scan` over different batches. The floor is the longer of two times: the
arithmetic at the multiply-adds a second that this machine reaches in its registers, and the bytes that have to come
from memory at the rate of a large copy.
"""


def behind(curves: dict[str, Any]) -> list[str]:
    """The points of all curves where the best peer is ahead by more than a tenth."""
    points = [(name, made) for name, curve in curves.items() for made in curve["points"]]
    lost = [(name, made) for name, made in points if made["ratio"] is not None and made["ratio"] * BEHIND < 1]
    return [f"- {name} {line(made).strip()}" for name, made in lost]


def missed(races: dict[str, dict[str, Any]], notes: dict[str, str]) -> list[str]:
    """Every goal that was not reached, with our time and what is known about it."""
    found = []
    for content in races.values():
        row = content["race"]
        for goal in row["goals"]:
            if goal["reached"] is not True:
                ours = row["contestants"][0]
                time = amount(ours["median"], row["measure"])
                found.append(f"- **{row['id']}**, {goal['words']}: {WORDS[goal['reached']]}, {time} a {row['unit']}.")
        if any(goal["reached"] is not True for goal in row["goals"]) and row["id"] in notes:
            found.append(f"  {notes[row['id']].strip()}")
    return found


def text(folder: Path, beside: Path = PAGE) -> str:
    """The whole page.

    Args:
        folder: of the results; `notes.toml` in it says, by race, what was tried and what limits it.
        beside: where the page will be, for the links to the pictures.
    """
    notes_file = folder / "notes.toml"
    notes = tomllib.loads(notes_file.read_text(encoding="utf-8")) if notes_file.exists() else {}
    parts = [INTRODUCTION, results.tables(folder)]
    races = {name: row for name, row in results.read(folder, "race").items() if not name.endswith("_one_core")}
    losses = missed(races, notes)
    if losses:
        parts += ["## Goals that were not reached", "", *losses, ""]
    for content in results.read(folder, "curves").values():
        parts += ["## How cost grows", ""]
        for name, curve in content["curves"].items():
            parts += [f"### {name.capitalize()}", "", f"Fixed: {curve['words']}.", ""]
            picture = folder / f"curve_{name}.png"
            if picture.exists():
                link = Path("..", picture.resolve().relative_to(beside.parents[1])).as_posix()
                parts += [f"![Time a step against {name}]({link})", ""]
        points = behind(content["curves"])
        said = "Points where the best peer is ahead by more than a tenth:" if points else (
            "At no point of these curves is a peer ahead by more than a tenth."
        )
        parts += [said, "", *points, ""]
    lessons = [content["learning"] for content in results.read(folder, "learning").values()]
    if lessons:
        parts += ["## What is learnt", "", learning.markdown(lessons), ""]
        missing = [row["id"] for row in lessons if row["goal"]["reached"] is not True and row["id"] in notes]
        parts += [f"- **{name}**: {notes[name].strip()}\n" for name in missing]
    return "\n".join(parts).rstrip() + "\n"


def write(folder: Path) -> Path:
    """Write the page.

    Raises:
        FileNotFoundError: when there are no results to write about.
    """
    if not results.read(folder, "race"):
        raise FileNotFoundError(f"no results in {folder}: run python -m benchmarks first")
    PAGE.write_text(text(folder), encoding="utf-8")
    return PAGE
