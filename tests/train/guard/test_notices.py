"""What is said in loops written by hand: once, of the line that it is about, and never to who does not want it."""

import inspect
import warnings

import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.nn import functional as F
from tests.train.guard import test_forum_loops
from tests.train.guard.forum import NUMBERS, X

LOOPS = {
    name: row for name, row in test_forum_loops.MISUSES.rows.items() if name.startswith("loop ") and not row.refused
}


def forgetful():
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    for _ in range(6):
        F.mse_loss(model(cr.tensor(X)), cr.tensor(NUMBERS)).backward()
        optimizer.step()  # gradients pile up
    with cr.no_grad():
        outputs = model(cr.tensor(X))
    return outputs.tolist()  # with dropout


def stretched():
    model, targets = nn.Linear(4, 1), cr.tensor(NUMBERS[:, 0])
    for _ in range(3):
        error = model(cr.tensor(X)) - targets  # (60, 60)
        (error**2).mean().backward()


def said(program, *filters):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for given in filters:
            warnings.filterwarnings("ignore", **given)
        program()
    return found


@pytest.mark.parametrize("name", LOOPS)
def test_it_is_said_once_even_to_who_hears_everything(name):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        LOOPS[name].run()
    assert [warning.message.key for warning in found] == [LOOPS[name].key]


@pytest.mark.parametrize(
    ("program", "marks"), [(forgetful, ["pile up", "with dropout"]), (stretched, ["(60, 60)"])]
)
def test_it_is_said_of_the_line_that_it_is_about(program, marks):
    lines, first = inspect.getsourcelines(program)
    found = said(program)
    assert [warning.filename for warning in found] == [__file__] * len(marks)
    for warning, mark in zip(found, marks, strict=True):
        assert mark in lines[warning.lineno - first]


def test_it_can_be_silenced_all_together_and_one_by_one():
    assert said(forgetful, {"category": cr.ChainruleWarning}) == []
    assert said(forgetful, {"category": UserWarning}) == []
    found = said(forgetful, {"category": cr.ChainruleWarning, "message": "SGD.step"})  # how it begins
    assert [warning.message.key for warning in found] == ["layers.forgotten_eval"]
    assert said(stretched, {"module": __name__.replace(".", r"\.")}) == []


def test_it_becomes_an_error_where_that_is_asked_for():
    with warnings.catch_warnings():
        warnings.simplefilter("error", cr.ChainruleWarning)
        with pytest.raises(cr.ChainruleWarning, match=r"SGD\.step"):
            forgetful()
