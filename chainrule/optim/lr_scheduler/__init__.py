"""Schedulers under PyTorch's names: they change the rate of every group of an optimizer when `step()` is called.

Call `step()` after `optimizer.step()`; the first rate is in force as soon as the scheduler is made. Schedulers multiply
the rate they find, so several work on one optimizer. `__init__.pyi` lists the public names and where they live.
May import: floors 0 to 3.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
