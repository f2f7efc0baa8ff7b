"""25: a softmax along the wrong axis: over the rows of the batch."""

from chainrule.doctor.changes.endings import softmax_along_classes
from chainrule.doctor.looks.endings import ending

CHECK = ending(25, "softmax_over_rows", ("guard.softmax_rows",), lambda case: softmax_along_classes())
