"""Compound faults: cure the first, look again, and leave out of the cures what is not needed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.together import together
from chainrule.doctor.checks.table import CHECKS
from chainrule.doctor.deciding import Decision, decided
from chainrule.doctor.experiment import tried
from chainrule.doctor.finding import Finding
from chainrule.doctor.suspicion import Suspicion

ROUNDS = 4
FURTHER = 0.2  # of what there is to be learnt, that each further cure must bring
NEEDED = 0.05  # of it, that is lost without a cure that is needed
CLEAR, SURE = 0.6, 0.8  # strength of evidence with which a cure is made blindly where none helps, or none helps much
BLINDLY = 3  # such cures at most


def peeled(case: Case) -> Decision:
    """What is wrong, cause behind cause: the first cure is made for good and the doctor looks again.

    A finding that is not seen any more once another one's cure is made stands behind that one.
    """
    raised = suspicions(case)
    first = decided(case, raised)
    findings = list(first.findings)
    causes = [f for f in findings if _sure(f) and not f.suspicion.symptom]
    gain = max((FURTHER if f.experiment is None else f.experiment.gain for f in causes), default=0.0)
    if gain < FURTHER:
        pair = _both(case, raised, SURE if causes else CLEAR, 2 * gain)
        findings = [*pair, *(f for f in findings if not pair or f.suspicion.proof == "exact")]
    current, ran_out = case, first.ran_out
    for _ in range(ROUNDS - 1):
        winner = next((f for f in findings if f.cure is not None and f.cure not in current.cures and _sure(f)), None)
        if winner is None or winner.cure is None or current.left <= 0:
            break
        current = current.after(winner.cure)
        again = suspicions(current)
        seen = {found.code for found in again}
        open_ = {f.code for f in findings if f.cure not in current.cures}
        findings = _behind(findings, winner, open_ - seen)
        if not current.trouble:
            break
        known = {found.code for found in findings}
        more = decided(current, [found for found in again if found.code not in known])
        ran_out |= more.ran_out
        faults = [_without_suspects(f) for f in more.findings if f.level == "fault"]
        further = [f for f in faults if f.experiment is None or f.experiment.gain >= FURTHER][:1]
        findings = [_without(f, {one.code for one in further}) for f in findings] + further
    findings = _needed(case, findings)
    known = {f.code for one in findings for f in (one, *one.behind)}
    return Decision(tuple(findings), tuple(note for note in first.notes if note.code not in known), ran_out)


def _both(case: Case, raised: Sequence[Suspicion], strength: float, least: float) -> list[Finding]:
    """Two causes whose cures help together only: the clearest suspect's is made blindly, and the doctor looks again.

    Suspects of this strength and more are tried, and together they must gain so much at least.
    """
    clear = [s for s in sorted(raised, key=lambda s: -s.strength) if s.cures and s.strength >= strength]
    for one in list({s.cures[0].key: s for s in reversed(clear)}.values())[::-1][:BLINDLY]:
        if case.left <= 0:
            break
        later = case.after(one.cures[0])
        more = decided(later, [found for found in suspicions(later) if found.code != one.code])
        other = next((f for f in more.findings if f.cure is not None and _sure(f) and not f.suspicion.symptom), None)
        if other is None or other.cure is None:
            continue
        found = tried(case, together(one.cures[0], other.cure))
        if found.convincing and found.gain >= least:
            return [Finding(one.code, "fault", one, found, (replace(other, behind=()), *other.behind))]
    return []


def suspicions(case: Case) -> list[Suspicion]:
    """All that the checks suspect; training begins only where nothing forbids it."""
    found: list[Suspicion] = []
    for when in ("before", "after"):
        for check in CHECKS:
            if check.when == when:
                found += check.look(case)
            if any(one.values.get("ends_it") for one in found):  # other checks could not even ask the network
                return found
        if any(one.spoils for one in found):  # cured first: what else a spoilt training shows says nothing of its own
            return found
    return found


def _sure(finding: Finding) -> bool:
    """Whether the cure is to be made: what is certain needs it even where another fault hides what it brings."""
    proven = finding.experiment is not None and finding.experiment.convincing
    return finding.level == "fault" and (finding.suspicion.proof == "exact" or proven)


def _behind(findings: Sequence[Finding], winner: Finding, vanished: set[str]) -> list[Finding]:
    """The findings without those that vanished, which stand behind the winner.

    What is certain by itself does not stand behind a symptom that another cure has made good.
    """
    gone = tuple(
        f for f in findings if f.code in vanished and f is not winner and f.code != winner.code
        and not (winner.suspicion.symptom and f.suspicion.proof == "exact" and not f.suspicion.symptom)
    )
    kept = [f for f in findings if f not in gone]
    return [replace(f, behind=(*f.behind, *gone)) if f is winner else f for f in kept]


def _without(finding: Finding, codes: set[str]) -> Finding:
    """The finding without those behind it that stand beside it after all."""
    behind = tuple(other for other in finding.behind if other.code not in codes)
    return finding if behind == finding.behind else replace(finding, behind=behind)


def _without_suspects(finding: Finding) -> Finding:
    """What may be why after one cure is made says nothing of the training as it was."""
    return replace(finding, behind=tuple(other for other in finding.behind if other.level == "fault"))


def _needed(case: Case, findings: list[Finding]) -> list[Finding]:
    """Without those whose cures bring nothing once all others are made."""
    cured = [f for f in findings if f.experiment is not None and f.cure is not None]
    if len(cured) < 2:
        return findings
    for one in cured[:-1]:  # the last was tried with all others made
        others = [f.cure for f in cured if f is not one and f.cure is not None]
        if case.left <= 0:
            break
        all_, without = _level(case, [f.cure for f in cured if f.cure is not None]), _level(case, others)
        if without <= all_ + NEEDED * case.scale and one.suspicion.proof != "exact":
            heir = next(f for f in findings if f is not one)
            findings = [replace(f, behind=(*f.behind, one)) if f is heir else f for f in findings if f is not one]
            return _needed(case, findings)
    return findings


def _level(case: Case, cures: Sequence[Change]) -> float:
    """The median loss with some cures made."""
    current = case
    for cure in cures[:-1]:
        current = current.after(cure)
    last = current.runs(range(PAIRS), cures[-1]) if cures else []
    return float(np.median([run.end for run in last])) if last else np.inf
