"""`cr.odds`: seed by seed what an ordinary Trainer does, and what is said of all of them."""

import json
import signal
from functools import partial
from itertools import count

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.errors import ArgumentError, ChainruleError, DataError, DtypeError, StateError
from chainrule.population.training import POINTS, kept_epochs, thinned, train_all

X, Y = cr.data.xor()


def build(hidden=2, lr=0.1, dropout=0.0):
    model = nn.MLP([2, hidden, 1], activation="tanh", init="lecun_normal", dropout=dropout)
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=lr))


def short(**how):
    return cr.odds(how.pop("build", build), (X, Y), **{"epochs": 60, "batch_size": 4, "seeds": 8, **how})


@pytest.fixture(scope="module")
def found():
    return cr.odds(build, (X, Y), epochs=300, batch_size=4, seeds=30)


def by_hand(make, seed, data, epochs, batch_size):
    cr.manual_seed(seed)
    trainer = make()
    trainer.seed = seed
    history = trainer.fit(data, epochs=epochs, batch_size=batch_size, progress=False)
    return trainer, history


def weights(trainer):
    return [p.numpy().tobytes() for p in trainer.model.parameters()]


# --- exactly the ordinary Trainer -----------------------------------------------------------------------------------


def classifier():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))
    return cr.Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1, momentum=0.9), ["accuracy"])


def regression():
    model = nn.MLP([4, 6, 1])
    return cr.Trainer(model, nn.MSELoss(), schedule=optim.schedules.cosine(0.01, steps=60), clip_norm=1.0)


def weighted():
    model = nn.MLP([4, 5, 3])
    return cr.Trainer(model, nn.CrossEntropyLoss(), class_weight="balanced", dtype="float64")


IRIS = cr.data.iris()
CASES = {
    "whole batch": (build, (X, Y), 4),
    "noise and order": (partial(build, 4, dropout=0.2), (X, Y), 2),
    "batch norm, momentum": (classifier, (IRIS.X[::3], IRIS.y[::3]), 8),
    "schedule, clipping": (regression, (IRIS.X[::3], 2 * IRIS.X[::3, :1]), 16),
    "class weights": (weighted, (IRIS.X[:130:3], IRIS.y[:130:3]), 16),
    "row weights": (classifier, (IRIS.X[::3], IRIS.y[::3], np.arange(50) % 3), 16),
    "a loader": (classifier, cr.data.DataLoader(cr.data.TensorDataset(IRIS.X[::3], IRIS.y[::3]), 8, True, seed=3), 8),
}


@pytest.mark.parametrize("name", CASES)
def test_every_seed_is_the_ordinary_trainer_to_the_byte(name):
    make, data, size = CASES[name]
    odds = cr.odds(make, data, epochs=5, batch_size=size, seeds=(3, 0, 11))
    assert odds.seeds.tolist() == [3, 0, 11]
    for place, seed in enumerate(odds.seeds):
        trainer, history = by_hand(make, int(seed), data, 5, size)
        assert odds.losses[place] == trainer.evaluate(data)["loss"]
        again = odds.retrain(int(seed))
        assert weights(again) == weights(trainer)
        assert again.history["loss"] == history["loss"]
        assert (again.seed, again.epoch, again.step) == (trainer.seed, trainer.epoch, trainer.step)
        if odds.predictions is not None and name != "row weights":
            given = trainer.predict(data[0])
            shown = trainer.objective.probabilities(given) if trainer.objective.kind.probable else given
            np.testing.assert_array_equal(odds.predictions[place], shown)


def test_curves_are_the_histories():
    trainers = []
    for seed in range(3):
        cr.manual_seed(seed)
        trainers.append(build())
        trainers[-1].seed = seed
    curves = train_all(trainers, (X, Y), 7, 4)
    for place in range(3):
        trainer, history = by_hand(build, place, (X, Y), 7, 4)
        assert curves.losses[place].tolist() == history["loss"]
        assert trainers[place].history["loss"] == history["loss"]
        assert curves.ends[place] == trainer.evaluate((X, Y))["loss"]
        np.testing.assert_array_equal(curves.outputs[place], trainer.predict(X))
        assert trainers[place].fit((X, Y), epochs=2)["loss"] == trainer.fit((X, Y), epochs=2)["loss"]


