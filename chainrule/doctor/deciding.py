"""From suspicions to findings: exact ones stand, of the others experiments decide."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.change import Change
from chainrule.doctor.experiment import MATERIAL, Experiment, compared, drawn_again, tried
from chainrule.doctor.finding import Finding
from chainrule.doctor.suspicion import Suspicion

MARGIN = 0.1  # of what there is to be learnt, by which a cure must beat another that has better evidence
FORCE, MANY = 0.2, 3  # likewise of a cure by more than so many times the epochs
SCREEN = 2  # pairs that a change is tried on at first
PROMISING = 0.05  # gain there from which on it is tried in earnest
DRAWN = 3  # changes that are tried on all seeds of a lottery
CLEAR, SURE = 0.6, 0.8  # strengths of evidence that make a suspect: behind a symptom, and alone
MOSTLY = 0.8  # of the pairs, that such a suspect must win
HALF = 0.5  # of the winner's gain, with which better evidence makes a suspect beside it
SUSPECTS = 2  # behind one finding
VAGUE = 0.2  # strength of what says of no cause that it is one: it stands alone, or nowhere
Trial = tuple[Suspicion, Experiment]


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
    largest gain wins; among cures that do nearly as well, the one whose suspicion has the strongest evidence. What was
    not proven may stand behind what was, as a suspect.
    """
    notes = [Finding(s.code, "note", s) for s in suspicions if s.proof == "convention"]
    exact = sorted((s for s in suspicions if s.proof == "exact"), key=lambda s: -s.strength)
    open_ = [s for s in suspicions if s.proof in ("rerun", "statistic")]
    screened: list[Trial] = []
    left_out = False
    for suspicion, change in _in_order(open_):
        if case.left <= 0:
            left_out = True
            break
        first = compared(case, change, case.worst[:SCREEN])
        if first.gain >= PROMISING:
            screened.append((suspicion, first))
    made: list[Trial] = []
    for suspicion, first in _likeliest(screened):
        if case.left <= 0:
            left_out = True
            break
        made.append((suspicion, tried(case, first.change)))
    proven = [pair for pair in made if pair[1].convincing]
    if not proven and any(s.lottery for s in exact):
        proven = list(_drawn(case, screened))
    findings = _ranked(case, exact, proven)
    best = next((pair for pair in _likeliest(screened) if pair[1].gain >= MATERIAL), None)
    if not findings and left_out and best is not None:  # when the time ran out
        findings = [Finding(best[0].code, "suspect", *best)]
    if not findings:
        findings = _nearly(made)
    lone = [s for s in open_ if s.proof == "statistic" and not s.cures]
    findings = _in_between(findings, [Finding(s.code, "suspect", s) for s in lone if not s.symptom])
    late = [Finding(s.code, "suspect", s) for s in lone if s.symptom]
    if not findings:
        findings = late
    findings = _with_suspects(findings, open_, screened, made, late)
    known = _known(findings)
    trials = {s.code: e for s, e in (*screened, *made)}
    notes += [Finding(s.code, "note", s, trials.get(s.code)) for s in open_ if s.hint and s.code not in known]
    return Decision(tuple(findings), tuple(notes), left_out)


def _known(findings: Iterable[Finding]) -> set[str]:
    """The codes of findings and of what stands behind them."""
    return {f.code for one in findings for f in (one, *one.behind)}


def _likeliest(screened: Sequence[Trial]) -> list[Trial]:
    """Those that help nearly as much as any first, in the order of their evidence; then the others by their gain."""
    least = _as_good(first for _, first in screened)
    return sorted(screened, key=lambda pair: (
        (0, -pair[0].strength) if pair[1].gain >= least else (1, -pair[1].gain)
    ))


def _as_good(made: Iterable[Experiment]) -> float:
    """The gain from which on a change does nearly as well as any; many more epochs cure much by sheer force."""
    return max((one.gain - (FORCE if one.change.epochs > MANY else MARGIN) for one in made), default=0.0)


def _nearly(made: Iterable[Trial]) -> list[Finding]:
    """Where nothing is proven: the clearest evidence, if its cure helps most seeds by as much as it would have to."""
    found = [
        (s, e) for s, e in made
        if s.strength >= SURE and e.pairs >= PAIRS and e.gain >= MATERIAL and e.wins >= MOSTLY * e.pairs
    ]
    return [Finding(s.code, "suspect", s, e) for s, e in sorted(found, key=lambda pair: -pair[0].strength)[:1]]


def _with_suspects(
    findings: Sequence[Finding], open_: Sequence[Suspicion], screened: Sequence[Trial], made: Sequence[Trial],
    late: Sequence[Finding],
) -> list[Finding]:
    """The findings with suspects behind the first: better evidence with half its gain; of a symptom, likely causes."""
    if not findings:
        return []
    first, *others = findings
    known = _known(findings)
    trials = {s.code: (s, e) for s, e in (*reversed(screened), *reversed(made))}
    if first.suspicion.symptom:
        helps = sorted(trials.values(), key=lambda pair: -pair[0].strength)
        clear = [(s, None) for s in sorted(open_, key=lambda s: -s.strength) if s.cures and s.strength >= CLEAR]
        likely: list[tuple[Suspicion, Experiment | None]] = [*helps, *clear]
    elif first.experiment is not None:
        least = HALF * first.experiment.gain
        better = [(s, e) for s, e in trials.values() if s.strength > first.suspicion.strength and e.gain >= least]
        likely = [*sorted(better, key=lambda pair: -pair[0].strength)]
    else:
        return list(findings)
    suspects = {s.code: Finding(s.code, "suspect", s, e) for s, e in reversed(likely) if s.code not in known}
    more = [*list(suspects.values())[::-1]]
    more += [f for f in late if f.code not in known and f.suspicion.strength > VAGUE]
    return [replace(first, behind=(*first.behind, *more[:SUSPECTS])), *others]


def _drawn(case: Case, screened: Sequence[Trial]) -> Iterator[Trial]:
    """Changes with which more seeds get there, the most promising ones."""
    for suspicion, first in sorted(screened, key=lambda pair: -pair[1].gain)[:DRAWN]:
        if case.left <= 0:
            return
        found = drawn_again(case, first.change)
        if found.convincing:
            yield suspicion, found


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


def _ranked(case: Case, exact: Sequence[Suspicion], proven: Sequence[Trial]) -> list[Finding]:
    best: dict[str, Trial] = {}
    for suspicion, found in proven:
        known = best.get(suspicion.code)
        if known is None or found.gain > known[1].gain:
            best[suspicion.code] = suspicion, found
    least = _as_good(found for _, found in best.values())
    ordered = sorted(best.values(), key=lambda pair: (-(pair[1].gain >= least), -pair[0].strength, -pair[1].gain))
    findings = [_with_experiment(case, Finding(s.code, "fault", s)) for s in exact if not s.symptom]
    if ordered:
        suspicion, experiment = ordered[0]
        behind = tuple(Finding(s.code, "fault", s, e) for s, e in ordered[1:])
        findings.append(Finding(suspicion.code, "fault", suspicion, experiment, behind))
    late = [_with_experiment(case, Finding(s.code, "fault", s)) for s in exact if s.symptom]
    if findings and _holds_back(findings[-1]):
        return [*findings[:-1], *late, findings[-1]]
    return [*findings, *late]


def _holds_back(finding: Finding) -> bool:
    """Whether it helps unseen rows alone, on vague evidence: a lower rate holds back what is learnt by heart."""
    found = finding.experiment
    return found is not None and found.unseen and finding.suspicion.strength <= VAGUE


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
