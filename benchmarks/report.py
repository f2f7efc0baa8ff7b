"""A race as plain data, and as a table to read."""

from typing import Any

from benchmarks.floor import floor
from benchmarks.race import Race, Result

AGREE = 1e-3


def data(race: Race, result: Result) -> dict[str, Any]:
    """Everything that was measured and what follows from it."""
    least = floor(race.arithmetic) if race.arithmetic else None
    return {
        "id": race.id,
        "work": race.work,
        "unit": race.unit,
        "rounds": len(result.seconds[result.ours]),
        "goal": race.goal,
        "reached": race.reached(result),
        "floor": {"seconds": least[0], "by": least[1]} if least else None,
        "losses differ by": result.losses_differ_by(),
        "losses agree": result.losses_differ_by() <= AGREE,
        "missing": list(result.missing),
        "contestants": [
            {
                "name": name,
                "median": result.median(name),
                "ratio": result.ratio(name),
                "least": min(seconds),
                "most": max(seconds),
                "over floor": result.median(name) / least[0] if least else None,
                "loss": result.losses.get(name),
                "seconds": seconds,
            }
            for name, seconds in result.seconds.items()
        ],
    }


def duration(seconds: float) -> str:
    """Seconds in the unit that reads best: `1.48 s`, `91.0 µs`."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def table(row: dict[str, Any]) -> str:
    """One race in words and columns."""
    verdict = {True: "reached", False: "NOT reached", None: "cannot say: the peer is missing"}[row["reached"]]
    lines = [f"{row['id']}  {row['work']}  ({row['rounds']} rounds)", f"    goal: {row['goal']} - {verdict}"]
    if row["floor"]:
        lines.append(f"    floor: {duration(row['floor']['seconds'])} a {row['unit']}, by its {row['floor']['by']}")
    width = max(len(entry["name"]) for entry in row["contestants"])
    head = f"    {'':<{width}}  {'median':>9}  {'least':>9}  {'most':>9}  {'to ours':>8}"
    lines.append(head + ("  to floor" if row["floor"] else ""))
    for entry in row["contestants"]:
        times = "  ".join(f"{duration(entry[name]):>9}" for name in ("median", "least", "most"))
        line = f"    {entry['name']:<{width}}  {times}  {entry['ratio']:>7.2f}x"
        lines.append(line + (f"  {entry['over floor']:>7.1f}x" if row["floor"] else ""))
    if any(entry["loss"] is not None for entry in row["contestants"]):
        said = "agree" if row["losses agree"] else "DO NOT AGREE: this race says nothing"
        lines.append(f"    losses {said} (largest relative difference {row['losses differ by']:.1e})")
    lines += [f"    missing: {name}" for name in row["missing"]]
    return "\n".join(lines)
