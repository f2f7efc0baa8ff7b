"""23: dense layers with nothing between them are one dense layer."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.bends import passed, relu_between
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.errors import ChainruleError
from chainrule.tape.tracked import Tracked
from chainrule.train.feed import ArrayFeed
from chainrule.train.guard.scene import VIEWS, WEIGHTED, Scene
from chainrule.train.trainer import Trainer

STRAIGHT = (
    *VIEWS, *WEIGHTED, "add", "subtract", "negative", "avg_pool", "dropout", "batch_norm", "batch_norm_eval",
)
"""Operations that never bend: a chain of them is affine."""


def look(case: Case) -> Iterator[Suspicion]:
    """Two layers with weights and more, and nothing on the way back from the outputs that bends."""
    if case.feed is None:
        return
    names = _way(case.first, case.feed)
    layers = sum(name in WEIGHTED for name in names)
    if layers > 1 and all(name in STRAIGHT for name in names):
        proof: Proof = "exact" if case.underfits else "convention"
        evidence = Evidence("linear", {"layers": layers, "names": ", ".join(dict.fromkeys(names))})
        cures = _cures(case, case.feed, names) if proof == "exact" else ()
        yield Suspicion("no_nonlinearity", proof, (evidence,), cures, strength=0.9)


def _cures(case: Case, feed: ArrayFeed, names: list[str]) -> tuple[Change, ...]:
    """A ReLU behind each layer but the last, where the layers are a chain and their network lets it through."""
    layers = passed(case.first, feed)
    count = sum(name in WEIGHTED for name in names)
    if not {"add", "subtract"}.isdisjoint(names) or not len(layers) == len(set(map(id, layers))) == count:
        return ()
    own = case.builder(0)  # what the user wrote, without what was cured before
    change = relu_between(feed, own.model, passed(own, feed))
    return (change,) if _way(case.trainer(0, change), feed).count("relu") == count - 1 else ()


def _way(trainer: Trainer, feed: ArrayFeed) -> list[str]:
    """What was done on the way to the outputs; nothing where the network cannot be asked."""
    scene = Scene(trainer, feed)
    try:
        scene.ask()
    except ChainruleError:
        return []
    return _names(getattr(scene.outputs, "_node", None))


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
