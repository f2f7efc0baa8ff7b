"""Which installed font has the characters of a picture: Chinese labels never show as boxes."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

# The usual fonts with Chinese, by name, because they look right; any other that has the characters will do.
_KNOWN = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "Hiragino Sans GB",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
    "Heiti SC",
    "STHeiti",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
_UNASSIGNED = "\u0378"


def missing(text: str) -> set[str]:
    """The characters of `text` that the fonts Matplotlib is set to use do not have."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties, findfont

    wanted = {letter for letter in text if not letter.isspace()}
    families = rcParams["font.family"]
    for family in [families] if isinstance(families, str) else families:
        wanted -= _characters(findfont(FontProperties(family=[family])))
    return wanted


def families(text: str) -> tuple[str, ...] | None:
    """The fonts to write `text` with: those Matplotlib is set to, and one more where they lack characters.

    Returns:
        Names of font families, or None when no installed font has all the characters.
    """
    from matplotlib import rcParams

    own = rcParams["font.family"]
    usual = (own,) if isinstance(own, str) else tuple(own)
    wanted = missing(text)
    if not wanted:
        return usual
    found = next((name for name, path in _installed() if wanted <= _characters(path)), None)
    return None if found is None else (*usual, found)


def legible(text: str, lost: Iterable[str]) -> str:
    r"""`text` with each character of `lost` written as its number, like `\u732b`, which every font can show."""
    table = {ord(letter): letter.encode("unicode_escape").decode() for letter in lost}
    return text.translate(table)


def _installed() -> Iterator[tuple[str, str]]:
    """Family and file of upright fonts, the likely ones first; last those that Matplotlib's list has not seen yet."""
    from matplotlib.font_manager import fontManager

    before = list(fontManager.ttflist)
    yield from _upright(before)
    _notice_new_files()
    yield from _upright(fontManager.ttflist[len(before) :])


def _upright(entries: "list[FontEntry]") -> list[tuple[str, str]]:
    fonts = {(entry.name, entry.fname) for entry in entries if entry.style == "normal"}
    return sorted(fonts, key=lambda font: (_KNOWN.index(font[0]) if font[0] in _KNOWN else len(_KNOWN), *font))


@cache
def _notice_new_files() -> None:
    """Read fonts installed since Matplotlib wrote its list, which it keeps for years."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - known):
        with suppress(OSError, RuntimeError):  # a file that is no font
            fontManager.addfont(path)


@cache
def _characters(path: str) -> frozenset[str]:
    from matplotlib.ft2font import FT2Font

    # The faces of a collection share their characters, so the first one speaks for all.
    found = frozenset(map(chr, FT2Font(path).get_charmap()))
    # A font with a character that does not exist is a last resort, which has boxes for everything.
    return frozenset() if _UNASSIGNED in found else found
