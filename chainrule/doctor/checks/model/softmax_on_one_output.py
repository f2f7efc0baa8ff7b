"""21: a softmax over one output, which is 1 whatever comes in."""

from chainrule.doctor.changes.endings import sigmoid_instead
from chainrule.doctor.looks.endings import ending

CHECK = ending(21, "softmax_on_one_output", ("guard.softmax_one",), lambda case: sigmoid_instead())
