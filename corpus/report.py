"""A score in words and columns for a terminal."""

from corpus.scoring import Score

MISSES = 60


def text(score: Score, misses: int = MISSES) -> str:
    """All of a score."""
    width = max(len(name) for name in score.shares)
    lines = [f"{name:<{width}}  {share}" for name, share in score.shares.items() if share.total]
    for name, spent in score.seconds.items():
        words = f"seconds to a verdict, {name}"
        lines.append(f"{words:<{width}}  {spent}")
    if score.families:
        lines += ["", "right cause first, by family"]
        lines += [f"  {name:<{width - 2}}  {share}" for name, share in score.families.items()]
        lines += ["", *confusion(score)]
    if score.misses:
        lines += ["", f"misses ({len(score.misses)})"]
        lines += [f"  {line}" for line in score.misses[:misses]]
        if len(score.misses) > misses:
            lines.append(f"  … and {len(score.misses) - misses} more")
    return "\n".join(lines)


def confusion(score: Score) -> list[str]:
    """Rows: what was planted; columns: what was named first."""
    columns = sorted({said for counts in score.confusion.values() for said in counts})
    lines = ["planted (rows) and named first (columns)", " " * 16 + "".join(f"{name[:9]:>10}" for name in columns)]
    for planted, counts in sorted(score.confusion.items()):
        lines.append(f"{planted:<16}" + "".join(f"{counts[name] or '·':>10}" for name in columns))
    return lines
