"""What the guard of a Trainer says of a network's end: asked once, and read by the checks 18, 19, 21, 22 and 25."""

from collections.abc import Callable, Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.train.guard import endings, ranges
from chainrule.train.guard.scene import Finding, Findings, Scene

ASKED: tuple[Callable[[Scene], Findings], ...] = (
    endings.softmax_axis, endings.twice, endings.unfit_for_the_loss, ranges.out_of_reach,
    ranges.not_shares,
)


def ending(
    number: int, code: str, keys: tuple[str, ...], cure: Callable[[Case], Change], doubtful: tuple[str, ...] = (),
) -> Check:
    """The check of a fault that the guard names by one of `keys`; `cure` gives what cures it in a case.

    What the guard names by one of the keys in `doubtful` does harm to some trainings only: there it is tried.
    """

    def look(case: Case) -> Iterator[Suspicion]:
        for found in case.once(said):
            evidence = Evidence("said", {"where": found.where, "got": found})
            if found.key in keys:
                yield Suspicion(code, "exact", (evidence,), (cure(case),), strength=1.0)
            elif found.key in doubtful and case.trouble:
                yield Suspicion(code, "rerun", (evidence,), (cure(case),), strength=0.75)

    return Check(number, (code,), look, "before")


def said(case: Case) -> list[Finding]:
    """The first thing that the guard says."""
    if case.feed is None:
        return []
    scene = Scene(case.first, case.feed)
    try:
        scene.ask()
        scene.look_back()
        return [finding for check in ASKED for finding in check(scene)][:1]
    except (ChainruleError, AttributeError):
        return []


def softmax_is_wrong(case: Case) -> bool:
    """Whether a softmax over rows or over one output is seen, which explains what else is strange about the answers."""
    return any(found.key in ("guard.softmax_rows", "guard.softmax_one") for found in case.once(said))
