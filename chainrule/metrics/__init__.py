"""Floor 4: how good predictions are, by scikit-learn's definitions.

Functions on whole arrays, under scikit-learn's names, and `Metric` objects that take one batch after another, which
`get` finds by name. `__init__.pyi` lists the public names. May import: floors 0 to 2, and the gates of `data`.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
