"""The command line: a file for each command, and `run`, what one training from the command line consists of.

Commands read arguments, call floors beneath them and print; what is worth calling from Python lives there, not here.
A command is imported when it is called for, so that `--help` and `--version` load neither NumPy nor the library.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
