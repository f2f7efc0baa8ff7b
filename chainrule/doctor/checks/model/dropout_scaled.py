"""36: a dropout of the user's own whose numbers are, on average, not the same in training and evaluation."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.norms import library_dropout
from chainrule.doctor.deciding import PROMISING
from chainrule.doctor.experiment import tried
from chainrule.doctor.looks.strikes import Strikes, strikes
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion

OFF = 0.1
SURE = 5.0  # standard errors


def look(case: Case) -> Iterator[Suspicion]:
    """The mean over a thousand masks, against evaluation; a note where the cure brings nothing.

    Rows that are struck out as they come are a note, too: so they are made harder on purpose.
    """
    wrong = [one for one in case.once(strikes) if _is_off(one)]
    if not wrong:
        return
    first = wrong[0]
    places = tuple((one.path, round(one.struck, 2)) for one in wrong if one.alone and not one.raw)
    cures = (library_dropout(places),) if places else ()
    harm = tried(case, cures[0]).gain >= PROMISING if cures else case.trouble
    proof: Proof = "exact" if harm and not all(one.raw for one in wrong) else "convention"
    evidence = Evidence("dropout_means" if first.alone else "dropout_means_before", {
        "name": first.path, "share": first.share,
    })
    yield Suspicion("dropout_scaled", proof, (evidence,), cures, 0.9)


def _is_off(one: Strikes) -> bool:
    off = abs(one.share - 1)
    return off > OFF and off > SURE * one.error


CHECK = Check(36, ("dropout_scaled",), look)
