"""The rivals on the kept cases."""

from collections.abc import Callable
from time import process_time
from typing import Any

from corpus import store
from corpus.case import drawn, parse
from corpus.rivals import always, autotrainer, deepchecker, deepdiagnosis, forest, umlaut
from corpus.rivals.features import features
from corpus.rivals.trace import Trace, watched

Row = dict[str, Any]
RULES: dict[str, Callable[[Trace], list[str]]] = {
    "UMLAUT's rules": umlaut.said, "AutoTrainer's rules": autotrainer.said,
    "DeepDiagnosis's rules": deepdiagnosis.said, "TheDeepChecker's rules": deepchecker.said,
    "always the learning rate": always.said,
}
FOREST = "random forest"


def answered(row: Row) -> Row:
    """What every rule says of a kept case, and its features."""
    begun = process_time()
    made = drawn(parse(row["id"]), row["base"])
    kept: Row = {name: value for name, value in row.items() if name in ("id", "source", "verdict", "faults", "data")}
    try:
        trace = watched(made)
        kept["said"] = {name: rule(trace) for name, rule in RULES.items()}
        kept["features"] = features(trace)
    except Exception as error:  # noqa: BLE001 - where even building fails a rule on a training has nothing to say
        kept["said"] = {name: ["does_not_run"] for name in RULES}
        setup = made.setup
        untrained = Trace(
            setup.rows[0].astype(float), setup.rows[1], setup.task, "", setup.outputs, setup.lr, setup.dropout,
            broke=True,
        )
        kept |= {"features": features(untrained), "broke": repr(error)[:200]}
    return kept | {"seconds": process_time() - begun}


def verdicts(part: str, rows: list[Row]) -> dict[str, list[Row]]:
    """Rows to be counted like the doctor's, of every rival; `rows` are answered cases of a part."""
    found = {name: [_row(row, row["said"][name]) for row in rows] for name in RULES}
    if part == "development":
        said = forest.crossed(rows)
    else:
        taught = [row for row in store.read(store.FOLDER / "rivals_development.jsonl").values()
                  if parse(row["id"]).kind in ("healthy", "provocation", "fault")]
        said = forest.answers(forest.learnt(taught), rows) if taught else [[] for _ in rows]
    return {**found, FOREST: [_row(row, codes) for row, codes in zip(rows, said, strict=True)]}


def _row(row: Row, codes: list[str]) -> Row:
    findings = [{"code": code, "level": "fault", "behind": []} for code in codes]
    return {**row, "findings": findings, "notes": [], "broke": ""}
