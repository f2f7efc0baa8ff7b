"""Which language is spoken: the one that is asked for, else CHAINRULE_LANG, else the system's, else English."""

import locale

import pytest

import chainrule as cr
from chainrule import language, nn

SYSTEM = ("LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def system(monkeypatch):
    """A system without any language; called with names and values it gets some."""

    def speak(spoken=None, **variables):
        for name in ("CHAINRULE_LANG", *SYSTEM):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(locale, "getlocale", lambda *category: (spoken, "UTF-8"))
        language.choose(None)
        return language.current()

    return speak


@pytest.mark.parametrize(
    ("spoken", "variables", "wanted"),
    [
        (None, {}, "en"),
        ("de_DE", {}, "en"),
        ("zh_CN", {}, "zh"),
        ("zh_TW", {}, "zh"),
        ("Chinese (Simplified)_China", {}, "zh"),
        ("English_United States", {}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        ("en_US", {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ("zh_CN", {"CHAINRULE_LANG": "en"}, "en"),
        ("en_US", {"CHAINRULE_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ("en_US", {"CHAINRULE_LANG": "zh-CN"}, "zh"),
        ("en_US", {"CHAINRULE_LANG": "ZH"}, "zh"),
        ("zh_CN", {"CHAINRULE_LANG": "fr"}, "en"),
        ("zh_CN", {"CHAINRULE_LANG": ""}, "zh"),
    ],
)
def test_what_is_not_asked_for_comes_from_the_variable_and_then_from_the_system(system, spoken, variables, wanted):
    assert system(spoken, **variables) == wanted


def test_what_is_asked_for_comes_first(system):
    system("zh_CN", CHAINRULE_LANG="zh")
    language.choose("en")
    assert language.current() == "en"
    assert language.say("errors.try", "zh") == language.catalogue("errors")["try"]["zh"]
    language.choose(None)
    assert language.current() == "zh"


def test_settings_choose_for_a_while(system):
    system("en_US")
    with cr.settings(lang="zh"):
        assert language.current() == "zh"
    assert language.current() == "en"
    with pytest.raises(cr.ArgumentError, match="fr"):
        cr.settings(lang="fr")


def test_errors_and_warnings_speak_the_language_in_force_when_they_are_read(system):
    system(None)
    with pytest.raises(cr.ShapeError) as caught:
        nn.MSELoss()(cr.zeros(3, 1), cr.zeros(3))
    said = cr.ChainruleWarning("guard.constant", "X", value=5, count=1)
    english = str(caught.value), str(said)
    system(None, CHAINRULE_LANG="zh")
    chinese = str(caught.value), str(said)
    for one, two in zip(english, chinese, strict=True):
        assert one.splitlines()[0] == two.splitlines()[0]  # the place is never translated
        assert one.splitlines()[1:] != two.splitlines()[1:]


def test_a_warning_can_be_pickled_and_caught_by_its_kind():
    import copy
    import pickle

    said = cr.ChainruleWarning("guard.constant", "X", value=5, count=1)
    for other in (pickle.loads(pickle.dumps(said)), copy.copy(said)):  # noqa: S301 - our own bytes
        assert (str(other), other.key, type(other)) == (str(said), said.key, type(said))
    assert issubclass(cr.ChainruleWarning, UserWarning)
