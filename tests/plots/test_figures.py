"""What every picture promises, whichever it is."""

import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from chainrule import language, plots
from chainrule.errors import ArgumentError, MissingExtraError
from tests.plots.figures import FIGURES, OTHERS, SKETCHES

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _texts(picture):
    """Every text of a Plotly dict that a reader sees."""
    if isinstance(picture, dict):
        return [text for value in picture.values() for text in _texts(value)]
    if isinstance(picture, list):
        return [text for value in picture for text in _texts(value)]
    return [picture] if isinstance(picture, str) else []


def test_no_figure_is_missing():
    assert set(FIGURES) | set(SKETCHES) | OTHERS == set(plots.__all__)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.article("S3-16")
def test_plain_data(name, lang):
    picture = FIGURES[name](backend="plotly", lang=lang)
    assert set(picture) == {"data", "layout"}
    assert json.loads(json.dumps(picture, allow_nan=False)) == picture
    assert picture["layout"]["title"]["text"]
    assert bool(CHINESE.search("".join(_texts(picture)))) == (lang == "zh")


@pytest.mark.parametrize("name", FIGURES)
def test_matplotlib_figure(name):
    from matplotlib.figure import Figure

    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    file = io.BytesIO()
    figure.savefig(file)
    assert file.getvalue().startswith(b"\x89PNG")
    assert len(file.getvalue()) > 5_000
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_svg_keeps_text(name, lang):
    figure = FIGURES[name](lang=lang)
    svg = figure.to_svg()
    words = "".join(ET.fromstring(svg).itertext())  # noqa: S314  # our own file
    assert bool(CHINESE.search(words)) == (lang == "zh")
    assert lang == "zh" or svg == FIGURES[name]().to_svg()  # the same bytes, whatever was drawn before


@pytest.mark.parametrize("name", FIGURES)
def test_both_readers_have_as_many_panels(name):
    axes = [axes for axes in FIGURES[name]().axes if axes.get_label() != "<colorbar>"]
    layout = FIGURES[name](backend="plotly")["layout"]
    assert len(axes) == sum(key.startswith("xaxis") for key in layout)


@pytest.mark.parametrize("name", FIGURES)
def test_both_readers_have_the_same_lines(name):
    drawn = [line for axes in FIGURES[name]().axes for line in axes.lines if len(line.get_xdata()) > 2]
    told = [trace for trace in FIGURES[name](backend="plotly")["data"] if trace.get("mode", "").startswith("lines")]
    told = [trace for trace in told if len(trace["x"]) > 2]
    assert len(drawn) == len(told)
    for line, trace in zip(drawn, told, strict=True):
        np.testing.assert_array_equal(np.asarray(line.get_xdata(), float), np.array(trace["x"], float))
        np.testing.assert_array_equal(np.asarray(line.get_ydata(), float), np.array(trace["y"], float))


@pytest.mark.parametrize("name", FIGURES)
def test_refusals(name):
    with pytest.raises(ArgumentError, match="matplotlib") as refusal:
        FIGURES[name](backend="bokeh")
    assert name in refusal.value.where
    with pytest.raises(ArgumentError, match="fr"):
        FIGURES[name](lang="fr")


@pytest.mark.parametrize("name", FIGURES)
def test_the_language_in_force(name):
    language.choose("zh")
    assert CHINESE.search("".join(_texts(FIGURES[name](backend="plotly"))))


@pytest.mark.parametrize("name", FIGURES)
def test_without_matplotlib(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=re.escape('pip install "chainrule[viz]"')) as refusal:
        FIGURES[name]()
    assert isinstance(refusal.value, ImportError)
    assert name in refusal.value.where


@pytest.mark.article("S3-16")
def test_plain_data_where_neither_is_installed():
    code = """
import sys
for name in ("matplotlib", "plotly", "PIL"):
    sys.modules[name] = None
from tests.plots.figures import FIGURES, SKETCHES
for figure in FIGURES.values():
    figure(backend="plotly")
for sketch in SKETCHES.values():
    str(sketch()), sketch().svg
print(len(FIGURES))
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(len(FIGURES)), done.stderr


@pytest.mark.parametrize("name", SKETCHES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sketches(name, lang, tmp_path):
    sketch = SKETCHES[name](lang=lang)
    words = "".join(ET.fromstring(sketch.svg).itertext())  # noqa: S314  # our own file
    assert bool(CHINESE.search(words)) == bool(CHINESE.search(str(sketch))) == (lang == "zh")
    assert sketch._repr_svg_() == sketch.svg
    sketch.save(tmp_path / "net.svg")
    sketch.save(tmp_path / "net.txt")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == sketch.svg
    assert (tmp_path / "net.txt").read_text(encoding="utf-8") == str(sketch)


def test_saving_to_paths_and_files(tmp_path):
    figure = FIGURES["loss_curve"]()
    figure.savefig(tmp_path / "a.svg")
    figure.savefig(str(tmp_path / "b.svg"), facecolor="white")
    with (tmp_path / "c.svg").open("wb") as file:
        figure.savefig(file, format="svg")
    with (tmp_path / "d.svg").open("w", encoding="utf-8") as file:
        figure.savefig(file, format="svg")
    assert len({(tmp_path / f"{name}.svg").read_bytes() for name in "acd"}) == 1
    figure.savefig(tmp_path / "e.pdf")
    assert (tmp_path / "e.pdf").read_bytes().startswith(b"%PDF")


def test_long_numbers_along_an_axis_are_written_short():
    figure = plots.residuals([100_000.0, 250_000.0, 500_000.0], [120_000.0, 240_000.0, 480_000.0])
    figure.canvas.draw()
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert any(label.endswith("k") for label in labels)
    small = plots.residuals([1.0, 2.0, 3.0], [1.1, 2.2, 2.9])
    small.canvas.draw()
    assert not any(label.get_text().endswith("k") for label in small.axes[0].get_xticklabels())
