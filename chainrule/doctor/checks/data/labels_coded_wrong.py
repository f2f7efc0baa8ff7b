"""8: labels that the loss cannot take: 1 … K, ±1, words, shares that do not sum to 1."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError


def look(case: Case) -> Iterator[Suspicion]:
    """What the loss itself says of them, or the gate through which all numbers enter."""
    error = _refused(case)
    if error is not None:
        yield Suspicion("labels_coded_wrong", "exact", (Evidence("refused", {"got": error}),), values={"ends_it": True})


def _refused(case: Case) -> ChainruleError | None:
    check = getattr(case.first.loss, "check_targets", None)
    try:
        if case.feed is None or check is None:
            return None
    except ChainruleError as error:
        return error if error.where.endswith(", y") else None
    try:
        outputs = case.first.predict(case._some_rows)
    except ChainruleError:  # no affair of labels
        return None
    try:
        check(case.feed.targets, outputs.shape[1:], case.feed.weights)
    except ChainruleError as error:
        return error
    return None


CHECK = Check(8, ("labels_coded_wrong",), look, "before")
