"""Floor 5: what is looked at before the first step, so that nothing fails in silence.

`looking` asks the network for one row and runs the tables of checks over it; each other file is one family of checks,
which yield errors (certain faults) and warnings (what is allowed and hardly meant). What a loss refuses by itself, in
hand-written loops too, stands beside the loss. May import: floors 0 to 4, and the feeds and the objective of `train`.
"""