def test_of_many_epochs_some_are_kept_the_first_and_the_last_among_them():
    assert kept_epochs(5).tolist() == [0, 1, 2, 3, 4]
    kept = kept_epochs(20_000)
    assert (kept[0], kept[-1], len(kept)) == (0, 19_999, POINTS)
    assert len(set(np.diff(kept).tolist())) <= 2
    trainer, history = by_hand(build, 0, (X, Y), 600, 4)
    cr.manual_seed(0)
    other = build()
    other.seed = 0
    curves = train_all([other], (X, Y), 600, 4)
    assert curves.losses[0].tolist() == [history["loss"][epoch] for epoch in kept_epochs(600)]
    assert other.history.epoch[-1] == 599
    assert other.history.best_epoch == history.best_epoch
    assert other.history.best == history.best
    assert weights(other) == weights(trainer)


@pytest.mark.parametrize("watched", [None, ("accuracy", "max"), ("loss", "min"), ("other", "min")])
def test_a_shorter_history_has_the_same_best(watched):
    random = np.random.Generator(np.random.Philox(1)).integers(0, 50, (2, 2_000)) / 50
    history = cr.History({"loss": random[0].tolist(), "accuracy": random[1].tolist()}, list(range(5, 2_005)))
    history["loss"][3] = float("nan")
    if watched is not None:
        history.watch(*watched)
    short = thinned(history, kept_epochs(2_000))
    assert short.best_epoch == history.best_epoch
    assert short.best == history.best
    assert POINTS <= len(short) <= POINTS + 1
    history.watch("loss", "min", best_epoch=1_008)
    assert thinned(history, kept_epochs(2_000)).best_epoch == 1_008


def test_the_global_stream_stays_where_it_was():
    cr.manual_seed(5)
    first = cr.rand(3).tolist()
    cr.manual_seed(5)
    short(seeds=2, epochs=2)
    assert cr.rand(3).tolist() == first


def test_a_thousand_networks_are_built_in_three_tenths_of_a_second():
    from time import process_time

    from chainrule.population.building import Builder

    builder = Builder(build, {})
    times = []
    for _ in range(3):
        begun = process_time()
        for seed in range(200):
            builder(seed)
        times.append((process_time() - begun) / 200)
    assert min(times) < 0.6e-3  # 0.2 ms on a quiet machine


# --- what is said of them -------------------------------------------------------------------------------------------


@pytest.mark.article("S0-07")
def test_two_hidden_units_learn_xor_about_every_second_time_and_the_rest_stops_at_one_place(found):
    assert found.losses.shape == found.successes.shape == (30,)
    assert found.rate == found.successes.mean()
    assert found.interval == cr.metrics.wilson_interval(int(found.successes.sum()), 30)
    assert 0.3 < found.rate < 0.8
    place = found.ends[0]
    assert abs(place.loss - np.log(2) / 2) < 0.01
    assert place.meaning == "two of four rows answered 0.5"
    assert place.share == place.count / (30 - found.successes.sum())
    assert place.rate == place.count / 30
    assert set(place.seeds) <= set(np.flatnonzero(~found.successes).tolist())
    assert place.predictions.shape == (4, 1)
    assert sorted(np.abs(place.predictions - Y)[:, 0].round(1).tolist()) == [0.0, 0.0, 0.5, 0.5]
    assert sum(end.count for end in found.ends) == 30 - found.successes.sum()
    low, middle, high = found.epochs_to_success
    assert 5 < low <= middle <= high < 300
    assert np.isnan(found.needed[~found.successes]).all()
    assert found.floor == pytest.approx(0.0, abs=1e-9)
    assert found.best_constant == pytest.approx(np.log(2))


