"""From a configuration to what is wrong with it: one cause, its proof and its cure; and nothing where nothing is."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.case import Case
from chainrule.doctor.change import AS_IT_IS
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.changes.training import batches, longer
from chainrule.errors import ChainruleError, DtypeError, ShapeError

MOONS = cr.data.moons(200, noise=0.15, seed=0)
LONG = 60.0  # seconds that no experiment here needs: how busy the machine is must not decide


def trainer(sizes=(2, 16, 1), rate=0.05, activation="relu", ending=None, loss=None, **settings):
    model = nn.MLP(list(sizes), activation=activation)
    if ending is not None:
        model = nn.Sequential(model, ending)
    return cr.Trainer(
        model, loss=nn.BCEWithLogitsLoss() if loss is None else loss,
        optimizer=optim.Adam(model.parameters(), lr=rate), **settings,
    )


def diagnosed(build, data=MOONS, epochs=40, batch_size=32, **how):
    return cr.doctor.diagnose(build, data, epochs=epochs, batch_size=batch_size, **{"budget": LONG, **how})


def test_nothing_is_said_of_a_training_that_goes_well():
    found = diagnosed(trainer)
    assert found.healthy
    assert found.findings == ()
    assert found.loss is not None
    assert found.best_constant is not None
    assert found.floor <= found.loss < 0.2 * found.best_constant
    assert str(found).startswith("Nothing is wrong.")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_noise_leaves_open_is_not_called_learnt(lang):
    X = np.random.default_rng(0).normal(size=(300, 3))
    y = X[:, :1] + 2.0 * np.random.default_rng(1).normal(size=(300, 1))
    found = diagnosed(lambda: trainer((3, 4, 1), 0.01, loss=nn.MSELoss()), (X, (y - y.mean()) / y.std()), 15, lang=lang)
    assert found.healthy
    share = (found.loss - found.floor) / (found.best_constant - found.floor)
    assert 0.5 < share < 1
    assert f"{share:.0%}" in found.far_off
    assert found.far_off in str(found)
    assert found.far_off in found._page(whole=True)
    assert diagnosed(trainer).far_off == ""


def test_a_rate_far_too_high_is_named_tried_and_cured():
    found = diagnosed(lambda: trainer(rate=3.0))
    first = found.findings[0]
    assert (first.code, first.level) == ("learning_rate_too_high", "fault")
    assert first.experiment is not None
    assert first.experiment.wins == first.experiment.pairs == 5
    assert first.experiment.after.max() < first.experiment.before.min()
    cured = found.apply(lambda: trainer(rate=3.0))()
    assert cured.optimizer.param_groups[0]["lr"] == first.experiment.change.values["rate"] < 1.0
    cured.fit(MOONS, epochs=40, progress=False)
    assert cured.evaluate(MOONS)["loss"] < 0.15


def test_the_same_question_gets_the_same_answer():
    first, second = (diagnosed(lambda: trainer(rate=3.0)) for _ in range(2))
    assert first.trainings == second.trainings
    assert [f.code for f in first.findings] == [f.code for f in second.findings]
    for one, other in zip(first.findings, second.findings, strict=True):
        assert np.array_equal(one.experiment.before, other.experiment.before)
        assert np.array_equal(one.experiment.after, other.experiment.after)


def test_two_faults_are_peeled_one_behind_the_other():
    X, y = MOONS
    wild = X * np.array([1.0, 300.0]) + np.array([0.0, 2_000.0])
    found = diagnosed(lambda: trainer(rate=1e-6), (wild, y))
    assert {f.code for f in found.findings} == {"features_unscaled", "learning_rate_too_low"}
    cured = found.apply(lambda: trainer(rate=1e-6))()
    cured.fit((wild, y), epochs=40, progress=False)
    assert cured.evaluate((wild, y))["loss"] < 0.25


def test_an_exact_fault_does_not_hide_the_one_beside_it():
    def build():
        return trainer(rate=1e-6, ending=nn.Sigmoid())

    codes = [f.code for f in diagnosed(build).findings]
    assert codes[0] == "activation_twice"
    assert "learning_rate_too_low" in codes


def test_one_fault_is_not_made_two():
    assert [f.code for f in diagnosed(lambda: trainer(rate=3.0)).findings] == ["learning_rate_too_high"]
    assert [f.code for f in diagnosed(lambda: trainer(rate=1e-6)).findings] == ["learning_rate_too_low"]
    assert [f.code for f in diagnosed(lambda: trainer(ending=nn.Sigmoid())).findings] == ["activation_twice"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_is_whole_in_both_languages(lang):
    found = diagnosed(lambda: trainer(rate=3.0), lang=lang)
    first, text = found.findings[0], str(found)
    for part in (first.name, first.sentence, *first.evidence, first.proof, first.fix.splitlines()[0]):
        assert part in text
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text) == (lang == "zh")
    assert "{" not in text


def test_without_time_nothing_is_tried_and_that_is_said():
    found = diagnosed(lambda: trainer(rate=3.0), budget=0.0)
    assert found.ran_out
    assert all(f.experiment is None or f.level != "fault" for f in found.findings)


def test_the_callers_trainers_and_stream_are_left_alone():
    made = []

    def build():
        made.append(trainer(rate=3.0, metrics=["accuracy"]))
        return made[-1]

    cr.manual_seed(5)
    before = cr.rand(3).tolist()
    cr.manual_seed(5)
    diagnosed(build)
    assert cr.rand(3).tolist() == before


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ({"epochs": 0}, "epochs"), ({"batch_size": 0}, "batch_size"), ({"budget": -1.0}, "budget"),
        ({"lang": "fr"}, "lang"),
    ],
)
def test_numbers_out_of_range_are_refused(how, where):
    with pytest.raises(ChainruleError, match=where):
        cr.doctor.diagnose(trainer, MOONS, **how)


# --- a case -------------------------------------------------------------------------------------------------------


def test_rows_to_judge_by_with_other_columns_are_refused_before_any_training():
    X, y = (np.array(part) for part in MOONS)
    made = []

    def counted():
        made.append(trainer())
        return made[-1]

    with pytest.raises(ShapeError) as caught:
        diagnosed(counted, (X[:150], y[:150]), validation=(X[150:, :1], y[150:]))
    assert "diagnose, argument validation, X" in str(caught.value)
    assert "(50, 1)" in str(caught.value)
    assert all(one.step <= 1 for one in made)  # the first step of all is tried before anything


@pytest.mark.parametrize("build", [3, lambda: 3, trainer()])
def test_what_gives_no_trainer_is_refused_by_the_name_of_the_argument(build):
    with pytest.raises(DtypeError) as caught:
        diagnosed(build)
    assert caught.value.where == "diagnose, argument build"


def _case(build=trainer, **how):
    return Case(build, MOONS, None, how.get("epochs", 6), how.get("batch_size", 32), LONG)


def test_a_case_after_a_change_is_the_case_with_it():
    case = _case()
    change = learning_rate(0.1, 0.05)
    with_it = case.runs(range(2), change)
    after = case.after(change)
    trainings = case.trainings
    assert [run.end for run in after.runs(range(2))] == [run.end for run in with_it]
    assert case.trainings == trainings  # known already
    fresh = _case().after(change)
    assert [run.end for run in fresh.runs(range(2))] == [run.end for run in with_it]
    assert fresh.trainer(0).optimizer.param_groups[0]["lr"] == 0.1
    assert case.trainer(0).optimizer.param_groups[0]["lr"] == 0.05


def test_changes_of_batches_and_epochs_add_up():
    case = _case().after(batches(64)).after(longer(3.0))
    assert (case.batch_size, case.epochs) == (64, 3 * _case().epochs)


def test_each_training_is_made_once():
    case = _case()
    first = case.runs(range(3))
    count = case.trainings
    assert case.runs(range(3)) == first
    assert case.runs(range(2), AS_IT_IS) == first[:2]
    assert case.trainings == count == 3


def test_of_few_rows_none_are_kept_apart():
    few = Case(trainer, cr.data.xor(), None, 5, 4, LONG)
    assert few.judged is None
    many = _case()
    assert len(many.rows[0]) + len(many.judged[0]) == 200
    assert len(many.judged[0]) == 50
