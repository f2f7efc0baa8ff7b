"""A race as plain data, as a table to read in a terminal, and as one in Markdown."""

from typing import Any

from benchmarks.race import Race, Result

AGREE = 1e-3
FEW = 3
WORDS = {True: "reached", False: "NOT reached", None: "cannot say: the peer is missing"}


def data(race: Race, result: Result) -> dict[str, Any]:
    """Everything that was measured and what follows from it."""
    least = result.least
    return {
        "id": race.id,
        "work": race.work,
        "unit": race.unit,
        "measure": race.measure,
        "rounds": len(result.seconds[result.ours]),
        "goals": [{"words": goal.words, "reached": goal.reached(result)} for goal in race.goals],
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
                "ready after": result.prepared.get(name),
                "seconds": seconds,
            }
            for name, seconds in result.seconds.items()
        ],
    }


def absent(race: Race, why: str) -> dict[str, Any]:
    """A race that we cannot take part in yet."""
    return {"id": race.id, "work": race.work, "absent": why, "losses agree": True}


def duration(seconds: float) -> str:
    """Seconds in the unit that reads best: `1.48 s`, `91.0 µs`."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def amount(value: float, measure: str) -> str:
    """What a round gave: seconds, or bytes as megabytes."""
    return duration(value) if measure == "seconds" else f"{value / 1e6:.0f} MB"


def table(row: dict[str, Any]) -> str:
    """One race in words and columns."""
    if "absent" in row:
        return f"{row['id']}  {row['work']}\n    {row['absent']}"
    measure = row["measure"]
    lines = [f"{row['id']}  {row['work']}  ({row['rounds']} round{'s' if row['rounds'] > 1 else ''})"]
    lines += [f"    goal: {goal['words']} - {WORDS[goal['reached']]}" for goal in row["goals"]]
    if row["floor"]:
        lines.append(f"    floor: {duration(row['floor']['seconds'])} a {row['unit']}, by its {row['floor']['by']}")
    width = max(len(entry["name"]) for entry in row["contestants"])
    head = f"    {'':<{width}}  {'median':>9}  {'least':>9}  {'most':>9}  {'to ours':>8}"
    lines.append(head + ("  to floor" if row["floor"] else "") + "  ready after")
    for entry in row["contestants"]:
        times = "  ".join(f"{amount(entry[name], measure):>9}" for name in ("median", "least", "most"))
        line = f"    {entry['name']:<{width}}  {times}  {entry['ratio']:>7.2f}x"
        line += f"  {entry['over floor']:>7.1f}x" if row["floor"] else ""
        lines.append(line + f"  {duration(entry['ready after'] or 0.0):>11}")
    if any(entry["loss"] is not None for entry in row["contestants"]):
        said = "agree" if row["losses agree"] else "DO NOT AGREE: this race says nothing"
        lines.append(f"    losses {said} (largest relative difference {row['losses differ by']:.1e})")
    lines += [f"    missing: {name}" for name in row["missing"]]
    return "\n".join(lines)


def peers(row: dict[str, Any]) -> str:
    """How many times as long as ours the others took: all where they are few, else each library in its best mode."""
    others = row["contestants"][1:]
    best: dict[str, dict[str, Any]] = {}
    for entry in others:
        library = entry["name"].replace(",", " ").split()[0]
        if library != "chainrule" and entry["ratio"] < best.get(library, {"ratio": float("inf")})["ratio"]:
            best[library] = entry
    shown = others if len(others) <= FEW else best.values()
    said = (f"{e['name']} {amount(e['median'], row['measure'])} ({e['ratio']:.2f}x)" for e in shown)
    return "; ".join(said) or "–"


def markdown(rows: list[dict[str, Any]]) -> str:
    """All races, one line each: ours, the best mode of each peer, the floor, what was to be reached."""
    lines = ["| # | work | chainrule | others (times ours) | floor (times) | goal |", "|---|---|---|---|---|---|"]
    for row in rows:
        if "absent" in row:
            lines.append(f"| {row['id']} | {row['work']} | {row['absent']} | – | – | – |")
            continue
        ours = row["contestants"][0]
        floor = f"{duration(row['floor']['seconds'])} ({ours['over floor']:.2f}x)" if row["floor"] else "–"
        goals = "; ".join(f"{goal['words']}: {WORDS[goal['reached']]}" for goal in row["goals"])
        wrong = "" if row["losses agree"] else " **losses do not agree**"
        time = amount(ours["median"], row["measure"])
        lines.append(f"| {row['id']} | {row['work']} | {time} | {peers(row)} | {floor} | {goals}{wrong} |")
    return "\n".join(lines)