def test_success_by_rows_is_what_the_classes_say(found):
    for seed in range(0, 30, 7):
        trainer = found.retrain(seed)
        assert found.successes[seed] == (trainer.predict_classes(X) == Y).all()


def test_epochs_needed_are_those_until_every_row_is_surely_right(found):
    place = int(np.flatnonzero(found.successes)[0])
    history = found.retrain(place).history["loss"]
    assert found.rule.level == pytest.approx(np.log(2) / 4)
    assert found.needed[place] == next(epoch for epoch, loss in enumerate(history) if loss <= np.log(2) / 4)


def test_quartiles_of_the_curves(found):
    curves = np.array([found.retrain(seed).history["loss"] for seed in range(5)])
    few = cr.odds(build, (X, Y), epochs=300, batch_size=4, seeds=5)
    np.testing.assert_array_equal(few.curves, np.sort(curves, axis=0)[[1, 2, 3]])
    assert few.curve_epochs.tolist() == list(range(300))


def test_the_words(found):
    text = str(found)
    assert f"{found.rate:.1%}" in text
    assert "two of four rows answered 0.5" in text
    assert "▒" in text
    assert "█" in text
    assert "every training row right" in text
    assert repr(found) == f"Odds(rate={found.rate:.4g}, seeds=30)"
    with cr.settings(lang="zh"):
        text = str(found)
        assert "四行中有两行都答 0.5" in text
        assert "成功" in text
        assert "rows" not in text


def test_plain_data(found):
    about = json.loads(found.to_json())
    assert about["rate"] == found.rate
    assert about["losses"] == found.losses.tolist()
    assert about["ends"][0]["code"] == "alike"
    assert about["ends"][0]["seeds"] == list(found.ends[0].seeds)
    assert None in about["needed"]


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # the schedule ends early
def test_many_rows_are_judged_by_the_way_to_the_floor():
    data = IRIS.X, IRIS.X[:, :1] * 2
    odds = cr.odds(regression, data, epochs=30, batch_size=32, seeds=6)
    assert odds.rule.code == "floor"
    assert odds.rule.level == pytest.approx(0.1 * odds.best_constant)
    assert odds.successes.tolist() == (odds.losses <= odds.rule.level).tolist()
    assert "a tenth of the way" in str(odds)


def test_without_a_floor_by_the_way_to_the_best_seed():
    def own(outputs, targets):
        return ((outputs - targets) ** 4).mean()

    def make():
        model = nn.MLP([2, 2, 1])
        return cr.Trainer(model, own, optim.Adam(model.parameters(), lr=0.05))

    odds = cr.odds(make, (X, X[:, :1] * 3), epochs=60, batch_size=4, seeds=8)
    assert (odds.floor, odds.best_constant, odds.rule.code) == (None, None, "best")
    assert odds.losses.min() <= odds.rule.level
    assert odds.successes[odds.losses.argmin()]
    assert not odds.successes.all()


def test_rows_that_contradict_each_other_cannot_all_be_right():
    odds = cr.odds(build, (np.zeros((4, 2)), Y), epochs=20, batch_size=4, seeds=3)
    assert odds.rule.code == "floor"
    assert odds.ends[0].meaning.startswith("all four rows answered 0.5")


def test_success_as_a_number_and_as_a_function():
    by_number = short(success=0.3)
    assert by_number.successes.tolist() == (by_number.losses <= 0.3).tolist()
    seen = []

    def even(trainer):
        seen.append(trainer.seed)
        assert trainer.epoch == 60
        return trainer.seed % 2 == 0

    by_function = short(success=even)
    assert by_function.successes.tolist() == [True, False] * 4
    assert seen == list(range(8))
    assert by_function.epochs_to_success is None
    assert np.isnan(by_function.needed).all()


