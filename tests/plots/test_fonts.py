"""Chinese labels never show as boxes."""

import io
import logging
import sys

import numpy as np
import pytest

from chainrule import plots
from chainrule.plots import _fonts
from tests.plots.figures import FIGURES


def boxes(figure):
    """The characters in the pixels of a figure for which none of its fonts has a glyph of its own."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.text import Text

    figure.savefig(io.BytesIO())  # fills in what is only known when drawn
    lost = set()
    for text in figure.findobj(Text):
        known = set()
        for family in text.get_fontfamily():
            known |= _fonts._characters(findfont(FontProperties(family=[family])))
        lost |= {letter for letter in text.get_text() if not letter.isspace()} - known
    return lost


def words(figure):
    from matplotlib.text import Text

    return "".join(text.get_text() for text in figure.findobj(Text))


@pytest.mark.parametrize("name", FIGURES)
def test_with_a_chinese_font(name, chinese):
    figure = FIGURES[name](lang="zh")
    assert boxes(figure) == set()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in words(figure))
    assert figure.stand_ins == {}


@pytest.mark.parametrize("name", FIGURES)
def test_without_a_chinese_font(name, latin_only, caplog):
    with caplog.at_level(logging.WARNING, logger="chainrule.plots"):
        figure = FIGURES[name](lang="zh")
        FIGURES[name](lang="zh")
    assert boxes(figure) == set()
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in words(figure))
    assert "No installed font has Chinese." in words(figure)
    assert [record.name for record in caplog.records] == ["chainrule.plots"]  # told once
    assert "Noto Sans CJK SC" in caplog.text


def test_svg_speaks_chinese_all_the_same(latin_only):
    figure = plots.loss_curve([1.0, 0.5], lang="zh")
    svg = figure.to_svg()
    assert "训练周期" in svg
    assert "Epoch" not in svg
    assert "No installed font" not in svg
    assert figure._repr_png_() is None
    assert figure._repr_svg_() == svg


def test_svg_leaves_alone_what_the_user_wrote(latin_only):
    figure = plots.loss_curve([1.0, 0.5], lang="zh")
    figure.axes[0].set_title("my run & <yours>")
    svg = figure.to_svg()
    assert "my run &amp; &lt;yours&gt;" in svg
    assert "训练损失随训练周期的变化" not in svg


def test_english_needs_no_note(latin_only, caplog):
    figure = plots.loss_curve([1.0, 0.5])
    assert "No installed font" not in words(figure)
    assert caplog.text == ""
    assert figure._repr_svg_() is None


def test_names_of_the_user_are_written_by_number(latin_only):
    figure = plots.confusion(["猫", "狗"], ["猫", "猫"], names=["狗", "猫"])
    assert boxes(figure) == set()
    assert "\\u732b" in words(figure)
    assert "猫" in figure.to_svg()


def test_names_of_the_user_in_chinese(chinese):
    figure = plots.confusion(["猫", "狗"], ["猫", "猫"], names=["狗", "猫"])
    assert boxes(figure) == set()
    assert "猫" in words(figure)


def test_a_last_resort_font_is_no_font(latin_only):
    from matplotlib.font_manager import fontManager

    everything = [entry for entry in fontManager.ttflist if "lastresort" in entry.name.lower().replace(" ", "")]
    if not everything:
        pytest.skip("this Matplotlib brings no last resort")
    assert all(_fonts._characters(entry.fname) == frozenset() for entry in everything)
    assert _fonts.families("训练") is None


def test_a_font_installed_later_is_found(latin_only, font_file, monkeypatch):
    from matplotlib import font_manager

    broken = font_file.with_name("broken.ttf")
    broken.write_bytes(b"not a font")
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *args, **how: [str(font_file), str(broken)])
    assert _fonts.families("训练") == ("sans-serif", "Squares")


def test_the_users_own_font_is_kept(chinese):
    import matplotlib as mpl

    with mpl.rc_context({"font.family": ["DejaVu Serif"]}):
        assert _fonts.families("loss") == ("DejaVu Serif",)
        assert _fonts.families("loss 训练") == ("DejaVu Serif", "Squares")


def test_the_test_sees_boxes(latin_only):
    figure = plots.loss_curve([1.0, 0.5])
    figure.axes[0].set_title("猫")
    with pytest.warns(UserWarning, match="Glyph|missing"):
        assert boxes(figure) == {"猫"}


def test_pyplot_is_never_asked():
    before = "matplotlib.pyplot" in sys.modules
    plots.scatter(np.zeros((2, 2)), [0, 1]).savefig(io.BytesIO())
    assert ("matplotlib.pyplot" in sys.modules) == before
