"""Floor 6: a trained network as a file for another runtime. Public as `cr.export`.

Everything is written from the Program of the forward pass in evaluation mode, never from the classes of modules, so
that code of a user's own travels too. `recording.py` records it, `rows.py` finds where the number of rows stands;
`_onnx/` has each primitive in ONNX operators, `loops/` each as loops in C and JavaScript, `_numpy/` writes the
library's own NumPy text. May import: floors 0 to 5, and `onnx` only when a model is written.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