def test_an_early_stop_is_an_end():
    def make():
        trainer = build()
        trainer.callbacks.append(cr.train.EarlyStopping(monitor="loss", patience=1, min_delta=10.0))
        return trainer

    odds = short(build=make, seeds=3)
    assert (odds.curves[:, 5:] == odds.curves[:, 5:6]).all()


def test_a_network_that_answers_something_else_than_rows():
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = nn.Linear(2, 1)

        def forward(self, x):
            z = self.inside(x)
            return z, z

    def make():
        model = Pair()
        return cr.Trainer(model, lambda pair, y: ((pair[0] - y) ** 2).mean(), optim.SGD(model.parameters(), lr=0.1))

    odds = cr.odds(make, (X, Y), epochs=5, batch_size=4, seeds=2)
    assert odds.predictions is None
    assert odds.rule.code == "best"


def test_divergence_is_a_place():
    def make():
        model = nn.MLP([4, 8, 1])
        return cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=1e6))

    odds = cr.odds(make, (IRIS.X, 2 * IRIS.X[:, :1]), epochs=30, batch_size=16, seeds=3)
    assert odds.rate == 0.0
    assert odds.ends[0].meaning == "diverged: the loss is no number any more"
    assert np.isnan(odds.ends[0].loss) or np.isinf(odds.ends[0].loss)
    assert "no number" in str(odds)
    assert json.loads(odds.to_json())["losses"] == [None] * 3


def test_blocks_change_nothing(monkeypatch):
    whole = short(seeds=5)
    monkeypatch.setattr("chainrule.population.blocks.AT_ONCE", 80)
    parts = short(seeds=5)
    np.testing.assert_array_equal(whole.losses, parts.losses)
    np.testing.assert_array_equal(whole.predictions, parts.predictions)
    np.testing.assert_array_equal(whole.curves, parts.curves)


# --- the seed goes where it is wanted -------------------------------------------------------------------------------


def test_build_may_take_the_seed():
    given = []

    def by_place(number):
        given.append(number)
        return build()

    def by_name(*, hidden=2, seed=None):
        given.append(seed)
        return build(hidden)

    plain = short(seeds=3)
    for make in (by_place, by_name):
        given.clear()
        assert short(build=make, seeds=3).losses.tolist() == plain.losses.tolist()
        assert given == [0, 1, 2]


def test_a_method_and_a_partial_build(found):
    class Maker:
        def make(self):
            return build()

    assert short(build=Maker().make, seeds=2).losses.tolist() == short(build=partial(build, 2), seeds=2).losses.tolist()


# --- settings -------------------------------------------------------------------------------------------------------


def test_a_sweep_is_the_odds_of_each_combination():
    sweep = short(seeds=4, vary={"lr": [0.1, 0.01], "hidden": [2, 4], "weight_decay": (0.0,)})
    assert [dict(settings) for settings, _ in sweep] == [
        {"lr": lr, "hidden": hidden, "weight_decay": 0.0} for lr in (0.1, 0.01) for hidden in (2, 4)
    ]
    assert len(sweep) == 4
    alone = short(build=lambda: build(hidden=4, lr=0.01), seeds=4)
    np.testing.assert_array_equal(sweep[3].losses, alone.losses)
    trainer = sweep[3].retrain(2)
    assert trainer.optimizer.param_groups[0]["lr"] == 0.01
    assert trainer.evaluate((X, Y))["loss"] == alone.losses[2]
    rates = [odds.rate for odds in sweep.odds]
    assert rates[sweep.best] == max(rates)
    text = str(sweep)
    assert "hidden" in text.splitlines()[0]
    assert len(text.splitlines()) > 6
    assert json.loads(sweep.to_json())["sweep"][1]["settings"] == {"lr": 0.1, "hidden": 4, "weight_decay": 0.0}
    with cr.settings(lang="zh"):
        assert "成功率" in str(sweep)


