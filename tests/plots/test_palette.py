"""Colours that colour-blind eyes tell apart."""

from itertools import combinations

import numpy as np
import pytest

from chainrule.plots import _palette

# G. Machado et al., A physiologically-based model for simulation of color vision deficiency (2009), severity 1.
EYES = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(color, eye):
    """CIELAB of an sRGB colour as an eye sees it."""
    coded = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(eye) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def closest(colors):
    return min(
        np.linalg.norm(lab(first, eye) - lab(second, eye))
        for eye in EYES.values()
        for first, second in combinations(colors, 2)
    )


@pytest.mark.parametrize(
    ("colors", "distance"), [(_palette.CLASSES, 15), (_palette.CLASSES[:4], 35), (_palette.SERIES, 15)]
)
def test_any_two_stay_apart(colors, distance):
    assert closest(colors) > distance


def test_the_test_can_fail():
    assert closest(["#fa5252", "#099268"]) < 15  # red and green


def test_the_articles_colours_come_first():
    assert _palette.CLASSES[:2] == ("#fa5252", "#4c6ef5")
    assert [_palette.tint(color) for color in _palette.CLASSES[:2]] == ["#ffc9c9", "#a5d8ff"]
    assert _palette.LOSS == "#7048e8"


def test_after_ten_classes_symbols_differ():
    looks = {(_palette.class_color(index), _palette.class_symbol(index)) for index in range(30)}
    assert len(looks) == 30
