"""Floor 4: what is done with a recorded step: capture it, run it again.

Reads losses and order as plain data and imports nothing of `train`. May import: floors 0 to 3, modules and optimizers.
"""
