"""8: labels that the loss cannot take: 1 … K, ±1, words, shares that do not sum to 1."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError


def look(case: Case) -> Iterator[Suspicion]:
    """What the loss itself says of them, or the gate through which all numbers enter."""
    check = getattr(case.first.loss, "check_targets", None)
    try:
        if case.feed is None or check is None:
            return
        outputs = case.first.predict(case._some_rows)
        check(case.feed.targets, outputs.shape[1:], case.feed.weights)
    except ChainruleError as error:
        got = error.part("got")
        yield Suspicion("labels_coded_wrong", "exact", (Evidence("refused", {"got": got}),), values={"ends_it": True})


CHECK = Check(8, ("labels_coded_wrong",), look, "before")
