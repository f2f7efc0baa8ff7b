"""Counts verdicts: how many faults are seen, named and cured, how often nothing is said where nothing is wrong."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.metrics.intervals import wilson_interval
from corpus.case import Case, parse
from corpus.judging import RESTORED
from corpus.neutrality import Right, accepted, family

Row = dict[str, Any]


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share; NaN of none."""
        return self.count / self.total if self.total else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true rate lies, by Wilson."""
        return wilson_interval(self.count, self.total) if self.total else (0.0, 1.0)

    def __str__(self) -> str:
        if not self.total:
            return "–"
        low, high = self.interval
        return f"{self.count}/{self.total} = {self.value:.1%} ({low:.1%} – {high:.1%})"


def named(row: Row) -> list[str]:
    """The codes of the findings in their order, those behind the first right after it."""
    found: list[str] = []
    for finding in row["findings"]:
        found += [finding["code"], *finding["behind"]]
    return list(dict.fromkeys(found))


def seen(row: Row, rights: list[Right]) -> bool:
    """Whether anything is found; of faults that deserve a hint, whether the hint is given."""
    if row["findings"]:
        return True
    return any(right.note and set(right.codes) & set(row["notes"]) for right in rights)


def first_right(row: Row, rights: list[Right], places: int = 1) -> bool:
    """Whether one of the first codes is right; a note where a note suffices and nothing else is said."""
    found = named(row)[:places]
    if any(set(found) & set(right.codes) for right in rights):
        return True
    silent = not row["findings"] or places > 1
    return silent and any(right.note and set(right.codes) & set(row["notes"]) for right in rights)


def all_right(row: Row, rights: list[Right]) -> bool:
    """Whether every fault of a compound is named."""
    found = set(named(row)) | set(row["notes"])
    return all(found & set(right.codes) for right in rights)


@dataclass(frozen=True)
class Spent:
    """Seconds to a verdict: median and 95th percentile by the clock, median of the processor, of so many cases."""

    middle: float
    late: float
    processor: float
    count: int

    def __str__(self) -> str:
        return (
            f"median {self.middle:.1f}, 95th percentile {self.late:.1f}, of the processor {self.processor:.1f} "
            f"({self.count} cases)"
        )


@dataclass(frozen=True)
class Score:
    """What was counted, by the names of the targets."""

    shares: dict[str, Share]
    families: dict[str, Share]
    confusion: dict[str, Counter[str]]
    misses: list[str]
    seconds: dict[str, Spent]


def rights_of(case: Case, row: Row) -> list[Right]:
    """What is right for a case; published cases bring their own."""
    names = row.get("faults") or case.faults
    return [accepted()[name] for name in names]


def score(rows: list[Row]) -> Score:
    """Count verdicts; each row has `id`, `verdict` of keeping, `findings`, `notes`, `seconds`, maybe `restored`."""
    parsed = [(parse(row["id"]), row) for row in rows]
    faults = [(c, r) for c, r in parsed if c.kind == "fault" and r["verdict"] in ("hurts", "certain")]
    neutral = [r for c, r in parsed if c.kind == "fault" and r["verdict"] == "neutral"]
    compounds = [(c, r) for c, r in parsed if c.kind == "compound"]
    published = [(c, r) for c, r in parsed if c.kind == "published"]
    articles = [(c, r) for c, r in parsed if c.kind == "article"]
    healthy = [r for c, r in parsed if c.kind == "healthy"]
    provoked = [r for c, r in parsed if c.kind == "provocation"]

    def many(pairs: list[tuple[Case, Row]], test: Any) -> Share:
        return Share(sum(bool(test(row, rights_of(case, row))) for case, row in pairs), len(pairs))

    codes = [(code, rights_of(case, row)) for case, row in faults for code in (f["code"] for f in row["findings"])]
    cures = [row["restored"] for _, row in faults if row.get("restored") is not None]
    shares = {
        "detection": many(faults, seen),
        "false alarms, healthy": Share(sum(bool(r["findings"]) for r in healthy), len(healthy)),
        "false alarms, provocations": Share(sum(bool(r["findings"]) for r in provoked), len(provoked)),
        "right cause first": many(faults, first_right),
        "right cause in the first three": many(faults, lambda row, right: first_right(row, right, 3)),
        "precision of named causes": Share(
            sum(any(code in right.codes for right in rights) for code, rights in codes), len(codes)),
        "first cure restores 90 % of the twin, of all faults": Share(
            sum(one >= RESTORED for one in cures), len(faults)),
        "first cure restores 90 % of the twin, where one is offered": Share(
            sum(one >= RESTORED for one in cures), len(cures)),
        "silence on neutral mutants": Share(sum(not r["findings"] for r in neutral), len(neutral)),
        "compounds: at least one cause": many(compounds, lambda row, right: first_right(row, right, 99)),
        "compounds: all causes": many(compounds, all_right),
        "published cases: detected": many(published, seen),
        "published cases: diagnosed": many(published, first_right),
        "articles: right": Share(sum(_article(case, row) for case, row in articles), len(articles)),
        "verdicts without breaking": Share(sum(not r["broke"] for _, r in parsed), len(parsed)),
    }
    return Score(shares, _families(faults), _confusion(faults), _misses(parsed), _seconds(rows))


def _article(case: Case, row: Row) -> bool:
    """An article's configuration is named rightly, or left in peace where it is healthy."""
    rights = rights_of(case, row)
    return first_right(row, rights) if rights else not row["findings"]


def _families(faults: list[tuple[Case, Row]]) -> dict[str, Share]:
    """Recall of each family: the right cause first."""
    found: dict[str, list[bool]] = {}
    for case, row in faults:
        rights = rights_of(case, row)
        found.setdefault(rights[0].family, []).append(first_right(row, rights))
    return {name: Share(sum(hits), len(hits)) for name, hits in sorted(found.items())}


def _confusion(faults: list[tuple[Case, Row]]) -> dict[str, Counter[str]]:
    """Planted family to the family that was named first; an accepted code counts as the planted family."""
    found: dict[str, Counter[str]] = {}
    for case, row in faults:
        rights = rights_of(case, row)
        planted, codes = rights[0].family, named(row)
        said = planted if first_right(row, rights) else family(codes[0]) if codes else "nothing"
        found.setdefault(planted, Counter())[said] += 1
    return found


def _misses(parsed: list[tuple[Case, Row]]) -> list[str]:
    """Every case that is not as it should be, with what was said."""
    lines = []
    for case, row in sorted(parsed, key=lambda pair: pair[0].id):
        silent = case.kind in ("healthy", "provocation") or row["verdict"] == "neutral"
        right = not row["findings"] if silent else _article(case, row)
        if not right or row["broke"]:
            said = ", ".join(named(row)) or "nothing"
            if row["broke"]:
                said = "broke: " + row["broke"].strip().splitlines()[-1]
            lines.append(f"{case.id}: {said} ({row['seconds']:.1f} s)")
    return lines


def _seconds(rows: list[Row]) -> dict[str, Spent]:
    """How long verdicts took, of digits and of all else."""
    found = {}
    for words, digits in (("toy", False), ("digits", True)):
        some = [row for row in rows if (row.get("data") == "digits") == digits]
        if some:
            taken = [row["seconds"] for row in some]
            used = [row["cpu"] if "cpu" in row else row["seconds"] for row in some]
            found[words] = Spent(
                float(np.median(taken)), float(np.quantile(taken, 0.95)), float(np.median(used)), len(some)
            )
    return found
