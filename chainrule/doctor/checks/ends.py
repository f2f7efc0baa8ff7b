"""18, 19, 21, 22, 25: how the network ends, and what the loss makes of it."""

from collections.abc import Callable, Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import without_last_activation
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.train.guard import endings, ranges
from chainrule.train.guard.scene import Findings, Scene

CODES = {
    "guard.twice": "activation_twice",
    "guard.inside_the_loss": "activation_twice",
    "guard.softmax_one": "softmax_on_one_output",
    "guard.softmax_rows": "softmax_over_rows",
    "guard.out_of_reach": "target_out_of_range",
    "guard.not_probabilities": "output_activation",
    "guard.not_logarithms": "output_activation",
    "guard.not_scores": "output_activation",
    "guard.relu_logits": "output_activation",
    "guard.exp_twice": "output_activation",
}
ASKED: tuple[Callable[[Scene], Findings], ...] = (
    endings.softmax_axis, endings.twice, endings.unfit_for_the_loss, ranges.out_of_reach,
)
CURED = ("activation_twice", "target_out_of_range", "output_activation")


def look(case: Case) -> Iterator[Suspicion]:
    """What the guard of the Trainer says."""
    if case.feed is None:
        return
    scene = Scene(case.first, case.feed)
    try:
        scene.ask()
        scene.look_back()
        found = [finding for check in ASKED for finding in check(scene)]
    except (ChainruleError, AttributeError):
        return
    for finding in found:
        code = CODES.get(finding.key)
        if code is not None:
            cures = (without_last_activation(),) if code in CURED else ()
            evidence = Evidence("said", {"where": finding.where, "got": finding.part("got")})
            yield Suspicion(code, "exact", (evidence,), cures, strength=1.0)
            return


CHECK = Check(19, tuple(dict.fromkeys(CODES.values())), look, "before")
