"""19: a sigmoid or softmax in the network, and once more inside the loss."""

from chainrule.doctor.endings import ending

CHECK = ending(19, "activation_twice", ("guard.twice", "guard.inside_the_loss"), cured=True)
