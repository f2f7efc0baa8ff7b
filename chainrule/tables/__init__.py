"""Tables as they are: numbers, words, dates and gaps, from files and frames, learnt from and predicted.

What lives here: reading and looking at a table, what its columns become as inputs, the network for it, its training,
the file that keeps all of that. What does not: tables of numbers alone (`data`), what the command line prints (`cli`).
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
