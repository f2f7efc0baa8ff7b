"""The page of a diagnosis: whole, alone, in both languages, and escaped."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.diagnosis import Diagnosis
from chainrule.doctor.experiment import Experiment
from chainrule.doctor.finding import Finding
from chainrule.doctor.page.pictures import Axis, curves, pairs
from chainrule.doctor.suspicion import Evidence, Suspicion

VOID = {"meta", "br", "hr", "img", "input", "link"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Checked(HTMLParser):
    """Refuses tags that are not closed in order, and anything that asks another address."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.seen = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        for name, value in attrs:
            assert name not in ("src", "href", "xlink:href", "onclick"), (tag, name)
            assert "http" not in (value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def made(lang=None, after=(0.1, 0.2, 0.15), level="fault", proof="rerun"):
    change = learning_rate(0.01, 3.0)
    seen = Suspicion(
        "learning_rate_too_high", proof, (Evidence("diverged", {"initial": 0.69}),), (change,), 0.5,
        dict(change.values) | {"before": 3.0},
    )
    before = np.array([0.7, np.inf, 0.6])
    experiment = Experiment(change, before, np.array(after), np.array([0.6, 2.0, 0.5]))
    finding = Finding("learning_rate_too_high", level, seen, experiment, lang=lang)
    note = Finding("seed_lottery", "note", Suspicion("seed_lottery", "convention", (), values={"share": "<b>9 %</b>"}),
                   lang=lang)
    losses = tuple(np.array([0.9, 0.7, loss]) for loss in before)
    return Diagnosis((finding, finding), (note,), 0.05, 0.69, float("inf"), 12, 3.25, True, lang, losses, 60)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_stands_alone(lang, tmp_path):
    found = made(lang)
    found.save(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Checked(text)
    assert text.startswith("<!DOCTYPE html>")
    assert "url(" not in text
    assert "@import" not in text
    words = " ".join(page.words)
    assert bool(CHINESE.search(words)) == (lang == "zh")
    for line in (found.findings[0].sentence, found.findings[0].proof, found.findings[0].doubt, "lr=0.01"):
        assert line in words
    assert "<b>9 %</b>" not in text  # what the user gave is text, never tags
    assert page.seen.count("svg") == 3  # the curves, and an experiment for each finding
    assert page.seen.count("details") == 2  # the second finding, and the note
    assert text.index("<section") < text.index("<details")


def test_a_notebook_shows_the_same():
    fragment = made()._repr_html_()
    assert not fragment.startswith("<!DOCTYPE")
    Checked(fragment)
    assert made().findings[0].fix.splitlines()[0] in fragment


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(cr.FileError, match="no page written"):
        made().save(tmp_path / "none" / "page.html")


def test_what_would_change_its_mind():
    doubts = {
        made().findings[0].doubt, made(proof="exact").findings[0].doubt, made(level="suspect").findings[0].doubt,
        made().notes[0].doubt,
    }
    assert len(doubts) == 4
    assert made().findings[0].doubt in str(made())


def test_pictures():
    both = pairs(np.array([0.7, np.inf]), np.array([0.1, 0.2]), {"Floor": 0.0, "Best": 0.69}, "en")
    assert both.count("<circle") == 3 + 2  # three losses that are finite, and the legend
    assert both.count("∞") == 1
    wide = curves({"0": [300.0, 1.0, 0.01]}, {"Floor": 0.0, "Best": 0.7}, 2, "en")
    assert "Best 0.7" in wide
    assert "Floor" not in wide  # 0 has no place on a logarithmic axis
    flat = curves({"loss": [0.5, 0.5]}, {"Floor": 1e-300}, 1, "en")
    assert "Floor 0<" in flat
    assert ">loss</text>" in flat
    assert curves({"0": [float("nan")]}, {}, 0, "en").count("∞") == 1


@pytest.mark.parametrize("seed", range(10))
def test_every_number_has_a_place(seed):
    rng = np.random.default_rng(seed)
    numbers = (10 ** rng.uniform(-3, 3) * (rng.random(8) + rng.integers(-1, 2))).tolist()
    axis = Axis(numbers, 10.0, 200.0)
    assert all(10.0 <= axis.at(number) <= 200.0 for number in numbers)
    assert 2 <= len(axis.ticks) <= 12
    assert all(10.0 - 1e-6 <= axis.at(tick) <= 200.0 + 1e-6 for tick in axis.ticks)


def test_a_real_diagnosis_keeps_its_curves(tmp_path):
    def build():
        model = nn.MLP([2, 8, 1])
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=0.02))

    found = cr.doctor.diagnose(build, cr.data.clusters(60, noise=0.2, seed=0), epochs=40, budget=60)
    assert len(found.curves) == 5
    assert all(len(losses) == 40 for losses in found.curves)
    assert found.epochs == 40
    found.save(tmp_path / "page.html")
    Checked((tmp_path / "page.html").read_text(encoding="utf-8"))
