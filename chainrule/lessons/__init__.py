"""Floor 7: the articles that chainrule grew out of, run again with their published figures beside ours.

One lesson a file, on `page` (how it is written down), `side_by_side` (many seeds at once), `neurons` and `two_layers`
(the teaching classes of the first and the third article), `depth`, `batch_sizes` and `norms` (contested statements,
measured). May import: floors 0 to 6.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
