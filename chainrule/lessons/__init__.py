"""Floor 7: the articles that chainrule grew out of, run again with their published figures beside ours.

One lesson a file, on `page` (how it is written down), `side_by_side` (many seeds at once) and `neurons` (the teaching
classes of the first article). May import: floors 0 to 6.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
