"""22: targets that the last activation cannot reach."""

from chainrule.doctor.changes.endings import from_logits
from chainrule.doctor.looks.endings import ending

CHECK = ending(
    22, "target_out_of_range", ("guard.out_of_reach",), lambda case: from_logits(case.first.objective.name),
)
