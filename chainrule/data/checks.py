"""Looking at data before learning from them: what in them keeps a network from learning."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chainrule import language
from chainrule.data.arrays import Array, Floats, array, features, same_rows
from chainrule.data.samples import Samples, is_classes
from chainrule.data.signal import LEAST, permutation_test
from chainrule.errors import ShapeError

SPREAD = 10.0  # a standard deviation above this, or a mean beyond 5 deviations, slows learning down
OFFSET = 5.0
FAR = 10.0  # robust deviations from the median
RARE = 0.1  # of the largest class
DOUBT = 0.05  # p of the permutation test


@dataclass(frozen=True)
class Finding:
    """One thing found in the data.

    Attributes:
        code: its name, the same in every language: `"features_unscaled"`, `"constant_column"`, `"not_finite"`,
            `"contradicting_rows"`, `"duplicate_rows"`, `"outliers"`, `"target_unscaled"`, `"rare_class"`,
            `"no_signal"`.
        level: `"fault"` for what keeps a network from learning, `"note"` for what is worth knowing.
        columns: names of the columns concerned.
        evidence: the numbers behind it.

    Example:
        >>> import chainrule.data
        >>> finding = chainrule.data.describe([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0]]).findings[0]
        >>> finding.code, finding.level, finding.columns
        ('constant_column', 'note', ('column 2',))
        >>> print(finding)
        1 columns have one value in every row and tell nothing: column 2.
    """

    code: str
    level: Literal["fault", "note"]
    columns: tuple[str, ...]
    evidence: Mapping[str, object]

    def __str__(self) -> str:
        values = {"columns": _listed(self.columns), **self.evidence}
        return language.say(WORDS[self.code], None, **values)


@dataclass(frozen=True)
class Column:
    """One column in numbers; NaN and infinity are left out of all but their count.

    Attributes:
        name: of the column.
        missing: values that are NaN or infinite.
        least: smallest value.
        most: largest value.
        mean: of the values.
        deviation: standard deviation, dividing by n.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.describe([[1.0], [3.0]]).columns[0]
        Column(name='column 1', missing=0, least=1.0, most=3.0, mean=2.0, deviation=1.0)
    """

    name: str
    missing: int
    least: float
    most: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Report:
    """What `describe` saw; `print` it.

    Attributes:
        rows: how many rows.
        columns: one `Column` each.
        findings: faults first.

    Example:
        >>> import chainrule.data
        >>> print(chainrule.data.describe(chainrule.data.xor()))
        4 rows, 2 columns
                  least        most        mean   deviation
        x1            0           1         0.5         0.5
        x2            0           1         0.5         0.5
        nothing wrong was found
    """

    rows: int
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether no fault was found."""
        return not any(finding.level == "fault" for finding in self.findings)

    def __str__(self) -> str:
        shown = self.columns[:20]
        width = max(len(column.name) for column in shown)
        heads = [language.say(key) for key in ("checks.least", "checks.most", "checks.mean", "checks.deviation")]
        lines = [language.say("checks.size", rows=self.rows, columns=len(self.columns))]
        lines.append(" " * (width + 2) + " ".join(_right(head, 11) for head in heads))
        for column in shown:
            numbers = (column.least, column.most, column.mean, column.deviation)
            lines.append(f"{column.name:<{width}}  " + " ".join(f"{number:11.5g}" for number in numbers))
        if len(self.columns) > len(shown):
            lines.append("…")
        lines += [f"- {finding}" for finding in self.findings] or [language.say("checks.nothing")]
        return "\n".join(lines)


WORDS = {
    "not_finite": "checks.not_finite",
    "contradicting_rows": "checks.contradicting_rows",
    "features_unscaled": "checks.features_unscaled",
    "target_unscaled": "checks.target_unscaled",
    "constant_column": "checks.constant_column",
    "no_signal": "checks.no_signal",
    "duplicate_rows": "checks.duplicate_rows",
    "outliers": "checks.outliers",
    "rare_class": "checks.rare_class",
}


