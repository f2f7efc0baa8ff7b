"""Floor 4: data sets, made, shipped, fetched or read; splits, scaling, augmentation, batches.

All gives NumPy arrays; only the loader gives tensors. `__init__.pyi` lists the public names. May import: floors 0 to 2.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
