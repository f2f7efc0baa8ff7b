"""Floor 6: pictures of runs, networks, data and ideas. Public as `cr.plots`.

One figure a file; `__init__.pyi` lists them. Each is first plain data (`_chart.py`), then drawn by Matplotlib or
written as a dict for Plotly; drawings of boxes and circles are SVG (`_sketch.py`). Nothing here trains. May import:
floors 0 to 5, and Matplotlib only when something is drawn.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