def test_settings_of_the_groups_reach_every_group():
    def make():
        model = nn.MLP([2, 3, 1])
        groups = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.2}]
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(groups, lr=0.1))

    sweep = cr.odds(make, (X, Y), epochs=2, batch_size=4, seeds=2, vary={"lr": [0.01], "momentum": [0.5]})
    groups = sweep[0].retrain(0).optimizer.param_groups
    assert [group["lr"] for group in groups] == [0.01, 0.02]  # the ratio between them is kept
    assert [group["momentum"] for group in groups] == [0.5, 0.5]


# --- progress and Ctrl-C --------------------------------------------------------------------------------------------


def test_progress_as_lines(capsys, monkeypatch):
    short(seeds=10, epochs=2, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("seed 10/10")
    assert "seeds/s" in lines[-1]
    assert len(lines) <= 20
    short(seeds=3, epochs=2, progress=False)
    assert capsys.readouterr().err == ""


def test_progress_in_a_terminal(monkeypatch):
    from io import StringIO

    from chainrule.train.progress.terminal import Terminal

    file = StringIO()
    monkeypatch.setattr("chainrule.population.display.choose", lambda asked: Terminal(file))
    short(seeds=4, epochs=2)
    assert "seed 4/4" in file.getvalue()


def interrupted_at(seed, stage):
    """A build whose training, or whose building, is interrupted at a seed."""

    def make():
        trainer = build()
        calls.append(None)
        if len(calls) == seed + 1 and stage == "build":
            raise KeyboardInterrupt
        if stage == "fit":
            trainer.callbacks.append(cr.train.LambdaCallback(on_epoch_end=press))
        return trainer

    def press(trainer):
        if trainer.seed == seed and trainer.epoch == 1:
            signal.raise_signal(signal.SIGINT)

    calls = []
    return make


def test_ctrl_c_within_a_fit_keeps_the_seeds_that_are_done(capsys):
    odds = short(build=interrupted_at(5, "fit"), progress=True)
    assert odds.interrupted
    assert (odds.asked, len(odds.losses), odds.seeds.tolist()) == (8, 5, [0, 1, 2, 3, 4])
    assert odds.losses.tolist() == short(seeds=5).losses.tolist()
    assert "5 of 8 seeds" in str(odds)
    assert "interrupted" in capsys.readouterr().err


def test_ctrl_c_between_fits_and_while_building(monkeypatch):
    monkeypatch.setattr("chainrule.population.blocks.AT_ONCE", 4 * 9 * 2)  # two at a time
    odds = short(build=interrupted_at(5, "build"))
    assert odds.interrupted
    assert odds.seeds.tolist() == [0, 1, 2, 3]

    def judge(trainer):
        if trainer.seed == 3:
            raise KeyboardInterrupt
        return True

    assert short(success=judge).seeds.tolist() == [0, 1]


def test_ctrl_c_before_the_first_seed_is_done():
    with pytest.raises(KeyboardInterrupt):
        short(build=interrupted_at(0, "fit"))


def test_ctrl_c_in_a_sweep_keeps_what_is_done():
    sweep = short(build=interrupted_at(1, "fit"), vary={"lr": [0.1, 0.01]})
    assert sweep.interrupted
    assert [len(odds.losses) for odds in sweep.odds] == [1]
    assert "Ctrl-C" in str(sweep)


# --- refusals -------------------------------------------------------------------------------------------------------

MODEL = nn.MLP([2, 2, 1])
TRAINER = build()


def seeded():
    cr.manual_seed(0)
    return build()


def same_model():
    return cr.Trainer(MODEL, nn.BCEWithLogitsLoss())


def same_optimizer():
    trainer = build()
    trainer.optimizer = TRAINER.optimizer
    return trainer


def fitted():
    trainer = build()
    trainer.fit((X, Y), epochs=1)
    return trainer


def scheduled():
    model = nn.MLP([2, 2, 1])
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), schedule=optim.schedules.cosine(0.1, steps=10))


