"""PyTorch's door to data sets and loaders, `torch.utils.data`; nothing lives here, the work is done in `data`."""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
