"""18: a last activation whose answers the loss takes for something else."""

from chainrule.doctor.changes.endings import from_logits
from chainrule.doctor.looks.endings import ending

KEYS = (
    "guard.not_probabilities", "guard.not_logarithms", "guard.not_scores", "guard.relu_logits", "guard.exp_twice",
    "guard.not_shares",
)
CHECK = ending(
    18, "output_activation", KEYS, lambda case: from_logits(case.first.objective.name), ("guard.narrow_logits",),
)
