"""A drawing made of words and of SVG, with no program but Python: `str()` is the one, `.svg` the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from unicodedata import combining, east_asian_width
from xml.sax.saxutils import escape, quoteattr

from chainrule.plots._palette import FAINT, INK

# The reader's browser takes the first that it has; text stays text, so Chinese needs no set-up.
_FONTS = "system-ui, 'Segoe UI', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Sketch:
    """A drawing as text and as SVG; a notebook shows the SVG, `print` the text.

    Attributes:
        text: the drawing in characters.
        svg: the drawing as the text of an SVG file.

    Example:
        >>> sketch = Sketch("o → o", "<svg></svg>")
        >>> print(sketch)
        o → o
    """

    text: str
    svg: str

    def __str__(self) -> str:
        return self.text

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> None:
        """Write the SVG to `path`; the text instead where `path` ends in `.txt`."""
        file = Path(path)
        file.write_text(self.text if file.suffix == ".txt" else self.svg, encoding="utf-8")


def page(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole SVG file with a white ground; `title` is what a screen reader says."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" font-family={quoteattr(_FONTS)}>'
    )
    point = (
        '<defs><marker id="point" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0,0 L10,5 L0,10 z" fill="{INK}"/></marker></defs>'
    )
    ground = f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", point, ground, *parts, "</svg>"]) + "\n"


def write(x: float, y: float, text: str, size: float = 14, color: str = INK, anchor: str = "middle") -> str:
    """Words with their middle at the height y."""
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}" dominant-baseline="central"'
    return f'<text {place} font-size="{size:g}" fill="{color}">{escape(text)}</text>'


def circle(x: float, y: float, radius: float, fill: str) -> str:
    """A disc with an edge."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{INK}" stroke-width="1.5"/>'


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A rectangle with round corners around the point (x, y)."""
    corner = f'x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {corner} rx="8" fill="{fill}" stroke="{INK}" stroke-width="1.5"/>'


def line(x1: float, y1: float, x2: float, y2: float, *, arrow: bool = False, dashed: bool = False) -> str:
    """A line; with `arrow`, pointed at its end."""
    look = f'stroke="{INK if arrow else FAINT}" stroke-width="{1.6 if arrow else 0.8}"'
    look += ' marker-end="url(#point)"' if arrow else ""
    look += ' stroke-dasharray="5 4"' if dashed else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" {look}/>'


def columns_wide(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese characters take two."""
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def centred(text: str, width: int) -> str:
    """The text in the middle of `width` columns of a terminal."""
    space = max(0, width - columns_wide(text))
    return " " * (space // 2) + text + " " * (space - space // 2)
