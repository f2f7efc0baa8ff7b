"""Which engine is in force: argument, environment, setting, then what is installed."""

import pytest

import chainrule as cr
from chainrule import config


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the extra `fast`."""
    monkeypatch.setattr(config, "can_compile", lambda: False)


def test_compiled_loops_are_the_default_where_they_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "can_compile", lambda: True)
    assert config.engine() == "numba"
    with cr.settings(engine="numpy"):
        assert config.engine() == "numpy"
        monkeypatch.setenv("CHAINRULE_ENGINE", "numba")
        assert config.engine() == "numba"


@pytest.mark.usefixtures("bare")
def test_without_the_extra_it_is_numpy() -> None:
    assert config.engine() == "numpy"
    double = cr.compile(lambda x: x * 2)
    assert [double(cr.ones(1)).item() for _ in range(4)] == [2.0] * 4
    assert double.report().rows[0].engine == "numpy"


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("ask", [
    lambda patch: cr.settings(engine="numba"), lambda patch: cr.compile(abs, engine="numba"),
    lambda patch: cr.Trainer(cr.nn.Linear(1, 1), cr.nn.MSELoss(), engine="numba"),
    lambda patch: (patch.setenv("CHAINRULE_ENGINE", "numba"), config.engine()),
])
def test_asking_for_what_is_not_installed_names_the_line_that_installs_it(ask, monkeypatch) -> None:
    with pytest.raises(cr.MissingExtraError, match=r'pip install "chainrule\[fast\]"'):
        ask(monkeypatch)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(cr.ArgumentError, match="numba"):
        cr.settings(engine="steam")
    with pytest.raises(cr.ArgumentError, match="compile"):
        cr.compile(abs, engine="steam")


def test_another_engine_is_another_recording() -> None:
    pytest.importorskip("llvmlite")
    double = cr.compile(lambda x: x * 2)
    for engine in ("numpy", "numba"):
        with cr.settings(engine=engine):
            for _ in range(4):
                double(cr.ones(3))
        assert double.report().rows[0].engine == engine
