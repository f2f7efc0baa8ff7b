"""23: dense layers with nothing between them are one dense layer."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.errors import ChainruleError
from chainrule.tape.tracked import Tracked
from chainrule.train.guard.scene import VIEWS, WEIGHTED, Scene

STRAIGHT = (*VIEWS, *WEIGHTED, "add", "subtract", "negative", "avg_pool", "dropout", "batch_norm")
"""Operations that never bend: a chain of them is affine."""


def look(case: Case) -> Iterator[Suspicion]:
    """Two layers with weights and more, and nothing on the way back from the outputs that bends."""
    if case.feed is None:
        return
    scene = Scene(case.first, case.feed)
    try:
        scene.ask()
    except ChainruleError:
        return
    names = _names(getattr(scene.outputs, "_node", None))
    layers = sum(name in WEIGHTED for name in names)
    if layers > 1 and all(name in STRAIGHT for name in names):
        proof: Proof = "exact" if case.trouble else "convention"
        evidence = Evidence("linear", {"layers": layers, "names": ", ".join(dict.fromkeys(names))})
        yield Suspicion("no_nonlinearity", proof, (evidence,), strength=0.9)


def _names(node: object) -> list[str]:
    """What was done on the way to the outputs."""
    found, seen, stack = [], set(), [node]
    while stack:
        one = stack.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        found.append(str(one.operation.name))  # type: ignore[attr-defined]  # a node of the tape
        given = one.inputs or ()  # type: ignore[attr-defined]
        stack += [part._node for part in given if isinstance(part, Tracked)]
    return found


CHECK = Check(23, ("no_nonlinearity",), look)
