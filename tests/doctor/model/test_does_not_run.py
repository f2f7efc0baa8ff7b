"""A training whose first step cannot be done: one finding, in the error's own words, and never a traceback."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings


def told(build, data, **more):
    """The only finding there is."""
    (found,) = settings.diagnosed(build, data, epochs=2, **more).findings
    assert found.level == "fault"
    assert str(found)
    return found


@pytest.mark.parametrize("rows", [settings.moons(), settings.circles()])
def test_a_first_layer_of_another_width(rows):
    found = told(settings.maker(lambda: nn.MLP([3, 8, 1])), rows)
    assert found.code == "does_not_run"
    assert "rows of 2" in found.evidence[0]


def test_a_build_that_raises():
    def build():
        raise ValueError("no such file: rows.csv")

    found = told(build, settings.moons())
    assert found.code == "does_not_run"
    assert "ValueError: no such file: rows.csv" in found.evidence[0]
    assert "test_does_not_run.py, line" in found.evidence[0]


def test_a_forward_that_raises():
    class Net(nn.Module):
        def forward(self, x):
            return {}["hidden"] + x

    build = settings.maker(lambda: nn.Sequential(nn.Linear(2, 1), Net()))
    assert "KeyError: 'hidden'" in told(build, settings.moons()).evidence[0]


def test_parts_of_different_lengths():
    X, y = settings.moons()
    assert told(settings.maker(lambda: nn.MLP([2, 4, 1])), (X, y[:50])).code == "does_not_run"


def test_errors_that_have_a_name_of_their_own():
    X, y = settings.moons()
    cells = X.copy()
    cells[3, 1] = np.nan

    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, x):
            return self.layer(x).detach()

    net = settings.maker(lambda: nn.MLP([2, 4, 1]))
    norm = settings.maker(lambda: nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)))
    assert told(net, (X, y.ravel())).code == "shapes_broadcast"
    assert told(net, (X, 2 * y - 1)).code == "labels_coded_wrong"
    assert told(net, (cells, y)).code == "nonfinite_data"
    assert told(settings.maker(Cut), (X, y)).code == "no_gradient"
    assert told(norm, (X, y), batch_size=1).code == "batch_norm_misused"


def test_what_is_no_training_at_all_is_refused_as_before():
    with pytest.raises(cr.DtypeError):
        cr.doctor.diagnose(lambda: 3, settings.moons())  # type: ignore[arg-type, return-value]


def test_in_chinese():
    found = told(settings.maker(lambda: nn.MLP([3, 8, 1])), settings.moons(), lang="zh")
    assert "无法运行" in found.name


def test_a_training_that_runs_is_none():
    build = settings.maker(lambda: nn.MLP([2, 16, 16, 1]), rate=0.02, metrics=["accuracy"])
    assert settings.diagnosed(build, settings.moons(), epochs=60).healthy
