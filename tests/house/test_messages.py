"""Every word that is shown comes from the catalogue: there, in both languages, with the same placeholders, and used."""

import ast
from pathlib import Path

import pytest

from tests.house import messages, source
from tests.house.source import Module

WORDS = {
    "nn.width.got": {"en": "{got} columns", "zh": "{got} 列"},
    "nn.width.expected": {"en": "{want} columns", "zh": "{want} 列"},
    "nn.width.try": {"en": "reshape it", "zh": "改变形状"},
    "nn.done": {"en": "done", "zh": "完成"},
}


def _package(text):
    return {"chainrule.nn.linear": Module("chainrule.nn.linear", Path("linear.py"), False, ast.parse(text))}


def _complaints(text, words=WORDS):
    package = _package("class ShapeError(ChainruleError): pass\n" + text)
    return (
        messages.faults(words)
        + messages.unmet(messages.uses(package), words)
        + messages.unused(messages.mentions(package), words)
    )


def test_words_are_whole():
    source.nothing(messages.faults(messages.read(source.PACKAGE / "messages")))


def test_every_key_is_there():
    words = messages.read(source.PACKAGE / "messages")
    source.nothing(messages.unmet(messages.uses(source.modules()), words))


def test_no_key_is_unused():
    words = messages.read(source.PACKAGE / "messages")
    # errors.py builds the three labels of its parts by name: errors.got, errors.expected, errors.try.
    source.nothing(messages.unused(messages.mentions(source.modules()), words))


GOOD = "raise ShapeError('nn.width', where, got=1, want=2)\nsay('nn.done')\n"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "def refuse(a, key, **values): raise ShapeError(key, a, **values)\nrefuse('a', 'nn.width')\nsay('nn.done')",
        "raise ShapeError('nn.width', where, **values)\nlanguage.say(f'nn.{name}')",
        "raise ShapeError('nn.width' if wide else 'nn.width', where, got=1, want=2)\nTABLE = {'a': 'nn.done'}",
    ],
)
def test_a_good_package_passes(text):
    assert _complaints(text) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (GOOD.replace("'nn.done'", "'nn.gone'"), "no words under nn.gone"),
        (GOOD.replace("say('nn.done')", ""), "nn.done"),
        (GOOD.replace("nn.width", "nn.height"), "no words under nn.height"),
        (GOOD.replace(", want=2", ""), "names ['want'], which is not given"),
        (GOOD.replace("raise ShapeError", "say_it = ChainruleWarning").replace(", want=2", ""), "names ['want']"),
        (GOOD + "say(f'nn.not_{name}')", "no words under nn.not_{}"),
        (GOOD + "def refuse(key): raise ShapeError(key, '')\nrefuse('nn.none')", "no words under nn.none"),
    ],
)
def test_a_bad_use_is_found(text, word):
    assert any(word in complaint for complaint in _complaints(text)), _complaints(text)


@pytest.mark.parametrize(
    ("key", "entry", "word"),
    [
        ("nn.done", {"en": "done"}, "has ['en']"),
        ("nn.done", {"en": "done", "zh": "完成 {n}"}, "other placeholders"),
        ("nn.done", {"en": "all of it is done", "zh": "all of it is done"}, "English sentence"),
        ("nn.done", {"en": "done", "zh": " "}, "empty"),
        ("nn.done", {"zh": "完成"}, "has ['zh']"),
        ("nn.done", {"en": "done {m}", "zh": "完成 {n}"}, "other placeholders"),
        ("nn.done", {"en": "{n} of {m}", "zh": "{n}"}, "other placeholders"),
        ("nn.done", {"en": "a learning rate", "zh": "学习速率"}, "学习速率 is 学习率"),
        ("nn.width.got", {"en": "{got} columns"}, "nn.width.got: has ['en']"),
        ("nn.more.got", {"en": "{got}", "zh": "{got}"}, "nn.more: lacks the part try"),
    ],
)
def test_bad_words_are_found(key, entry, word):
    assert any(word in complaint for complaint in _complaints(GOOD, {**WORDS, key: entry}))
