"""Trainings of people's own have scripts that equal them bit for bit."""

import pytest

import chainrule as cr
from tests.program.script.equal import equals
from tests.program.script.trainings import TRAININGS


@pytest.mark.parametrize("name", TRAININGS)
def test_it_equals_its_training(name, tmp_path):
    cr.manual_seed(1)
    equals(*TRAININGS[name](), tmp_path, name)
