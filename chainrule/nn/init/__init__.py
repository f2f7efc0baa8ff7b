"""Floor 4: initial weights, drawn in place, each true to its paper.

Constants and plain distributions, the scaled ones of Glorot, He and LeCun, orthogonal matrices. Memory order is kept:
a weight shown (outputs, inputs) and stored (inputs, outputs) stays so. May import: floors 0 to 3.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
