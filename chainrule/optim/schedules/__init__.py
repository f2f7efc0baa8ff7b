"""Schedules: the learning rate as a function of the number of steps made so far.

`__init__.pyi` lists the public names and where they live; `schedule` is what they all are. May import: floors 0 to 3.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
