"""Pictures: of runs, networks, data and ideas. Public as `cr.plots`.

One figure a file. Each is first plain data (`_chart.py`), then drawn by Matplotlib or written as a
dict for Plotly. Numbers come from elsewhere; nothing here trains. Imports the floors beneath, and
Matplotlib only when something is drawn.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.plots._confusion import confusion
    from chainrule.plots._decision_boundary import decision_boundary
    from chainrule.plots._history import history
    from chainrule.plots._loss_curve import loss_curve
    from chainrule.plots._residuals import residuals
    from chainrule.plots._scatter import scatter

__all__ = [
    "confusion",
    "decision_boundary",
    "history",
    "loss_curve",
    "residuals",
    "scatter",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}._{name}"), name)


def __dir__() -> list[str]:
    return __all__
