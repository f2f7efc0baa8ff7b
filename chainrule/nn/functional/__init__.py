"""Floor 3: what is composed of primitives, as functions of tensors without weights of their own.

One family a file. Each function is recorded as a named region; the derivative of a region stands under its forward
where the one made from its parts would be unreadable or unstable. May import: floors 0 to 2.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
