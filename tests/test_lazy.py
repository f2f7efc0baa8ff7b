"""Names that are looked up when first used."""

import subprocess
import sys

import pytest

import chainrule as cr


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Linera'"):
        _ = cr.nn.Linera
    program = "import chainrule as cr; cr.nn.Linera"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Did you mean: 'Linear'?" in done.stderr


def test_every_name_of_a_door_is_there() -> None:
    for door in (cr, cr.nn, cr.nn.functional, cr.optim, cr.data, cr.metrics, cr.plots, cr.train):
        assert set(door.__all__) <= set(dir(door))
        for name in door.__all__:
            assert getattr(door, name) is not None
