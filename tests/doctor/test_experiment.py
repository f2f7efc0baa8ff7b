"""What an experiment counts as a cure, and by which numbers; lotteries, pairs of cures, units of losses."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.case import PAIRS, Run
from chainrule.doctor.change import AS_IT_IS, Change
from chainrule.doctor.changes.layers import wider, without_last_activation
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.changes.scaling import standardised, targets_scaled
from chainrule.doctor.changes.together import together
from chainrule.doctor.changes.training import batches, longer
from chainrule.doctor.experiment import Experiment, compared, drawn_again, gain
from chainrule.doctor.finding import Finding
from chainrule.doctor.suspicion import Suspicion
from tests.doctor.plants import build, case, diagnosed, moons, sine

CHANGE = Change("none")


def experiment(gains, points=None, odds=None, stuck=0):
    gains = np.array(gains)
    points = None if points is None else np.array(points)
    return Experiment(CHANGE, np.ones(len(gains)), 1 - gains, gains, points, odds, stuck)


@pytest.mark.parametrize(("gains", "convincing"), [
    ([0.3, 0.4, 0.35, 0.3, 0.4], True),
    ([0.05, 0.06, 0.05, 0.05, 0.06], False),  # less than a tenth
    ([0.3, 0.4, 0.35, 0.3], False),  # four pairs
    ([0.9, 0.02, 0.5, 0.02, 0.1], False),  # five that differ wildly
    ([0.9, 0.02, 0.5, 0.02, 0.1, 0.4, 0.3, 0.02, 0.2, 0.7], True),  # ten of ten win
    ([0.9, -0.5, 0.5, 0.02, 0.1, 0.4, 0.3, 0.02, 0.2, -0.7], False),
    ([0.9, 0.0, 0.8, 0.0, 0.9, 0.0, 0.0, 0.9, 0.8, 0.0], True),  # where half are there without it, the mean
])
def test_what_pairs_prove(gains, convincing):
    assert experiment(gains).convincing == convincing


def test_a_mean_proves_nothing_where_seeds_stay_stuck():
    gains = [0.9, 0.0, 0.8, 0.0, 0.9, 0.0, 0.0, 0.9, 0.8, 0.0]
    assert experiment(gains, stuck=1).convincing
    assert not experiment(gains, stuck=2).convincing


def test_a_mean_counts_where_every_pair_wins_a_little_and_some_much():
    assert experiment([0.02, 0.23, 0.37, 0.03, 0.05, 0.04, 0.3, 0.02, 0.25, 0.03]).convincing


def test_small_gains_of_ten_seeds_count_where_answers_become_better():
    gains = [0.06, 0.05, 0.08, 0.06, 0.07, 0.05, 0.06, 0.09, 0.06, 0.05]
    assert not experiment(gains).convincing
    assert not experiment(gains, [0.01] * 10).convincing
    assert not experiment(gains, [np.nan] * 10).convincing
    assert experiment(gains, [0.06] * 10).convincing
    assert not experiment([*gains[:9], -0.01], [0.06] * 10).convincing


@pytest.mark.parametrize(("odds", "convincing"), [((82, 100), True), ((96, 99), False), ((90, 60), False)])
def test_a_lottery_is_judged_by_how_many_seeds_get_there(odds, convincing):
    assert experiment([0.0] * 100, odds=odds).convincing == convincing


def test_what_helps_unseen_rows_alone_tells_their_losses():
    asked = case(build(moons()[0]), moons(), epochs=2)
    ends = {AS_IT_IS.key: (0.001, 0.9), "slower": (0.01, 0.2), "less": (0.0005, 0.3)}

    def runs(seeds, change=AS_IT_IS):
        end, held = ends.get(change.key, ends.get(change.name))
        return [Run(seed, np.zeros(1), end, held, 0.1) for seed in seeds]

    asked.runs = runs
    slower, less = (compared(asked, Change(name), range(PAIRS)) for name in ("slower", "less"))
    assert slower.unseen
    assert (slower.before[0], slower.after[0]) == (0.9, 0.2)
    assert not less.unseen
    assert (less.before[0], less.after[0]) == (0.001, 0.0005)
    lower = learning_rate(0.1, 1.0)
    found = Suspicion("learning_rate_too_high", "rerun", (), values=lower.values)
    told = str(Finding(found.code, "fault", found, replace(slower, change=lower)))
    assert "median loss on unseen rows 0.9000 → 0.2000" in told


def test_unseen_rows_alone_count_where_the_others_are_learnt_either_way():
    asked = case(build(moons()[0]), moons(), epochs=2)
    run = Run(0, np.zeros(1), asked.floor + 0.01 * asked.scale, asked.floor + 1.5 * asked.scale, 0.4)
    other = Run(0, np.zeros(1), run.end, asked.floor + 0.5 * asked.scale, 0.1)
    assert gain(asked, run, other) == pytest.approx(1.0)
    near = Run(0, np.zeros(1), run.end, run.held - 0.1 * asked.scale, 0.4)
    assert gain(asked, run, near) == pytest.approx(0.0)
    worse = Run(0, np.zeros(1), run.end + 0.1 * asked.scale, other.held, 0.1)
    assert gain(asked, run, worse) < 0


@pytest.mark.parametrize("scale", [0.003, 7.0, 900.0])
def test_losses_with_scaled_targets_are_told_in_the_units_of_the_targets(scale):
    X, y = sine()
    y = scale * y + 3 * scale
    asked = case(build(X, loss=nn.MSELoss()), (X, y), epochs=20)
    change = targets_scaled(np.asarray(asked.rows[1], dtype=np.float64), sums_squares=True)
    (run,) = asked.runs(range(1), change)
    cured = asked.trainer(0, change)
    cured.fit(asked.rows, epochs=asked.epochs, batch_size=32, progress=False)
    X_judged, y_judged = asked.judged
    wrong = float(((np.asarray(cured.predict(X_judged)) - y_judged) ** 2).mean())
    assert run.held == pytest.approx(wrong, rel=1e-3)
    X_learnt, y_learnt = asked.rows
    assert run.end == pytest.approx(float(((np.asarray(cured.predict(X_learnt)) - y_learnt) ** 2).mean()), rel=1e-3)
    after = asked.after(change)
    assert after.runs(range(1))[0].held == run.held
    assert after.runs(range(1, 2))[0].held == pytest.approx(asked.runs(range(1, 2), change)[0].held)


@pytest.mark.parametrize(("rows", "size"), [(240, 32), (172, 64), (400, 16), (60, 60), (45, 8)])
def test_rows_kept_apart_leave_as_many_updates_and_no_stub_of_a_batch(rows, size):
    X, y = moons(rows)
    asked = case(build(X), (X, y), epochs=50, batch_size=size)
    assert len(asked.rows[1]) + len(asked.judged[1]) == rows
    steps = -(-len(asked.rows[1]) // min(size, len(asked.rows[1]))) * asked.epochs
    assert steps == pytest.approx(50 * -(-rows // size), rel=0.04)
    last = len(asked.rows[1]) % size
    assert last == 0 or last > 0.1 * min(size, len(asked.rows[1]))
    given = case(build(X), (X, y), validation=moons(50, seed=1), epochs=50, batch_size=size)
    assert given.epochs == 50


@pytest.mark.parametrize("factor", [0.1, 1.0, 20.0])
def test_a_wider_network_begins_as_the_narrow_one_does(factor):
    def make():
        model = nn.MLP([6, 32, 32, 1], activation="tanh")
        with cr.no_grad():
            for parameter in model.parameters():
                parameter.mul_(factor)
        return cr.Trainer(model, nn.MSELoss(), optim.Adam(model.parameters(), lr=0.01))

    X = np.random.default_rng(0).normal(size=(80, 6))
    asked = case(make, (X, X[:, :1]), epochs=1)
    narrow, wide = (dict(asked.trainer(0, change).model.named_parameters()) for change in (AS_IT_IS, wider(4)))
    assert [tuple(p.shape) for p in wide.values() if p.ndim == 2] == [(128, 6), (128, 128), (1, 128)]
    for name, parameter in narrow.items():
        if parameter.ndim == 2:
            shrunk = 1.0 if parameter.shape[1] == 6 else 0.5
            found = wide[name].numpy().std() / parameter.numpy().std()
            assert found == pytest.approx(shrunk, rel=0.25), name


def clipped_at_zero():
    model = nn.Sequential(nn.MLP([2, 16, 3], activation="leaky_relu"), nn.ReLU())
    return cr.Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.04, momentum=0.9))


def three_clouds():
    X, y = cr.data.blobs(240, centers=3, seed=1)
    X = np.asarray(X)
    return (X - X.mean(axis=0)) / X.std(axis=0), np.asarray(y)


def test_an_end_that_loses_seeds_is_named_before_the_lottery():
    found = diagnosed(clipped_at_zero, three_clouds(), epochs=40)
    first = found.findings[0]
    assert first.code == "output_activation"
    assert "seed_lottery" in [other.code for other in first.behind]


def test_seeds_are_drawn_again_and_counted():
    asked = case(clipped_at_zero, three_clouds(), epochs=40)
    before = [run.end < asked.stuck for run in asked.runs(range(40))]
    cure = without_last_activation()
    found = drawn_again(asked, cure)
    after = [run.end < asked.stuck for run in asked.runs(range(40), cure)]
    assert found.odds == (sum(before), sum(after))
    assert 0 < sum(before) < 36
    assert sum(after) == 40
    assert found.convincing
    told = Finding("output_activation", "fault", Suspicion("output_activation", "rerun", ()), found, lang="en").proof
    assert f"of 40 seeds {sum(before)} get there without it, 40 with it" in told
    assert not drawn_again(asked, Change("same")).convincing


def test_two_changes_at_once_are_one_after_the_other():
    X, y = moons()
    both = together(batches(64), longer(3.0))
    assert (both.batch_size, both.epochs, both.data, both.comparable) == (64, 3.0, None, True)
    assert both.words("en") == "batches of 64 rows, and 3 times as many epochs"
    assert both.code("en").splitlines() == [batches(64).code("en"), longer(3.0).code("en")]
    assert both.key != together(longer(3.0), batches(64)).key
    asked = case(build(X), (X, y), epochs=4)
    one = asked.runs(range(1), together(standardised(X), batches(16)))[0]
    after = asked.after(standardised(X)).after(batches(16)).runs(range(1))[0]
    assert one.end == pytest.approx(after.end)


def test_two_faults_that_hide_each_other_are_named_together():
    X = np.random.default_rng(0).normal(size=(300, 4))
    y = np.sin(1.5 * X[:, :1]) + 0.5 * X[:, 1:2] ** 2
    X = X + np.array([6.0, -7.0, 8.0, 5.0])

    def make():
        model = nn.Sequential(
            nn.Linear(4, 24, bias=False), nn.Tanh(), nn.Linear(24, 24, bias=False), nn.Tanh(),
            nn.Linear(24, 1, bias=False),
        )
        return cr.Trainer(model, nn.MSELoss(), optim.Adam(model.parameters(), lr=0.004))

    found = diagnosed(make, (X, y), epochs=60)
    named = [one.code for finding in found.findings for one in (finding, *finding.behind)]
    assert {"features_unscaled", "missing_bias"} <= set(named)
    cured = found.apply(make)()
    cured.fit((X, y), epochs=60, progress=False)
    assert cured.evaluate((X, y))["loss"] < 0.1 * y.var()

