"""A Matplotlib figure that shows itself in a notebook and keeps Chinese as text in SVG.

It is made without pyplot: no window, no global list of figures, nothing to close. This is the one
file that imports Matplotlib at its top; it is itself imported only when something is drawn.
"""

import io
import os
import re
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, unescape

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


class Picture(Figure):
    """A `matplotlib.figure.Figure` with a canvas of its own.

    Where no installed font has the Chinese characters, the pixels speak English; an SVG, whose text
    stays text, still gets the Chinese, because the reader's browser brings its own fonts.

    Args:
        width: in pixels at 100 dots per inch.
        height: in pixels at 100 dots per inch.
    """

    def __init__(self, width: int, height: int) -> None:
        super().__init__(figsize=(width / 100, height / 100), dpi=100, layout="constrained")
        FigureCanvasAgg(self)
        self.stand_ins: dict[str, str] = {}  # text in the pixels → the text it stands for

    def savefig(
        self,
        fname: str | os.PathLike[str] | IO[Any],
        *,
        transparent: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Save as in Matplotlib; in SVG, text stays text and the same figure gives the same bytes."""
        kind = kwargs.get("format") or Path(str(getattr(fname, "name", fname))).suffix[1:]
        if str(kind or mpl.rcParams["savefig.format"]).lower() != "svg":
            super().savefig(fname, transparent=transparent, **kwargs)
            return
        kwargs |= {"format": "svg", "metadata": {"Date": None, **(kwargs.get("metadata") or {})}}
        buffer = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "chainrule"}):
            super().savefig(buffer, transparent=transparent, **kwargs)
        _write(fname, _in_own_words(buffer.getvalue(), self.stand_ins))

    def to_svg(self) -> str:
        """The picture as the text of an SVG file, to put into a page."""
        buffer = io.StringIO()
        self.savefig(buffer, format="svg")
        return buffer.getvalue()

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows; left to the SVG where only that can speak the reader's language."""
        if self.stand_ins:
            return None
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()

    def _repr_svg_(self) -> str | None:
        """What a notebook shows where pixels could not speak the reader's language."""
        return self.to_svg() if self.stand_ins else None


def _in_own_words(svg: str, stand_ins: dict[str, str]) -> str:
    def word(found: re.Match[str]) -> str:
        shown = unescape(found[2])
        return found[1] + escape(stand_ins.get(shown, shown)) + found[3]

    return re.sub(r"(<text\b[^>]*>)([^<]*)(</text>)", word, svg)


def _write(target: str | os.PathLike[str] | IO[Any], text: str) -> None:
    if isinstance(target, str | os.PathLike):
        Path(target).write_text(text, encoding="utf-8")
        return
    try:
        target.write(text)
    except TypeError:  # a file opened for bytes
        target.write(text.encode())
