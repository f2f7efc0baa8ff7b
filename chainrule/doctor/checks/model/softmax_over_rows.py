"""25: a softmax along the wrong axis: over the rows of the batch."""

from chainrule.doctor.endings import ending

CHECK = ending(25, "softmax_over_rows", ("guard.softmax_rows",), cured=False)
