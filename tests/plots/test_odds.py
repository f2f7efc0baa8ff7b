"""The picture of many seeds: shares that add up, places by their names, several results beside each other."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, plots
from chainrule.errors import ArgumentError
from tests.plots.figures import ODDS, xor


def names(picture):
    return [trace["name"] for trace in picture["data"] if trace.get("name")]


def test_shares_of_all_seeds_add_up_to_one():
    picture = plots.odds(ODDS, backend="plotly")
    bars = [trace for trace in picture["data"] if trace["type"] == "bar" and len(trace["x"]) == 1]
    assert sum(trace["y"][0] for trace in bars) == pytest.approx(1.0)
    assert bars[0]["y"][0] == ODDS.rate
    assert {trace["name"] for trace in bars[1:]} == {end.meaning for end in ODDS.ends}
    assert f"{ODDS.rate:.1%}" in picture["layout"]["title"]["text"]


def test_the_histogram_counts_every_seed():
    picture = plots.odds(ODDS, backend="plotly")
    every, good = (trace for trace in picture["data"] if trace["type"] == "bar" and len(trace["x"]) > 1)
    assert sum(every["y"]) == len(ODDS.seeds)
    assert sum(good["y"]) == ODDS.successes.sum()


def test_the_curves_are_the_quartiles():
    lines = [trace for trace in plots.odds(ODDS, backend="plotly")["data"] if len(trace.get("x", ())) == 60]
    np.testing.assert_array_equal([line["y"] for line in lines], ODDS.curves)


def test_a_sweep_stands_at_its_numbers():
    sweep = cr.odds(xor, cr.data.xor(), epochs=5, batch_size=4, seeds=3, vary={"lr": [0.001, 0.1]})
    picture = plots.odds(sweep, backend="plotly")
    assert picture["layout"]["xaxis"]["type"] == "log"
    assert picture["layout"]["xaxis"]["title"]["text"] == "lr"
    assert names(picture) == ["95 % interval", "lr 0.001", "lr 0.1"]
    assert plots.odds(sweep, lang="zh").axes[0].get_ylabel()
    two = cr.odds(xor, cr.data.xor(), epochs=2, batch_size=4, seeds=2, vary={"hidden": [2, 3], "lr": [0.1]})
    assert names(plots.odds(two, backend="plotly"))[1:] == ["hidden 2, lr 0.1", "hidden 3, lr 0.1"]
    one = cr.odds(xor, cr.data.xor(), epochs=2, batch_size=4, seeds=2, vary={"lr": [0.1]})
    assert len(plots.odds(one).axes) == 2


def test_several_by_name():
    picture = plots.odds({"narrow": ODDS, "the same": ODDS}, backend="plotly")
    assert names(picture)[1:] == ["narrow", "the same"]


@pytest.mark.parametrize("result", [0.5, {}, {"a": 0.5}, [ODDS]])
def test_refusals(result):
    with pytest.raises(ArgumentError, match="several by name"):
        plots.odds(result)


def test_all_diverged():
    def wild():
        model = nn.Linear(2, 1)
        return cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=1e9))

    found = cr.odds(wild, cr.data.xor(), epochs=40, batch_size=4, seeds=3)
    assert not np.isfinite(found.losses).any()
    assert "diverged" in " ".join(names(plots.odds(found, backend="plotly")))
    assert plots.odds(found)._repr_png_()
