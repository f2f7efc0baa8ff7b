"""Machines with and without a font that has Chinese, whatever this one has."""

import pytest

from chainrule import language
from chainrule.plots import _fonts, _matplotlib


def _chinese_of_the_catalogue():
    def texts(entry):
        return "".join(map(texts, entry.values())) if isinstance(entry, dict) else entry

    return "".join(texts(language.catalogue(room)) for room in ("plots", "population"))


@pytest.fixture
def latin_only(monkeypatch):
    """No font but those that come with Matplotlib, its last resort of boxes among them."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    own = [entry for entry in manager.ttflist if "mpl-data" in entry.fname]
    monkeypatch.setattr(manager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *args, **how: [])
    monkeypatch.setattr(_matplotlib, "_told", set())

    def forget():
        manager._findfont_cached.cache_clear()
        _fonts._notice_new_files.cache_clear()

    forget()
    yield
    forget()


@pytest.fixture(scope="session")
def font_file(tmp_path_factory):
    """A font with the characters of the catalogue, and a few more, all of them full squares."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    letters = sorted({letter for letter in _chinese_of_the_catalogue() + "猫狗" if ord(letter) > 0x2E7F})
    names = [".notdef", *(f"u{ord(letter):X}" for letter in letters)]
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((900, 0), (900, 800), (100, 800)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):X}" for letter in letters})
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    path = tmp_path_factory.mktemp("fonts") / "Squares.ttf"
    builder.save(path)
    return path


@pytest.fixture
def chinese(latin_only, font_file):
    """One font with Chinese among those that come with Matplotlib."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(font_file)
    return "Squares"
