"""Which cases count: healthy ones that reach their reference, faults that hurt; the others are neutral, or left out."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.population.comparison import fisher_exact
from corpus import healthy
from corpus.articles import WRONG
from corpus.case import Case, Drawn, Kind, drawn, source
from corpus.compounds import COMPOUNDS
from corpus.outcome import SURE, Outcome, chance, hurts, outcome
from corpus.plants.table import PLANTS, by_name
from corpus.provocations import PROVOCATIONS
from corpus.provocations import by_name as provocation
from corpus.published.posts import POSTS, by_number
from corpus.sets import Part
from corpus.streams import stream

HEALTHY: dict[Part, int] = {"development": 160, "sealed": 300}
QUOTA: dict[Kind, dict[Part, int]] = {
    "provocation": {"development": 2, "sealed": 3}, "fault": {"development": 4, "sealed": 6},
    "compound": {"development": 1, "sealed": 2},
}
TRIES = 3  # times as many as are wanted
SEEDS = range(10)
MANY = range(40)  # where some of ten get stuck
FAR, LOST = 0.3, 0.1  # of what there is to be learnt, that a stuck seed is behind; share of seeds that matters
Row = dict[str, Any]


def kept_healthy(part: Part, index: int) -> Row:
    """A healthy candidate, and whether it counts."""
    case = Case("healthy", healthy.candidate(part, index).data, part, index)
    setup = healthy.candidate(part, index)
    found = outcome(setup, SEEDS)
    verdict = "healthy" if healthy.is_healthy(setup, found) else "rejected"
    return _row(case, index, verdict, {"score": found.score, "loss": found.loss, "data": setup.data})


def kept_of(kind: Kind, name: str, part: Part, bases: list[int]) -> Iterator[Row]:
    """Cases of one name until enough of them count; `bases` are healthy trainings."""
    wanted, used = QUOTA[kind][part], Counter[str]()
    kept = 0
    for index in range(wanted * TRIES):
        case = Case(kind, name, part, index)
        base = _base(case, bases, used)
        if base is None:
            return
        made = drawn(case, base)
        used[made.setup.data] += 1
        row = _judged(case, made)
        kept += row["verdict"] in ("healthy", "hurts", "certain")
        yield row
        if kept >= wanted:
            return


def _base(case: Case, bases: list[int], used: Counter[str]) -> int | None:
    """A healthy training that suits, of a data set that was used least."""
    if case.kind == "provocation":
        fits = [provocation(case.name).fits]
    else:
        fits = [by_name(name).fits for name in case.faults]
    rng = stream("base", case.id)
    suited = []
    for place in rng.permutation(len(bases)):
        setup = healthy.candidate(case.part, bases[int(place)])
        if all(fit(setup) for fit in fits):
            suited.append((used[setup.data], bases[int(place)]))
    return min(suited, key=lambda pair: pair[0])[1] if suited else None


def _judged(case: Case, made: Drawn) -> Row:
    setup = made.setup
    if case.kind == "provocation":
        found = outcome(setup, SEEDS)
        known = None if provocation(case.name).own else healthy.reference(healthy.candidate(case.part, made.base))
        verdict = "healthy" if healthy.is_healthy(setup, found, known) else "rejected"
        return _row(case, made.base, verdict, {"score": found.score, "loss": found.loss, "data": setup.data})
    assert made.twin is not None
    twin = outcome(made.twin, SEEDS)
    certain = [by_name(name).certain for name in case.faults]
    numbers = {"data": setup.data, "twin_score": twin.score, "twin_loss": twin.loss}
    if any(certain):
        return _row(case, made.base, "certain", numbers)
    if any(by_name(name).twin for name in case.faults) and not healthy.is_healthy(made.twin, twin):
        return _row(case, made.base, "rejected", numbers)
    found = outcome(setup, SEEDS)
    verdict = "hurts" if hurts(found, twin) or _loses_seeds(made, found, twin) else "neutral"
    return _row(case, made.base, verdict, {**numbers, **_gap(found, twin)})


def _loses_seeds(made: Drawn, found: Outcome, twin: Outcome) -> bool:
    """Whether more seeds get stuck than of the twin: the median says nothing of a fault that costs every fifth seed."""
    assert made.twin is not None
    limit = twin.loss + FAR

    def stuck(ended: Outcome) -> int:
        return int((ended.losses > limit).sum())

    if stuck(found) <= stuck(twin):
        return False
    before, after = (stuck(outcome(setup, MANY)) for setup in (made.twin, made.setup))
    return after - before >= LOST * len(MANY) and fisher_exact((before, len(MANY)), (after, len(MANY))) < SURE


def _gap(found: Outcome, twin: Outcome) -> dict[str, float]:
    return {
        "score": found.score, "loss": found.loss,
        "p": min(chance(found.losses, twin.losses), chance(-found.scores, -twin.scores)),
    }


def _row(case: Case, base: int, verdict: str, numbers: dict[str, Any]) -> Row:
    rounded = {name: round(float(v), 5) if isinstance(v, float | np.floating) else v for name, v in numbers.items()}
    return {"id": case.id, "source": source(case), "base": base, "verdict": verdict, **rounded}


def kept_given(kind: Kind, name: str, part: Part) -> Row:
    """An article, or a published case, as it is; how well it ends is kept beside it."""
    case = Case(kind, name, part, 0)
    made = drawn(case, 0)
    if kind == "article":
        return _row(case, 0, "given", {"data": name}) | {"faults": list(WRONG[name])}
    found = outcome(made.setup, SEEDS)
    numbers = {"score": found.score, "loss": found.loss, "data": name}
    return _row(case, 0, "given", numbers) | {"faults": list(by_number(int(name)).faults)}


def names(kind: Kind, part: Part) -> list[str]:
    """What there is of a kind."""
    if kind == "article":
        return list(WRONG) if part == "development" else []
    if kind == "published":
        return [str(post.number) for post in POSTS if post.part == part]
    if kind == "provocation":
        return [one.name for one in PROVOCATIONS]
    return list(COMPOUNDS) if kind == "compound" else [plant.name for plant in PLANTS]
