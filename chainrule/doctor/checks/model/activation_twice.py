"""19: a sigmoid or softmax in the network, and once more inside the loss."""

from chainrule.doctor.changes.layers import without_last_activation
from chainrule.doctor.looks.endings import ending

CHECK = ending(
    19, "activation_twice", ("guard.twice", "guard.inside_the_loss"), lambda case: without_last_activation(),
)