REFUSED = {
    "no function": (DtypeError, "without parentheses", {"build": TRAINER}),
    "no Trainer": (DtypeError, "MLP", {"build": lambda: nn.MLP([2, 1])}),
    "the same Trainer": (StateError, "same Trainer", {"build": lambda: TRAINER}),
    "the same network": (StateError, "same network", {"build": same_model}),
    "the same optimizer": (StateError, "same optimizer", {"build": same_optimizer}),
    "a trained one": (StateError, "1 epochs, 1 steps", {"build": fitted}),
    "seeds itself": (StateError, "seeds 0 and 1", {"build": seeded}),
    "open arguments": (ArgumentError, "width, depth", {"build": lambda width, depth: build()}),
    "no seeds": (ArgumentError, "0", {"seeds": 0}),
    "no seed in a list": (ArgumentError, "at least one", {"seeds": []}),
    "seeds as words": (ArgumentError, "'ten'", {"seeds": "ten"}),
    "a seed below 0": (ArgumentError, "-1", {"seeds": [3, -1]}),
    "a seed twice": (ArgumentError, "seed 3 twice", {"seeds": [3, 4, 3]}),
    "half a seed": (ArgumentError, "1.5", {"seeds": [1.5]}),
    "no epochs": (ArgumentError, "0", {"epochs": 0}),
    "no batch": (ArgumentError, "0", {"batch_size": 0}),
    "success as words": (ArgumentError, "'high'", {"success": "high"}),
    "success NaN": (ArgumentError, "nan", {"success": float("nan")}),
    "a success of numbers": (ArgumentError, "True or False", {"success": lambda trainer: 0.3}),
    "vary nothing": (ArgumentError, "names with their values", {"vary": {}}),
    "vary a list": (ArgumentError, "names with their values", {"vary": ["lr"]}),
    "vary without values": (ArgumentError, "a list of values for lr", {"vary": {"lr": []}}),
    "vary one value": (ArgumentError, "a list of values for lr", {"vary": {"lr": 0.1}}),
    "vary an unknown name": (ArgumentError, "weight_decay", {"vary": {"speed": [1]}}),
    "vary out of range": (ArgumentError, "-1", {"vary": {"weight_decay": [-1.0]}}),
    "vary a scheduled rate": (ArgumentError, "schedule", {"build": scheduled, "vary": {"lr": [0.1]}}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    kind, words, how = REFUSED[name]
    with pytest.raises(kind) as refusal:
        short(**{"epochs": 1, "seeds": 2, **how})
    text = str(refusal.value)
    assert words in text
    assert len(text.splitlines()) >= 4
    assert refusal.value.where.startswith("odds")
    with cr.settings(lang="zh"):
        assert str(refusal.value) != text


def test_data_are_looked_at_before_anything_is_trained():
    with pytest.raises(DataError) as refusal:
        cr.odds(build, (np.zeros((0, 2)), np.zeros((0, 1))), epochs=1, seeds=2)
    assert refusal.value.where.startswith("odds, argument data")
    with pytest.raises(DtypeError, match="read only once"):
        cr.odds(build, iter([(X, Y)]), epochs=1, seeds=2)
    with pytest.raises(ChainruleError):
        cr.odds(build, (X[:, :1], Y), epochs=1, seeds=2)


def test_an_error_tells_the_seed():
    seeds = count()

    def make():
        trainer = build()
        if next(seeds) == 2:
            trainer.callbacks.append(cr.train.LambdaCallback(on_epoch_end=lambda trainer: 1 / 0))
        return trainer

    with pytest.raises(ChainruleError) as error:
        short(build=make, seeds=4)
    assert any("seed 2" in note for note in error.value.__notes__)


def test_comparing_wants_odds(found):
    with pytest.raises(DtypeError, match="another odds call"):
        found.compare(0.5)
    with pytest.raises(ArgumentError):
        found.retrain(-1)
