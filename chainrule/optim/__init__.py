"""Floor 4: what changes parameters: optimizers (one a file), schedules, clipping.

`__init__.pyi` lists the public names and where they live. May import: floors 0 to 3.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
