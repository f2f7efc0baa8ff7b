"""The places where failures stop: groups of losses, and what they mean."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import chainrule as cr
from chainrule import nn
from chainrule.population.ends import SMALLEST, WIDTH, ends, groups
from chainrule.population.histogram import histogram, short
from chainrule.population.meanings import Meaning, signs
from chainrule.population.rows import answered, contradictory, sure_loss
from chainrule.train.feed import ArrayFeed
from chainrule.train.objective import Objective

NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=60)


def values(losses, **how):
    return [sorted(np.asarray(losses)[group].tolist()) for group in groups(losses, **how)]


@hypothesis.given(NUMBERS)
def test_every_loss_is_in_one_group(losses):
    found = groups(losses)
    assert sorted(place for group in found for place in group.tolist()) == list(range(len(losses)))
    assert all(len(group) for group in found)


@hypothesis.given(st.lists(st.floats(0, 2), min_size=2, max_size=60), st.randoms())
def test_groups_are_close_together_and_do_not_depend_on_the_order(losses, random):
    found = values(losses, scale=1.0)
    least = max(2, int(np.ceil(SMALLEST * len(losses))))
    close = [g for g in found if len(g) >= least and g[-1] - g[0] <= WIDTH * max(1.0, abs(g[0])) + 1e-12]
    loose = [g for g in found if g not in close]
    assert len(loose) <= 1  # those that nothing lies close to, or a single one
    shuffled = losses[:]
    random.shuffle(shuffled)
    assert values(shuffled, scale=1.0) == found


@hypothesis.given(st.integers(2, 30), st.integers(2, 30), st.floats(0.1, 5.0), st.integers(0, 10**6))
def test_two_places_far_apart_stay_apart(first, second, distance, seed):
    noise = np.random.Generator(np.random.Philox(seed)).uniform(0, 0.005, first + second)
    losses = np.concatenate([np.zeros(first), np.full(second, distance)]) + noise
    sides = [set((np.array(group) > distance / 2).tolist()) for group in values(losses, scale=1.0)]
    assert all(len(side) == 1 for side in sides)
    assert len(sides) == 2


@hypothesis.given(st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=2, max_size=50))
def test_equal_losses_are_one_group(losses):
    for value in set(losses):
        holders = [group for group in values(losses, scale=1.0) if value in group]
        assert len(holders) == 1


def test_a_few_strays_do_not_hide_the_places():
    losses = [0.3466] * 40 + [0.35] * 5 + [0.4774] * 20 + [0.1, 0.2, 0.6, np.nan, np.inf]
    found = values(losses, scale=np.log(2))
    assert [len(group) for group in found] == [45, 20, 2, 3]
    assert not np.isfinite(found[2]).any()
    assert found[3] == [0.1, 0.2, 0.6]


# --- meanings -------------------------------------------------------------------------------------------------------

X, Y = cr.data.xor()
LN2 = float(np.log(2))


def places(given, targets=Y, loss=None, losses=None, curves=None, best_constant=LN2, scale=LN2):
    """The ends of failures that answered `given` probabilities, (seeds, n, columns)."""
    p = np.asarray(given, dtype=np.float64)
    feed = ArrayFeed((np.arange(float(len(targets))).reshape(-1, 1),), np.asarray(targets, np.float64))
    rows = answered(p, feed, Objective(loss or nn.BCELoss(), nn.Linear(1, 1)))
    found = np.full(len(p), 0.3466) if losses is None else np.array(losses)
    told = np.repeat(found[:, None], 100, axis=1) if curves is None else np.array(curves)
    seen, falling = signs(found, told, rows, 0.0, best_constant)
    return ends(found, np.arange(len(p)), np.ones(len(p), bool), seen, falling, rows, p, scale)


def one(answers, **how):
    return places([np.reshape(answers, (-1, 1))] * 4, **how)[0]


ANSWERS = {
    "two of four rows answered 0.5": [0.0, 0.49, 0.99, 0.51],
    "three of four rows answered 0.67": [0.67, 0.66, 0.67, 0.01],
    "all four rows answered 0.5: no better than a constant": [0.5, 0.49, 0.5, 0.51],
    "one of four rows wrong": [0.9, 0.99, 0.98, 0.02],
    "all rows right, yet no success by this measure": [0.1, 0.9, 0.9, 0.1],
}


@pytest.mark.parametrize("words", ANSWERS)
def test_a_place_is_told_from_its_answers(words):
    end = one(ANSWERS[words])
    assert end.meaning == words
    assert (end.count, end.share, end.rate) == (4, 1.0, 1.0)
    np.testing.assert_array_equal(end.predictions[:, 0], ANSWERS[words])
    with cr.settings(lang="zh"):
        assert end.meaning != words


def test_mirrored_answers_are_one_place():
    p = [[[0.33], [0.34], [0.33], [0.0]]] * 3 + [[[0.66], [1.0], [0.67], [0.67]]] * 3
    (end,) = places(p, losses=[0.477] * 6)
    assert end.meaning == "three of four rows answered 0.33 or 0.67"
    assert end.seeds == (0, 1, 2, 3, 4, 5)


def test_places_of_one_loss_are_told_apart_by_their_answers():
    stuck, wrong = [[0.0], [0.5], [1.0], [0.5]], [[0.9], [1.0], [1.0], [0.0]]
    found = places([stuck] * 3 + [wrong] * 3, losses=[0.35] * 6)
    assert {end.meaning for end in found} == {
        "two of four rows answered 0.5", "one of four rows wrong"
    }


def test_what_still_falls_says_so():
    falling = [np.linspace(0.6, 0.35, 100)] * 4
    assert one(ANSWERS["two of four rows answered 0.5"], curves=falling).meaning.endswith(
        "0.5, still falling"
    )


def test_several_classes():
    targets = np.array([0, 1, 2])
    feed = ArrayFeed((np.eye(3),), targets)
    # Rows 1 and 2 are not told apart.
    logits = np.log(np.array([[0.98, 0.01, 0.01], [0.02, 0.49, 0.49], [0.02, 0.49, 0.49]]))
    rows = answered(np.stack([logits] * 3), feed, Objective(nn.CrossEntropyLoss(), nn.Linear(3, 3)))
    assert rows.one_of
    assert rows.right[0].tolist() == [True, True, False]
    seen, _ = signs(np.full(3, 0.5), np.full((3, 20), 0.5), rows, 0.0, np.log(3))
    assert seen[0][:3] == ("alike", 2, 3)
    assert str(Meaning("alike", 2, 3)) == "two of three rows not told apart"


def test_without_rows_the_yardsticks_speak():
    losses = np.array([1.0, 0.5, 3.0, np.nan])
    seen, _ = signs(losses, np.repeat(losses[:, None], 40, axis=1), None, 0.0, 1.0)
    assert [sign.code for sign in seen] == ["constant", "", "worse", "diverged"]
    words = [str(Meaning(sign.code)) for sign in seen]
    assert words == [
        "no better than the best constant", "standing still", "worse than the best constant",
        "diverged: the loss is no number any more",
    ]
    assert str(Meaning("", falling=True)) == "still learning when the epochs ended"
    assert str(Meaning("scattered")) == "scattered, no two alike"


def test_no_failures_no_places():
    nothing = ends(np.zeros(3), np.arange(3), np.zeros(3, bool), [], np.zeros(3, bool), None, None, 1.0)
    assert nothing == ()


# --- rows -----------------------------------------------------------------------------------------------------------


def fed(targets, inputs=None):
    targets = np.asarray(targets)
    return ArrayFeed((np.arange(float(len(targets))).reshape(-1, 1) if inputs is None else inputs,), targets)


@pytest.mark.parametrize(
    ("loss", "targets", "outputs", "right"),
    [
        (nn.BCEWithLogitsLoss(), [[0.0], [1.0]], [[-1.0], [2.0]], [True, True]),
        (nn.BCEWithLogitsLoss(), [[0.0], [1.0]], [[0.3], [0.3]], [False, True]),
        (nn.BCELoss(), [[0.0], [1.0]], [[0.4], [0.6]], [True, True]),
        (nn.MSELoss(), [[0.0], [1.0]], [[0.4], [0.4]], [True, False]),
        (nn.MSELoss(), [[-1.0], [1.0]], [[-0.1], [0.1]], [True, True]),
        (nn.HingeLoss(), [[-1.0], [1.0]], [[0.1], [0.1]], [False, True]),
        (nn.BCEWithLogitsLoss(), [[0.0, 1.0], [1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]], [True, False]),
        (nn.CrossEntropyLoss(), [0, 2], [[3.0, 1.0, 0.0], [0.0, 1.0, 0.5]], [True, False]),
        (nn.CrossEntropyLoss(), [[0.0, 1.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]], [True, False]),
    ],
)
def test_right_is_what_the_loss_means_by_it(loss, targets, outputs, right):
    rows = answered(np.asarray(outputs)[None], fed(targets), Objective(loss, nn.Linear(1, 1)))
    assert rows.right[0].tolist() == right


@pytest.mark.parametrize(
    ("loss", "targets", "outputs"),
    [
        (nn.MSELoss(), [[0.3], [1.0]], [[0.0], [0.0]]),
        (nn.BCEWithLogitsLoss(), [[0.85], [1.0]], [[0.0], [0.0]]),
        (nn.CrossEntropyLoss(), [[0.5, 0.5], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]),
        (nn.CrossEntropyLoss(), [-100, 1], [[0.0, 1.0], [0.0, 1.0]]),
        (nn.MSELoss(), [[1.0], [1.0]], [[0.0], [0.0]]),
    ],
)
def test_soft_targets_are_no_classes(loss, targets, outputs):
    assert answered(np.asarray(outputs)[None], fed(targets), Objective(loss, nn.Linear(1, 1))) is None


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (nn.BCEWithLogitsLoss(), Y), (nn.BCELoss(), Y), (nn.MSELoss(), Y), (nn.L1Loss(), Y),
        (nn.BCEWithLogitsLoss(reduction="sum"), Y), (nn.CrossEntropyLoss(), np.array([0, 1, 2, 1])),
        (nn.BCEWithLogitsLoss(), np.array([[0.0, 1.0], [1.0, 1.0]])), (nn.MSELoss(), 2 * Y - 1),
    ],
)
def test_below_the_sure_loss_every_row_is_right(loss, targets):
    feed = fed(np.asarray(targets))
    objective = Objective(loss, nn.Linear(1, 1))
    columns = 3 if objective.kind.targets == "classes" else np.shape(targets)[1]
    random = np.random.Generator(np.random.Philox(3))
    outputs = random.normal(0, 4, (4_000, len(targets), columns))
    if type(loss).__name__ == "BCELoss":
        outputs = random.uniform(0.001, 0.999, outputs.shape)
    if type(loss).__name__ in ("MSELoss", "L1Loss"):
        outputs = np.asarray(targets) + random.normal(0, 0.5, outputs.shape)
    rows = answered(outputs, feed, objective)
    level = sure_loss(rows, feed, objective, loss)
    losses = np.array([loss(cr.tensor(o), cr.tensor(targets)).item() for o in outputs[:400]])
    right = rows.right.all(axis=1)[:400]
    assert right[losses < level].all()
    assert (losses < level).any()
    wrong = ~right
    assert losses[wrong].min() < 6 * level  # and no needlessly small one


def test_no_sure_loss_where_rows_count_differently():
    rows = answered(np.zeros((1, 4, 1)), fed(Y), Objective(nn.BCEWithLogitsLoss(), nn.Linear(1, 1)))
    for loss in (nn.BCEWithLogitsLoss(pos_weight=[2.0]), nn.HuberLoss()):
        assert sure_loss(rows, fed(Y), Objective(loss, nn.Linear(1, 1)), loss) is None
    plain = nn.BCEWithLogitsLoss()
    weighted = ArrayFeed((X.astype(float),), Y, np.array([1.0, 2.0, 1.0, 1.0]))
    assert sure_loss(rows, weighted, Objective(plain, nn.Linear(1, 1)), plain) is None


def test_contradictions():
    assert contradictory(fed(Y, np.zeros((4, 2))))
    assert not contradictory(fed(np.ones((4, 1)), np.zeros((4, 2))))
    assert not contradictory(fed(Y, X))


# --- the histogram --------------------------------------------------------------------------------------------------


def test_the_histogram_counts_everybody():
    losses = np.array([0.0, 0.0, 0.5, 1.0, np.nan, np.inf])
    lines = histogram(losses, np.array([True, True, False, False, False, False]))
    assert len(lines) == 11
    assert sum(int(line.split()[1]) for line in lines[:10]) == 4
    assert lines[0].count("█") == 40
    assert lines[-1].startswith("no number  2")
    assert lines[-1].count("▒") == 40
    assert len(histogram(np.full(3, 0.7), np.ones(3, bool))) == 1
    assert len(histogram(np.full(3, np.nan), np.zeros(3, bool))) == 1


def test_a_few_far_above_have_a_line_of_their_own():
    losses = np.array([*np.linspace(0.1, 1.0, 95), 1e12, 1e30, 2e30, np.nan, np.nan])
    lines = histogram(losses, losses < 0.5)
    assert len(lines) == 12
    assert lines[-2].split()[:3] == ["far", "above", "3"]
    assert lines[-1].split()[:3] == ["no", "number", "2"]
    assert sum(int(line.split()[1]) for line in lines[:10]) == 95
    assert short(1e30) == "1.0e+30"
    assert short(0.34657) == "0.3466"


def test_counts_and_quantiles_are_no_classes():
    for loss in (nn.PoissonNLLLoss(), nn.QuantileLoss(0.5)):
        assert answered(np.zeros((1, 4, 1)), fed(Y), Objective(loss, nn.Linear(1, 1))) is None
