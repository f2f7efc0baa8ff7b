"""Floor 5: training without writing the loop.

`Trainer` and `History`; what happens beside the training (`callbacks/`, one a file), what shows it (`progress/`), and
what is asked before it (`guard`, learning-rate tests). What a loss, an optimizer or a metric *is* lives beneath.
May import: floors 0 to 4.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
