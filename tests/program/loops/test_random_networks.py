"""Networks of odd shapes and kinds, drawn at random, compiled: steps from equal state as NumPy's text gives them."""

import pytest

from tests.program.loops.agreeing import check, recorded
from tests.program.loops.networks import network


def agree(seed: int) -> None:
    training = network(seed)
    check(recorded(training.step, *training.batches[0], model=training.model), training.batches[1:], anew=True)


@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_networks(seed: int) -> None:
    agree(seed)


@pytest.mark.night
@pytest.mark.parametrize("seed", range(100, 1100))
def test_a_thousand_networks(seed: int) -> None:
    agree(seed)
