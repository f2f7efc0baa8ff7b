"""Floor 1: the primitives, and the plain data a recorded step is made of.

One family a file. A primitive is data: its shape rule, its NumPy text, its formula, and its derivative right
beneath it. Nothing here knows the Tensor class; derivatives are written with the operators of whatever they get.
May import: floor 0.
"""
