"""8: labels that the loss cannot take are refused in its own words; soft labels and one-hot rows are legal."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.doctor.changes.labels import recoded
from chainrule.doctor.checks.data import labels_coded_wrong
from tests.doctor.plants import build, case, diagnosed, moons, said, sine, wine

X2, Y2 = moons()
X3, Y3 = wine()
PLANTS = {
    "1 to K": (X3, Y3 + 1, 3),
    "plus and minus 1": (X2, 2 * Y2 - 1, 1),
    "1 and 2": (X2, Y2 + 1, 1),
    "more classes than outputs": (X3, Y3, 2),
    "shares that sum to 2": (X3, 2.0 * np.eye(3)[Y3], 3),
}
TRAPS = {
    "0 and 1": (X2, Y2, 1, None),
    "soft": (X2, np.clip(Y2, 0.0, 0.85), 1, None),
    "whole": (X3, Y3, 3, None),
    "one-hot": (X3, np.eye(3)[Y3], 3, None),
    "more outputs than classes": (X3, Y3, 5, None),
    "plus and minus 1 with squares": (X2, 2 * Y2 - 1, 1, nn.MSELoss()),
    "hinge": (X2, 2 * Y2 - 1, 1, nn.HingeLoss()),
    "numbers": (*sine(), 1, nn.MSELoss()),
}


@pytest.mark.parametrize("name", PLANTS)
def test_other_codes_are_refused(name):
    X, y, outputs = PLANTS[name]
    (found,) = said(labels_coded_wrong, case(build(X, outputs), (X, y)))
    assert (found.code, found.proof) == ("labels_coded_wrong", "exact")


@pytest.mark.parametrize("name", PLANTS)
def test_it_is_the_only_finding(name):
    X, y, outputs = PLANTS[name]
    found = diagnosed(build(X, outputs), (X, y))
    assert [one.code for one in found.findings] == ["labels_coded_wrong"]


def test_words_are_no_numbers():
    names = np.array(["left", "right"])[Y2[:, 0].astype(int)]
    found = diagnosed(build(X2), (X2, names))
    assert [one.code for one in found.findings] == ["labels_coded_wrong"]


@pytest.mark.parametrize("name", TRAPS)
def test_legal_codes_are_left_in_peace(name):
    X, y, outputs, loss = TRAPS[name]
    assert said(labels_coded_wrong, case(build(X, outputs, loss=loss), (X, y))) == []


def strange(y, draw, kind):
    """The classes of y, numbers from 0 on, in a code that somebody drew: gaps, an offset, or words, in their order."""
    count = int(y.max()) + 1
    if kind == "offset":
        return y + int(draw.integers(1, 6)) * int(draw.choice([-1, 1]))
    steps = np.cumsum(draw.integers(3, 90, count))
    names = steps - int(draw.integers(200)) if kind == "gaps" else np.array([f"kind {step:04}" for step in steps])
    return names[y.astype(int)]


@pytest.mark.parametrize("kind", ["offset", "gaps", "words"])
@pytest.mark.parametrize("rows", [(X2, Y2, 1), (X3, Y3, 3)], ids=["moons", "wine"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_cure_trains_like_the_twin(rows, kind, seed):
    X, y, outputs = rows
    sick = strange(y, np.random.default_rng(seed), kind)
    make = build(X, outputs)
    (found,) = diagnosed(make, (X, sick), epochs=2).findings
    assert found.cure is not None
    cured = found.cure.data((X, sick))
    scope = {"np": np, "y": sick}
    exec(found.code_change, scope)  # noqa: S102 - what the report tells people to write
    assert np.array_equal(scope["y"], cured[1])
    ends = []
    for given in (cured, (X, y)):
        cr.manual_seed(seed)
        trainer = found.apply(make)()
        trainer.fit(given, epochs=20, progress=False)
        ends.append(trainer.evaluate((X, y))["loss"])
    assert ends[0] == ends[1]


def test_numbers_from_one_keep_their_gaps():
    labels = np.array([1, 2, 4, 4, 1, 2])
    change = recoded(labels, 4, (), whole=True)
    assert change.data((labels, labels))[1].tolist() == [0, 1, 3, 3, 0, 1]
    assert "4 → 3" in change.words("en")
    assert "4 → 3" in change.words("zh")


def test_rows_that_do_not_count_stay():
    labels = np.array([10, -100, 20, 20, 10, -100])
    change = recoded(labels, 2, (), whole=True, ignored=-100)
    assert change.data((labels, labels))[1].tolist() == [0, -100, 1, 1, 0, -100]


def test_labels_that_nobody_saw_are_refused():
    labels = np.array(["cat", "dog"] * 3)
    change = recoded(labels, 2, (), whole=True)
    with pytest.raises(cr.DataError, match="bird"):
        change.data((labels, np.array(["cat", "bird"])))


@pytest.mark.parametrize(("y", "outputs"), [
    (Y3, 2),  # too few outputs
    (np.where(np.arange(len(Y3)) == 7, 255, Y3), 4),  # one slip
    (np.where(Y3 == 0, 0.5, Y3), 2),
], ids=["too few outputs", "a slip", "too few outputs, of numbers"])
def test_what_no_code_can_cure_has_no_cure(y, outputs):
    (found,) = diagnosed(build(X3, outputs), (X3, y)).findings
    assert found.code == "labels_coded_wrong"
    assert found.cure is None
    assert found.code_change == ""


def test_three_kinds_are_no_yes_and_no():
    y = np.random.default_rng(3).integers(0, 3, Y2.shape)
    (found,) = diagnosed(build(X2), (X2, y)).findings
    assert found.cure is None