def describe(X: object, y: object = None, *, names: Sequence[str] | None = None, seed: int = 0) -> Report:
    """Look at rows and targets, and name what keeps a network from learning from them.

    Args:
        X: (n, features) rows; NaN and infinity are found, not refused. A pair `(X, y)` as well.
        y: (n, ...) targets: classes or numbers.
        names: one a column; default those of `Samples`, or `column 1`, `column 2`, …
        seed: of the permutation test, which asks whether the targets can be told from shuffled ones.

    Returns:
        A `Report` with the columns in numbers and the findings.

    Raises:
        ShapeError: when X and y differ in rows, or names and columns in number.

    Example:
        >>> import chainrule.data
        >>> report = chainrule.data.describe(*chainrule.data.houses(200))
        >>> [finding.code for finding in report.findings if finding.level == "fault"]
        ['features_unscaled', 'target_unscaled']
    """
    if y is None and isinstance(X, tuple) and len(X) == 2:
        names = X.feature_names or None if names is None and isinstance(X, Samples) else names
        X, y = X
    found = features(X, "describe, argument X", finite=False)
    table = found.reshape(len(found), -1)
    labels = tuple(names) if names is not None else tuple(f"column {j + 1}" for j in range(table.shape[1]))
    if len(labels) != table.shape[1]:
        raise ShapeError("data.names_differ", "describe, argument names", got=len(labels), expected=table.shape[1])
    targets = None if y is None else array(y, "describe, argument y")
    if targets is not None:
        same_rows(table, targets, "describe")
    columns = tuple(_column(name, table[:, j]) for j, name in enumerate(labels))
    findings = [*_about_columns(table, columns), *_about_rows(table, targets), *_about_targets(targets)]
    if targets is not None and len(table) >= LEAST and not any(f.code == "not_finite" for f in findings):
        p = permutation_test(table, targets, seed=seed) if _varies(targets) else 0.0
        if p > DOUBT:
            findings.append(Finding("no_signal", "fault", (), {"p": round(p, 3)}))
    findings.sort(key=lambda finding: list(WORDS).index(finding.code))
    findings.sort(key=lambda finding: finding.level != "fault")
    return Report(len(table), columns, tuple(findings))


def _column(name: str, values: Floats) -> Column:
    finite = values[np.isfinite(values)].astype(np.float64)
    missing = len(values) - len(finite)
    if not len(finite):
        return Column(name, missing, np.nan, np.nan, np.nan, np.nan)
    least, most = float(finite.min()), float(finite.max())
    deviation = float(finite.std()) if least < most else 0.0
    return Column(name, missing, least, most, float(finite.mean()), deviation)


def _about_columns(table: Floats, columns: Sequence[Column]) -> Iterator[Finding]:
    broken = [column for column in columns if column.missing]
    if broken:
        count = sum(column.missing for column in broken)
        place = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        yield Finding("not_finite", "fault", _names(broken), {"count": count, "row": place})
    constant = [column for column in columns if column.least == column.most]
    if constant:
        yield Finding("constant_column", "note", _names(constant), {"count": len(constant)})
    unscaled = [column for column in columns if _unscaled(column)]
    if unscaled:
        worst = max(unscaled, key=lambda column: max(column.deviation, abs(column.mean)))
        numbers = {"mean": f"{worst.mean:.4g}", "deviation": f"{worst.deviation:.4g}"}
        evidence = {"count": len(unscaled), "worst": worst.name, **numbers}
        yield Finding("features_unscaled", "fault", _names(unscaled), evidence)
    far = _far(table)  # (n, features)
    if far.any():
        i, j = (int(place) for place in np.argwhere(far)[0])
        concerned = tuple(column.name for column, some in zip(columns, far.T, strict=True) if some.any())
        outlying = {"count": int(far.sum()), "limit": FAR, "row": i, "value": f"{table[i, j]:.4g}"}
        yield Finding("outliers", "note", concerned, outlying)


