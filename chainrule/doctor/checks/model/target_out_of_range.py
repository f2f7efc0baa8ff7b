"""22: targets that the last activation cannot reach."""

from chainrule.doctor.endings import ending

CHECK = ending(22, "target_out_of_range", ("guard.out_of_reach",), cured=True)
