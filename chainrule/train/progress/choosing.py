"""Which display a training gets."""

import os
import sys

from chainrule.train.progress.display import Display
from chainrule.train.progress.lines import Lines
from chainrule.train.progress.notebook import Notebook, in_notebook
from chainrule.train.progress.terminal import Terminal


def choose(asked: bool | None) -> Display:
    """The display for where stderr leads to.

    Args:
        asked: False for none; True for one in any case, plain lines where there is no terminal; None (default) for one
            where somebody looks: in a notebook or a terminal. `CHAINRULE_PROGRESS` (0 or 1) answers for None.
    """
    if asked is None:
        wish = os.environ.get("CHAINRULE_PROGRESS", "").lower()
        asked = {"0": False, "false": False, "off": False, "1": True, "true": True, "on": True}.get(wish)
    if asked is False:
        return Display()
    if in_notebook():
        return Notebook()
    file = sys.stderr
    if file is not None and file.isatty() and not os.environ.get("CI"):
        return Lines(file) if os.environ.get("TERM") == "dumb" else Terminal(file)
    return Lines(file) if asked and file is not None else Display()
