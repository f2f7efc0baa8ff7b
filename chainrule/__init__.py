"""chainrule: neural networks for small and medium sizes on an ordinary CPU, readable down to the last derivative."""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)

__version__ = "0.1.0"
