"""One display handle in a notebook, changed in place: plain HTML, no widgets and no scripts."""

from html import escape
from time import perf_counter
from typing import Any

from chainrule.train.progress.display import Display
from chainrule.train.progress.standing import Standing

EVERY = 0.25  # seconds: a notebook sends every change over a socket


class Notebook(Display):
    """A bar with the numbers beneath it, in the output of the cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def start(self, standing: Standing) -> None:
        from IPython.display import HTML, display

        self._handle = display(HTML(page(standing)), display_id=True)
        self.due = perf_counter() + EVERY

    def show(self, standing: Standing) -> None:
        self._update(page(standing))
        self.due = perf_counter() + EVERY

    def finish(self, standing: Standing) -> None:
        self._update(page(standing, running=False))

    def _update(self, text: str) -> None:
        from IPython.display import HTML

        if self._handle is not None:
            self._handle.update(HTML(text))


def page(standing: Standing, *, running: bool = True) -> str:
    """The display as HTML."""
    value = "" if standing.all_steps is None else f' value="{standing.steps}" max="{standing.all_steps}"'
    if standing.all_steps is None and not running:
        value = ' value="1" max="1"'
    ended = f"<br>{escape(standing.ended)}" if standing.ended else ""
    return (
        f"<div><b>{escape(standing.place)}</b> <progress{value}></progress> {escape(standing.measures(running))}<br>"
        f"<small>{escape(standing.speed)}, {escape(standing.time)}</small>{ended}</div>"
    )


def in_notebook() -> bool:
    """Whether this process answers a notebook, and can be shown HTML."""
    import sys

    if "IPython" not in sys.modules:
        return False
    get_ipython = getattr(sys.modules["IPython"], "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    return shell is not None and (hasattr(shell, "kernel") or type(shell).__name__ == "ZMQInteractiveShell")
