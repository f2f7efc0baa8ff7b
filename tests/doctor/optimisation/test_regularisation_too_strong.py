"""51: a decay that holds the weights at 0; a decay that the data outweigh is left in peace."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.checks.optimisation import regularisation_too_strong
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said

SETS = {"moons": moons, "cancer": cancer}


def _decayed(width, decay, optimizer=optim.AdamW, rate=0.03):
    def make():
        model = nn.MLP([width, 16, 1])
        return cr.Trainer(
            model, nn.BCEWithLogitsLoss(), optimizer(model.parameters(), lr=rate, weight_decay=decay)
        )

    return make


@pytest.mark.parametrize("optimizer", [optim.AdamW, optim.SGD])
@pytest.mark.parametrize("name", SETS)
def test_a_decay_that_is_too_strong_is_seen_and_cured(name, optimizer):
    X, y = SETS[name]()
    decay = np.random.default_rng(len(name)).uniform(4, 10) if optimizer is optim.AdamW else 0.5
    asked = case(_decayed(X.shape[1], decay, optimizer, 0.03 if optimizer is optim.AdamW else 0.3), (X, y))
    (found,) = said(regularisation_too_strong, asked)
    assert (found.code, found.proof) == ("regularisation_too_strong", "rerun")
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_a_decay_that_does_no_harm_is_left_in_peace(name):
    X, y = SETS[name]()
    assert in_peace(regularisation_too_strong, case(_decayed(X.shape[1], 0.01), (X, y), epochs=60))
    slow = case(_decayed(X.shape[1], 0.01, rate=1e-6), (X, y), epochs=5)
    assert in_peace(regularisation_too_strong, slow)
    assert said(regularisation_too_strong, case(build(X, rate=1e-6), (X, y), epochs=5)) == []
