"""20: squared error on probabilities, whose gradient vanishes just where the answer is most wrong."""

from collections.abc import Iterator

import numpy as np

from chainrule.data.arrays import Array
from chainrule.doctor.case import Case
from chainrule.doctor.changes.losses import cross_entropy
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.nn.functional._made_by import activation
from chainrule.tape.tracked import wrap
from chainrule.train.guard.scene import DISTANCES, Scene

ENDS = {"sigmoid": "BCELoss", "softmax": "NLLLoss"}


def look(case: Case) -> Iterator[Suspicion]:
    """Targets that are 0 and 1, a distance for a loss, and a sigmoid or softmax before it."""
    if case.feed is None or not _are_classes(case.feed.targets) or not _is_a_distance(case):
        return
    scene = Scene(case.first, case.feed)
    try:
        scene.ask()
        scene.look_back()
    except (ChainruleError, AttributeError):  # it answers something else than one tensor
        return
    last = activation(scene.ends[0]) if scene.ends else ""
    evidence = Evidence("distance", {"loss": scene.loss_name(), "last": last})
    if last in ENDS and case.trouble:
        cure = cross_entropy(ENDS[last])
        yield Suspicion("squared_error_on_classes", "rerun", (evidence,), (cure,), 0.65, {"last": last})
    elif last in ENDS:
        yield Suspicion("squared_error_on_classes", "convention", (evidence,), values={"last": last})


def _are_classes(targets: Array) -> bool:
    """0 and 1 in one column, or one 1 a row."""
    if targets.ndim != 2 or not np.isin(targets, (0, 1)).all() or len(np.unique(targets)) < 2:
        return False
    return targets.shape[1] == 1 or bool((targets.sum(axis=1) == 1).all())


def _is_a_distance(case: Case) -> bool:
    """One of this library's, or a function that gives the mean square, or half of it."""
    objective = case.first.objective
    if objective.name:
        return objective.name in DISTANCES
    made = np.linspace(0.1, 0.9, 6, dtype=case.first.dtype).reshape(6, 1)
    wanted = np.array([[0], [1], [1], [0], [1], [0]], dtype=made.dtype)
    try:
        found = float(case.first.loss(wrap(made), wrap(wanted)))
    except Exception:  # noqa: BLE001 - the user's own, made for other shapes
        return False
    square = float(((made - wanted) ** 2).mean())
    return any(abs(found - share * square) < 1e-5 for share in (1.0, 0.5))


CHECK = Check(20, ("squared_error_on_classes",), look)
