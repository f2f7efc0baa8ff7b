"""52: gradients cut to nothing; a limit that only outliers reach is left in peace."""

import numpy as np
import pytest

from chainrule import optim
from chainrule.doctor.checks.optimisation import clip_too_tight
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said

SETS = {"moons": moons, "cancer": cancer}
PLAIN = {"optimizer": optim.SGD, "rate": 0.3}


@pytest.mark.parametrize("how", ["clip_norm", "clip_value"])
@pytest.mark.parametrize("name", SETS)
def test_a_limit_that_is_too_tight_is_seen_and_cured(name, how):
    X, y = SETS[name]()
    limit = 10 ** np.random.default_rng([len(name), len(how)]).uniform(-5, -4)
    asked = case(build(X, **{how: limit}, **PLAIN), (X, y))
    (found,) = said(clip_too_tight, asked)
    assert (found.code, found.values["limit"]) == ("clip_too_tight", limit)
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_a_limit_for_outliers_is_left_in_peace(name):
    X, y = SETS[name]()
    assert in_peace(clip_too_tight, case(build(X, clip_norm=5.0), (X, y)))
    slow = case(build(X, clip_norm=5.0, rate=1e-6), (X, y), epochs=5)
    assert in_peace(clip_too_tight, slow)
    assert said(clip_too_tight, case(build(X, rate=1e-6), (X, y), epochs=5)) == []
