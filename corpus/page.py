"""The score as Markdown for docs/doctor.md, from what is kept: nothing in it is typed by hand."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus import store
from corpus.case import parse
from corpus.neutrality import accepted
from corpus.published.post import SHEET
from corpus.published.posts import by_number
from corpus.rivals.racing import verdicts
from corpus.running import COUNTS, doctors_digest
from corpus.scoring import Score, Share, Spent, score
from corpus.sets import Part
from corpus.words import CHINESE

Row = dict[str, Any]
TITLES = {"development": "Development part (thresholds were set on it)", "sealed": "Sealed part (no threshold saw it)"}
COMPARED = (
    "detection", "false alarms, healthy", "false alarms, provocations", "right cause first",
    "right cause in the first three", "precision of named causes", "silence on neutral mutants",
    "compounds: at least one cause", "compounds: all causes", "published cases: detected", "published cases: diagnosed",
)
SHARE = "{count} of {total}, {value:.1%} ({low:.1%} to {high:.1%})"
SPENT = "median {middle:.1f}, 95th percentile {late:.1f}, of the processor {processor:.1f}"
FILES = {"en": "table.md", "zh": "table.zh-CN.md"}


def write(parts: Sequence[Part]) -> list[Path]:
    """Write `results/table.md` of the parts that were scored, and the same in Chinese."""
    paths = []
    for lang, name in FILES.items():
        page = Page(lang)
        path = store.FOLDER / name
        path.write_text("\n".join(line for part in parts for line in page.part(part)), encoding="utf-8")
        paths.append(path)
    return paths


@dataclass(frozen=True)
class Page:
    """The page in a language.

    Attributes:
        lang: `"en"` or `"zh"`.
    """

    lang: str

    def say(self, words: str, **values: Any) -> str:
        """Words of the page, with values in them."""
        told = words if self.lang == "en" else CHINESE.get(words, words)
        return told.format(**values) if values else told

    def part(self, part: Part) -> list[str]:
        """All of a part."""
        kept = store.read(store.kept(part))
        doctor = doctors_digest()  # what an earlier doctor said counts no more
        rows = [row for id, row in sorted(store.read(store.FOLDER / f"{part}.jsonl").items())
                if id in kept and row["source"] == kept[id]["source"] and row["doctor"] == doctor]
        if not rows:
            return []
        found = score(rows)
        counting = sum(row["verdict"] in COUNTS for row in kept.values())
        lines = [f"### {self.say(TITLES[part])}", "", self._counts(rows, counting), "",
                 *self._head("measure", "share (95 % interval)")]
        lines += [f"| {self.say(name)} | {self._told(share)} |" for name, share in found.shares.items() if share.total]
        lines += [f"| {self.say(f'seconds to a verdict, {name}')} | {self._spent(spent)} |"
                  for name, spent in found.seconds.items()]
        lines += ["", *self._head("family", "right cause first")]
        lines += [f"| {self.say(name)} | {self._told(share)} |" for name, share in found.families.items()]
        lines += ["", *self._confusion(found), "", *self._rivals(part, rows), "", *self._misses(found)]
        return [*lines, *self._published(rows), ""]

    def _head(self, *names: str) -> list[str]:
        return [f"| {' | '.join(map(self.say, names))} |", "|---" * len(names) + "|"]

    def _told(self, share: Share) -> str:
        low, high = share.interval
        return self.say(SHARE, count=share.count, total=share.total, value=share.value, low=low, high=high)

    def _spent(self, spent: Spent) -> str:
        return self.say(SPENT, **asdict(spent))

    def _counts(self, rows: list[Row], kept: int) -> str:
        counts: dict[str, int] = {}
        for row in rows:
            kind = "neutral mutants" if row["verdict"] == "neutral" else parse(row["id"]).kind
            counts[kind] = counts.get(kind, 0) + 1
        budgets = sorted({row["budget"] for row in rows})
        told = ", ".join(f"{count} {self.say(kind)}" for kind, count in sorted(counts.items()))
        return self.say(
            "{asked} of {kept} cases: {told}. Seconds for experiments: {seconds}.", asked=len(rows), kept=kept,
            told=told, seconds=", ".join(f"{budget:g}" for budget in budgets),
        )

    def _confusion(self, found: Score) -> list[str]:
        """Families that were planted, down, and those that were named first, across."""
        columns = sorted({said for counts in found.confusion.values() for said in counts})
        lines = self._head("planted ↓, named first → ", *columns)
        for planted, counts in sorted(found.confusion.items()):
            lines.append(f"| {self.say(planted)} | {' | '.join(str(counts[name] or '·') for name in columns)} |")
        return lines

    def _rivals(self, part: Part, rows: list[Row]) -> list[str]:
        """The rivals beside the doctor, on the cases that both were asked about."""
        answered = store.read(store.FOLDER / f"rivals_{part}.jsonl")
        both = [row for row in rows if answered.get(row["id"], {}).get("source") == row["source"]]
        if not both:
            return []
        scores = {"doctor": score(both)}
        for name, other in verdicts(part, [answered[row["id"]] for row in both]).items():
            scores[name] = score(other)
        lines = [self.say("On the same {count} cases:", count=len(both)), "", *self._head("measure", *scores)]
        for measure in COMPARED:
            shares = [found.shares[measure] for found in scores.values()]
            if any(share.total for share in shares):
                told = [f"{share.value:.1%}" if share.total else "–" for share in shares]
                lines.append(f"| {self.say(measure)} | {' | '.join(told)} |")
        return lines

    def _misses(self, found: Score) -> list[str]:
        title = self.say("Misses: {count}", count=len(found.misses))
        return [f"<details><summary>{title}</summary>", "",
                *(f"- `{line.split(': ', 1)[0]}`: {line.split(': ', 1)[1]}" for line in found.misses), "", "</details>"]

    def _published(self, rows: list[Row]) -> list[str]:
        """Every published case with its link, what was wrong, and what was said."""
        cases = [row for row in rows if parse(row["id"]).kind == "published"]
        if not cases:
            return []
        title = "Published cases, as {sheet} sums them up; what it leaves open was chosen:"
        lines = ["", self.say(title, sheet=SHEET), "", *self._head("question", "was wrong", "chosen", "said")]
        for row in cases:
            post = by_number(int(parse(row["id"]).name))
            said = ", ".join(finding["code"] for finding in row["findings"]) or self.say("nothing")
            right = any(set(accepted()[name].codes) & {said.split(", ")[0]} for name in post.faults)
            mark = said if right else said + self.say(" (not what was wrong)")
            lines.append(f"| [{post.number}]({post.link}) | {post.said} | {post.chosen} | {mark} |")
        return lines