def _unscaled(column: Column) -> bool:
    if not column.deviation > 0 or max(abs(column.least), abs(column.most)) <= 1:
        return False
    return column.deviation > SPREAD or abs(column.mean) > OFFSET * column.deviation


def _far(table: Floats) -> Array:
    finite = np.where(np.isfinite(table), table, np.nan)
    whole = np.isfinite(finite).any(axis=0)
    middle, deviation = np.zeros(table.shape[1]), np.zeros(table.shape[1])
    middle[whole] = np.nanmedian(finite[:, whole], axis=0)
    deviation[whole] = 1.4826 * np.nanmedian(np.abs(finite[:, whole] - middle[whole]), axis=0)
    return (deviation > 0) & (np.abs(np.nan_to_num(finite, nan=0.0) - middle) > FAR * deviation) & np.isfinite(table)


def _about_rows(table: Floats, targets: Array | None) -> Iterator[Finding]:
    rows = np.ascontiguousarray(table + 0.0)  # -0.0 and 0.0 are one value
    _, group, sizes = np.unique(rows.view(f"V{rows[0].nbytes}").ravel(), return_inverse=True, return_counts=True)
    repeated = np.flatnonzero(sizes[group] > 1)
    if targets is not None and len(repeated):
        kinds = np.unique(targets.reshape(len(targets), -1), axis=0, return_inverse=True)[1].reshape(-1)
        low, high = np.full(len(sizes), len(targets)), np.full(len(sizes), -1)
        np.minimum.at(low, group, kinds)
        np.maximum.at(high, group, kinds)
        against = np.flatnonzero((low < high)[group])
        if len(against):
            first = int(against[0])
            second = int(next(i for i in against if group[i] == group[first] and kinds[i] != kinds[first]))
            evidence = {"count": len(against), "first": first, "second": second}
            yield Finding("contradicting_rows", "fault", (), evidence)
            repeated = np.flatnonzero((sizes > 1)[group] & ~(low < high)[group])
    if len(repeated):
        first = int(repeated[0])
        second = int(next(i for i in repeated[1:] if group[i] == group[first]))
        extra = len(repeated) - len(np.unique(group[repeated]))
        yield Finding("duplicate_rows", "note", (), {"count": extra, "first": first, "second": second})


def _about_targets(targets: Array | None) -> Iterator[Finding]:
    if targets is None:
        return
    if is_classes(targets) and targets.size == len(targets):
        names, counts = np.unique(targets, return_counts=True)
        if counts.min() < RARE * counts.max():
            evidence = {"rare": names[counts.argmin()], "count": int(counts.min()), "most": int(counts.max())}
            yield Finding("rare_class", "note", (), evidence)
        return
    values = targets.reshape(len(targets), -1)
    broken = ~np.isfinite(values)
    if broken.any():
        row = int(np.flatnonzero(broken.any(axis=1))[0])
        yield Finding("not_finite", "fault", ("y",), {"count": int(broken.sum()), "row": row})
        return
    columns = [_column(f"y{j + 1}" if values.shape[1] > 1 else "y", values[:, j]) for j in range(values.shape[1])]
    unscaled = [column for column in columns if _unscaled(column)]
    if unscaled:
        evidence = {"mean": f"{unscaled[0].mean:.4g}", "deviation": f"{unscaled[0].deviation:.4g}"}
        yield Finding("target_unscaled", "fault", _names(unscaled), evidence)


def _varies(targets: Array) -> bool:
    return bool((targets != targets[0]).any())


def _names(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _right(word: str, width: int) -> str:
    """A word moved to the right; Chinese characters are two columns wide."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in word)
    return " " * (width - len(word) - wide) + word


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(columns[:6]) + (", …" if len(columns) > 6 else "")
