"""The score as Markdown for docs/doctor.md, from what is kept: nothing in it is typed by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus import store
from corpus.case import parse
from corpus.neutrality import accepted
from corpus.published.post import SHEET
from corpus.published.posts import by_number
from corpus.rivals.racing import verdicts
from corpus.running import COUNTS, doctors_digest
from corpus.scoring import Score, Share, score
from corpus.sets import Part

Row = dict[str, Any]
TITLES = {"development": "Development part (thresholds were set on it)", "sealed": "Sealed part (no threshold saw it)"}
COMPARED = (
    "detection", "false alarms, healthy", "false alarms, provocations", "right cause first",
    "right cause in the first three", "precision of named causes", "silence on neutral mutants",
    "compounds: at least one cause", "compounds: all causes", "published cases: detected", "published cases: diagnosed",
)


def write(parts: Sequence[Part]) -> Path:
    """Write `results/table.md` of the parts that were scored."""
    path = store.FOLDER / "table.md"
    path.write_text("\n".join(line for part in parts for line in _part(part)), encoding="utf-8")
    return path


def _part(part: Part) -> list[str]:
    kept = store.read(store.kept(part))
    doctor = doctors_digest()  # what an earlier doctor said counts no more
    rows = [row for id, row in sorted(store.read(store.FOLDER / f"{part}.jsonl").items())
            if id in kept and row["source"] == kept[id]["source"] and row["doctor"] == doctor]
    if not rows:
        return []
    found = score(rows)
    counting = sum(row["verdict"] in COUNTS for row in kept.values())
    lines = [f"### {TITLES[part]}", "", _counts(rows, counting), "", "| measure | share (95 % interval) |", "|---|---|"]
    lines += [f"| {name} | {_told(share)} |" for name, share in found.shares.items() if share.total]
    lines += [f"| seconds to a verdict, {name} | {spent} |" for name, spent in found.seconds.items()]
    lines += ["", "| family | right cause first |", "|---|---|"]
    lines += [f"| {name} | {_told(share)} |" for name, share in found.families.items()]
    lines += ["", *confusion(found), "", *_rivals(part, rows), "", *_misses(found)]
    return [*lines, *_published(rows), ""]


def _told(share: Share) -> str:
    low, high = share.interval
    return f"{share.count} of {share.total}, {share.value:.1%} ({low:.1%} to {high:.1%})"


def _counts(rows: list[Row], kept: int) -> str:
    counts: dict[str, int] = {}
    for row in rows:
        kind = "neutral mutants" if row["verdict"] == "neutral" else parse(row["id"]).kind
        counts[kind] = counts.get(kind, 0) + 1
    budgets = sorted({row["budget"] for row in rows})
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    seconds = ", ".join(f"{budget:g}" for budget in budgets)
    return f"{len(rows)} of {kept} cases: {told}. Seconds for experiments: {seconds}."


def confusion(found: Score) -> list[str]:
    """Families that were planted, down, and those that were named first, across."""
    columns = sorted({said for counts in found.confusion.values() for said in counts})
    lines = [f"| planted ↓, named first → | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for planted, counts in sorted(found.confusion.items()):
        lines.append(f"| {planted} | {' | '.join(str(counts[name] or '·') for name in columns)} |")
    return lines


def _rivals(part: Part, rows: list[Row]) -> list[str]:
    """The rivals beside the doctor, on the cases that both were asked about."""
    answered = store.read(store.FOLDER / f"rivals_{part}.jsonl")
    both = [row for row in rows if answered.get(row["id"], {}).get("source") == row["source"]]
    if not both:
        return []
    scores = {"doctor": score(both)}
    for name, other in verdicts(part, [answered[row["id"]] for row in both]).items():
        scores[name] = score(other)
    lines = [f"On the same {len(both)} cases:", "", f"| measure | {' | '.join(scores)} |"]
    lines.append("|---" * (len(scores) + 1) + "|")
    for measure in COMPARED:
        shares = [found.shares[measure] for found in scores.values()]
        if any(share.total for share in shares):
            told = [f"{share.value:.1%}" if share.total else "–" for share in shares]
            lines.append(f"| {measure} | {' | '.join(told)} |")
    return lines


def _misses(found: Score) -> list[str]:
    return [f"<details><summary>Misses: {len(found.misses)}</summary>", "",
            *(f"- `{line.split(': ', 1)[0]}`: {line.split(': ', 1)[1]}" for line in found.misses), "", "</details>"]


def _published(rows: list[Row]) -> list[str]:
    """Every published case with its link, what was wrong, and what was said."""
    cases = [row for row in rows if parse(row["id"]).kind == "published"]
    if not cases:
        return []
    lines = ["", f"Published cases, as {SHEET} sums them up; what it leaves open was chosen:", "",
             "| question | was wrong | chosen | said |", "|---|---|---|---|"]
    for row in cases:
        post = by_number(int(parse(row["id"]).name))
        said = ", ".join(finding["code"] for finding in row["findings"]) or "nothing"
        right = any(set(accepted()[name].codes) & {said.split(", ")[0]} for name in post.faults)
        mark = said if right else f"{said} (not what was wrong)"
        lines.append(f"| [{post.number}]({post.link}) | {post.said} | {post.chosen} | {mark} |")
    return lines
