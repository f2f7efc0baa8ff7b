"""From suspicions to findings: exact ones stand, of the others experiments decide."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.together import together
from chainrule.doctor.experiment import Experiment, compared, drawn_again, tried
from chainrule.doctor.finding import Finding
from chainrule.doctor.suspicion import Suspicion

MARGIN = 0.1  # of what there is to be learnt, by which a cure must beat another that has better evidence
SCREEN = 2  # pairs that a change is tried on at first
PROMISING = 0.05  # gain there from which on it is tried in earnest
CLEAR, TOGETHER = 0.6, 3  # strength of evidence, and how many pairs are tried where no single change helps
DRAWN = 3  # changes that are tried on all seeds of a lottery


@dataclass(frozen=True)
class Decision:
    """What the experiments say.

    Attributes:
        findings: the first cause first.
        notes: hints that are no alarm.
        ran_out: whether the time ran out before everything was tried.
    """

    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    ran_out: bool


def decided(case: Case, suspicions: Sequence[Suspicion]) -> Decision:
    """Findings from suspicions.

    Every change that somebody suspects to be a cure is tried on a few seeds; those that help, on five or ten. The
    largest gain wins; among cures that do nearly as well, the one whose suspicion has the strongest evidence.
    """
    notes = [Finding(s.code, "note", s) for s in suspicions if s.proof == "convention"]
    exact = [s for s in suspicions if s.proof == "exact"]
    open_ = [s for s in suspicions if s.proof in ("rerun", "statistic")]
    screened: list[tuple[Suspicion, Experiment]] = []
    left_out = False
    for suspicion, change in _in_order(open_):
        if case.left <= 0:
            left_out = True
            break
        first = compared(case, change, case.worst[:SCREEN])
        if first.gain >= PROMISING:
            screened.append((suspicion, first))
    proven = []
    for suspicion, first in sorted(screened, key=lambda pair: -pair[1].gain):
        if case.left <= 0:
            left_out = True
            break
        found = tried(case, first.change)
        if found.convincing:
            proven.append((suspicion, found))
    if not proven and any(s.lottery for s in exact):
        proven = list(_drawn(case, screened))
    findings = _ranked(case, exact, proven)
    if all(s.symptom for s in exact) and not proven:
        findings = [*_both(case, open_), *findings]
    if not findings and left_out and screened:  # what looked best when the time ran out
        suspicion, first = max(screened, key=lambda pair: pair[1].gain)
        findings = [Finding(suspicion.code, "suspect", suspicion, first)]
    lone = [s for s in open_ if s.proof == "statistic" and not s.cures]
    findings = _in_between(findings, [Finding(s.code, "suspect", s) for s in lone if not s.symptom])
    if not findings:
        findings = [Finding(s.code, "suspect", s) for s in lone if s.symptom]
    return Decision(tuple(findings), tuple(notes), left_out)


def _drawn(case: Case, screened: Sequence[tuple[Suspicion, Experiment]]) -> Iterator[tuple[Suspicion, Experiment]]:
    """Changes with which more seeds get there, the most promising ones."""
    for suspicion, first in sorted(screened, key=lambda pair: -pair[1].gain)[:DRAWN]:
        if case.left <= 0:
            return
        found = drawn_again(case, first.change)
        if found.convincing:
            yield suspicion, found


def _both(case: Case, suspicions: Iterable[Suspicion]) -> list[Finding]:
    """Two suspects with clear evidence whose cures help together only: the second stands behind the first."""
    clear = [s for s in sorted(suspicions, key=lambda s: -s.strength) if s.cures and s.strength >= CLEAR]
    pairs = combinations({s.cures[0].key: s for s in reversed(clear)}.values(), 2)
    for other, one in list(pairs)[::-1][:TOGETHER]:
        change = together(one.cures[0], other.cures[0])
        if case.left <= 0 or compared(case, change, case.worst[:SCREEN]).gain < PROMISING:
            continue
        found = tried(case, change)
        if found.convincing:
            return [Finding(one.code, "fault", one, found, (Finding(other.code, "fault", other),))]
    return []


def _in_between(findings: Sequence[Finding], suspects: Sequence[Finding]) -> list[Finding]:
    """Suspects behind the faults, but for those whose evidence says more than that of what an experiment proved."""
    tried = next((f for f in findings if f.suspicion.proof != "exact"), None)
    if tried is None:
        return [*findings, *suspects]
    before = [f for f in suspects if f.suspicion.strength > tried.suspicion.strength]
    place = findings.index(tried)
    return [*findings[:place], *before, *findings[place:], *(f for f in suspects if f not in before)]


def _in_order(suspicions: Iterable[Suspicion]) -> list[tuple[Suspicion, Change]]:
    ordered = sorted(suspicions, key=lambda s: -s.strength)
    return [(s, change) for s in ordered for change in s.cures]


def _ranked(case: Case, exact: Sequence[Suspicion], proven: Sequence[tuple[Suspicion, Experiment]]) -> list[Finding]:
    best: dict[str, tuple[Suspicion, Experiment]] = {}
    for suspicion, found in proven:
        known = best.get(suspicion.code)
        if known is None or found.gain > known[1].gain:
            best[suspicion.code] = suspicion, found
    top = max((found.gain for _, found in best.values()), default=0.0)
    ordered = sorted(
        best.values(), key=lambda pair: (-(pair[1].gain >= top - MARGIN), -pair[0].strength, -pair[1].gain)
    )
    findings = [_with_experiment(case, Finding(s.code, "fault", s)) for s in exact if not s.symptom]
    if ordered:
        suspicion, experiment = ordered[0]
        behind = tuple(Finding(s.code, "fault", s, e) for s, e in ordered[1:])
        findings.append(Finding(suspicion.code, "fault", suspicion, experiment, behind))
    findings += [_with_experiment(case, Finding(s.code, "fault", s)) for s in exact if s.symptom]
    return findings


def _with_experiment(case: Case, finding: Finding) -> Finding:
    """An exact finding needs no proof, but says what its cure does, where that can be tried in time."""
    made = finding.suspicion.experiment
    if finding.cure is None or not finding.cure.comparable or case.left <= 0 or made is not None:
        return replace(finding, experiment=made)
    if finding.suspicion.lottery:
        return _of_lottery(case, finding, finding.cure)
    found = compared(case, finding.cure, range(PAIRS))
    return replace(finding, experiment=found) if found.pairs and np.isfinite(found.after).any() else finding


def _of_lottery(case: Case, finding: Finding, cure: Change) -> Finding:
    """A lottery with its cure where that brings more seeds there, else without one."""
    found = drawn_again(case, cure)
    if found.convincing:
        return replace(finding, experiment=found)
    return replace(finding, suspicion=replace(finding.suspicion, cures=()))
