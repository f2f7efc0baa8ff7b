"""Many cases in several processes; what is done already is not done again."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from corpus import keeping, report, store
from corpus.case import HERE, KINDS, Case, Drawn, Kind, digest, drawn, parse, source
from corpus.scoring import score
from corpus.sets import Part, of_part
from corpus.streams import stream

Row = dict[str, Any]
COUNTS = ("healthy", "hurts", "certain", "neutral", "given")


def keep(parts: Sequence[Part], kinds: Sequence[str] | None, names: Sequence[str] | None, jobs: int) -> None:
    """Find out which cases count, and keep that in `results/kept_PART.jsonl`."""
    wanted = [kind for kind in KINDS if not kinds or kind in kinds]
    for part in parts:
        path = store.kept(part)
        if "healthy" in wanted:
            known = store.read(path)
            missing = [index for index in range(keeping.HEALTHY[part]) if not _fresh_healthy(known, part, index)]
            _append(path, _pooled(jobs, _kept_healthy, [(part, index) for index in missing]))
        rows = {id: row for id, row in store.read(path).items() if _drawn_still(parse(id))}
        bases = sorted(parse(id).index for id, row in rows.items()
                       if id.startswith("healthy/") and row["verdict"] == "healthy")
        tasks = [
            (kind, name, part, bases) for kind in wanted if kind != "healthy" for name in keeping.names(kind, part)
            if (not names or name in names) and not _fresh(rows, kind, name, part)
        ]
        stale = {(kind, name) for kind, name, _, _ in tasks}
        stays = [
            row for id, row in rows.items() if (parse(id).kind, parse(id).name) not in stale
        ]
        store.write(path, stays)
        _append(path, _pooled(jobs, _kept_of, tasks))
        store.write(path, store.read(path).values())
        print(_counts(store.read(path).values()))


def _candidate(part: Part, index: int) -> Case:
    """The healthy candidate of a number."""
    sets = of_part(part)
    return Case("healthy", sets[index % len(sets)].name, part, index)


def _drawn_still(case: Case) -> bool:
    """Whether it is no healthy candidate of a data set that has this number no more: another one would be its base."""
    if case.kind != "healthy":
        return True
    return case.index < keeping.HEALTHY[case.part] and case == _candidate(case.part, case.index)


def _fresh_healthy(rows: dict[str, Row], part: Part, index: int) -> bool:
    case = _candidate(part, index)
    return rows.get(case.id, {}).get("source") == source(case)


def _fresh(rows: dict[str, Row], kind: Kind, name: str, part: Part) -> bool:
    """Whether this name was looked at with the source that it has now."""
    found = [row for id, row in rows.items() if id.startswith(f"{kind}/{name}/{part}/")]
    return bool(found) and all(row["source"] == source(parse(row["id"])) for row in found)


def _kept_healthy(part: Part, index: int) -> list[Row]:
    return [keeping.kept_healthy(part, index)]


def _kept_of(kind: Kind, name: str, part: Part, bases: list[int]) -> list[Row]:
    if kind in ("article", "published"):
        return [keeping.kept_given(kind, name, part)]
    return list(keeping.kept_of(kind, name, part, bases))


def _append(path: Any, found: Iterable[list[Row]]) -> None:
    for rows in found:
        for row in rows:
            store.append(path, row)
        if rows:
            verdicts = ", ".join(f"{row['verdict']}" for row in rows)
            print(f"{rows[0]['id'].rsplit('/', 1)[0]}: {verdicts}", flush=True)


def _pooled(jobs: int, work: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """Results as they come; in this process where one job is asked for."""
    if jobs <= 1 or len(tasks) < 2:
        yield from (work(*task) for task in tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[Any]] = [pool.submit(work, *task) for task in tasks]
        for done in as_completed(waiting):
            yield done.result()


def _counts(rows: Iterable[Row]) -> str:
    counts: dict[str, int] = {}
    for row in rows:
        words = f"{parse(row['id']).kind}, {parse(row['id']).part}, {row['verdict']}"
        counts[words] = counts.get(words, 0) + 1
    return "\n".join(f"{words}: {count}" for words, count in sorted(counts.items()))


def cases(parts: Sequence[Part], kinds: Sequence[str] | None, names: Sequence[str] | None) -> list[Row]:
    """The kept cases that count, as they are kept."""
    found = []
    kept = {id: row for part in parts for id, row in store.read(store.kept(part)).items()}
    for id, row in sorted(kept.items()):
        case = parse(id)
        kind = "neutral" if row["verdict"] == "neutral" else case.kind
        if (
            row["verdict"] in COUNTS and (not kinds or kind in kinds)
            and (not names or case.name in names) and not (kind == "neutral" and case.kind == "compound")
        ):
            found.append(row)
    return found


def scored(asked: argparse.Namespace) -> None:
    """Ask the doctor about cases, keep what it says, and print what is counted."""
    rows = _chosen(asked)
    doctor = doctors_digest()
    found: dict[str, Row] = {}
    for part in asked.part:
        found |= store.read(store.FOLDER / f"{part}.jsonl")
    wanted = [row for row in rows if asked.again or not _is_fresh(found.get(row["id"]), row, doctor, asked.budget)]
    print(f"{len(rows)} cases, {len(wanted)} to ask about", flush=True)
    for row in _pooled(asked.jobs, _verdict, [(row, asked.budget) for row in wanted]):
        row |= {"doctor": doctor, "budget": asked.budget}
        found[row["id"]] = row
        store.append(store.FOLDER / f"{parse(row['id']).part}.jsonl", row)
    for row in rows:  # what counts may have been looked at anew since
        found[row["id"]]["verdict"] = row["verdict"]
    for part in asked.part:
        store.write(store.FOLDER / f"{part}.jsonl", _of_cases(part, found))
    print(report.text(score([found[row["id"]] for row in rows])))


def _of_cases(part: Part, found: dict[str, Row]) -> list[Row]:
    """What is known of the cases that count: others, drawn once, were looked at anew since."""
    return [found[row["id"]] for row in cases([part], None, None) if row["id"] in found]


def _chosen(asked: argparse.Namespace) -> list[Row]:
    """The cases that are asked for, or a random share of them."""
    rows = cases(asked.part, asked.kind, asked.name)
    if asked.share < 1:
        rng = stream("share", asked.draw)
        chosen = rng.permutation(len(rows))[: max(1, round(len(rows) * asked.share))]
        rows = [rows[int(place)] for place in sorted(chosen)]
    return rows


def raced(asked: argparse.Namespace) -> None:
    """Ask the rivals about cases, keep what they say, and print what is counted of each."""
    from corpus.rivals.racing import answered, verdicts

    rows = _chosen(asked)
    for part in asked.part:
        path = store.FOLDER / f"rivals_{part}.jsonl"
        known = store.read(path)
        own = [row for row in rows if parse(row["id"]).part == part]
        wanted = [row for row in own if known.get(row["id"], {}).get("source") != row["source"]]
        for row in _pooled(asked.jobs, answered, [(row,) for row in wanted]):
            known[row["id"]] = row
            store.append(path, row)
        store.write(path, _of_cases(part, known))
        for name, found in verdicts(part, [known[row["id"]] for row in own]).items():
            print(f"\n{name}\n{report.text(score(found), misses=0)}")


def _is_fresh(known: Row | None, row: Row, doctor: str, budget: float) -> bool:
    if known is None or known["budget"] != budget:
        return False
    return bool(known["doctor"] == doctor and known["source"] == row["source"])


def _verdict(row: Row, budget: float) -> Row:
    from corpus.judging import verdict

    case = parse(row["id"])
    made: Drawn = drawn(case, row["base"])
    found = verdict(case, made, budget)
    kept: Row = {name: value for name, value in row.items() if name in ("id", "source", "verdict", "faults")}
    return {**kept, **found}


def doctors_digest() -> str:
    """A digest of the doctor's own source."""
    return digest(sorted((HERE.parent / "chainrule" / "doctor").rglob("*.py")))
