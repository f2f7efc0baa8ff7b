"""`Watch`: silent where nothing is wrong, quick where something is, and never noticed by the training."""

import io

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train

MOONS = cr.data.moons(200, noise=0.15, seed=0)
ROWS = np.random.default_rng(0).normal(size=(120, 3))
PLANE = ROWS, ROWS @ np.array([[10.0], [20.0], [-30.0]])


def run(data=MOONS, sizes=(2, 16, 16, 1), activation="relu", rule=optim.Adam, lr=0.01, loss=None, epochs=40, seed=0,
        batch_size=32, engine=None, watch=None, validation=None, schedule=None, callbacks=()):
    cr.manual_seed(seed)
    model = nn.MLP(list(sizes), activation=activation)
    used = cr.Trainer(
        model, loss or nn.BCEWithLogitsLoss(), rule(model.parameters(), lr=lr), seed=seed, guard="off", engine=engine,
        callbacks=[*([] if watch is None else [watch]), *callbacks], schedule=schedule,
    )
    used.fit(data, epochs=epochs, batch_size=batch_size, progress=False, validation=validation)
    return used


def watched(**how):
    heard = io.StringIO()
    watch = cr.doctor.Watch(file=heard, **{name: how.pop(name) for name in ("stop", "lang") if name in how})
    return run(watch=watch, **how), watch, heard.getvalue()


def weights(used):
    return np.concatenate([parameter.numpy().ravel() for parameter in used.model.parameters()])


HEALTHY = {
    "moons": {}, "sgd of a half": {"rule": optim.SGD, "lr": 0.5, "activation": "tanh", "epochs": 100},
    "noisy labels": {"data": cr.data.moons(300, noise=0.35, seed=1), "validation": 0.25, "epochs": 100},
    "four rows": {"data": cr.data.xor(), "sizes": (2, 8, 1), "activation": "tanh", "lr": 0.05, "epochs": 500},
    "soft labels": {
        "data": (cr.data.xor()[0], np.array([[0.0], [0.85], [1.0], [0.0]])), "sizes": (2, 8, 1),
        "activation": "tanh", "lr": 0.05, "epochs": 500,
    },
    "rare but learnt": {"data": (ROWS, (ROWS[:, :1] > 1.6) * 1.0), "sizes": (3, 16, 1), "lr": 0.03, "epochs": 150},
    "numbers": {"data": PLANE, "sizes": (3, 16, 1), "loss": nn.MSELoss(), "lr": 0.03, "epochs": 200},
    "a cosine": {"schedule": optim.schedules.cosine(0.02, 280)},
}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("seed", [0, 1])
def test_silence_where_nothing_is_wrong(name, seed):
    _, watch, heard = watched(seed=seed, **HEALTHY[name])
    assert heard == ""
    assert watch.findings == ()


SICK = {
    "flat": ({"lr": 1e-6}, {"flat"}),
    "dead": ({"rule": optim.SGD, "lr": 30.0, "epochs": 100}, {"diverged", "dead_layer"}),
    "saturated": (
        {"data": (MOONS[0] * 400, MOONS[1]), "activation": "tanh", "rule": optim.SGD, "lr": 1e-3}, {"saturated_layer"},
    ),
    "faded": ({"sizes": (2, *[8] * 8, 1), "activation": "sigmoid", "rule": optim.SGD}, {"faded_gradient", "flat"}),
    "nan": ({"data": PLANE, "sizes": (3, 16, 1), "loss": nn.MSELoss(), "rule": optim.SGD, "lr": 0.5}, {"not_finite"}),
}


@pytest.mark.parametrize("name", SICK)
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_wrong_is_said_at_the_end(name, seed):
    how, expected = SICK[name]
    _, watch, heard = watched(seed=seed, **how)
    codes = {found.code for found in watch.findings}
    assert codes & expected
    assert all(found.level == "suspect" for found in watch.findings)
    assert "nothing is proven" in heard
    assert "cr.doctor.diagnose(build, data, epochs=" in heard
    for found in watch.findings:
        assert found.name in heard


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("how", [{}, SICK["nan"][0], SICK["dead"][0]], ids=["healthy", "nan", "dead"])
def test_the_training_does_not_notice(engine, how):
    used, _, _ = watched(engine=engine, **how)
    bare = run(engine=engine, **how)
    np.testing.assert_array_equal(weights(used), weights(bare))
    np.testing.assert_array_equal(used.history["loss"], bare.history["loss"])
    if not how:
        assert used.report().engine == engine
        assert used.report().again == []


def test_a_number_that_is_not_finite_is_said_at_once():
    order = []
    epochs = train.LambdaCallback(on_epoch_end=lambda trainer: order.append(trainer.epoch))

    class Heard(io.StringIO):
        def write(self, text):
            order.append("said")
            return super().write(text)

    heard = Heard()
    how = SICK["nan"][0] | {"epochs": 4}
    run(watch=cr.doctor.Watch(file=heard), callbacks=[epochs], **how)
    assert order.index("said") < len(order) - 1
    assert "first in" in heard.getvalue()
    assert heard.getvalue().startswith("Watch, epoch ")


def test_it_names_what_went_first():
    data = (np.where(np.arange(200)[:, None] == 150, np.nan, MOONS[0]), MOONS[1])
    _, watch, heard = watched(data=data, epochs=2)
    assert "first in the data" in heard
    assert watch.findings[0].could_be == ("nonfinite_data",)
    # A plain descent on a parabola: each step makes the weights larger, until their loss is no number.
    _, watch, heard = watched(data=PLANE, sizes=(3, 1), loss=nn.MSELoss(), rule=optim.SGD, lr=1.6, batch_size=120)
    assert "Watch, epoch" in heard
    assert "first to grow" in heard
    assert [found.code for found in watch.findings] in (["diverged"], ["not_finite"])


def test_it_stops_only_when_asked():
    how = SICK["nan"][0]
    used, watch, _ = watched(stop=True, **how)
    assert np.isfinite(weights(used)).all()
    assert used.history.stopped
    away = {"data": PLANE, "sizes": (3, 1), "loss": nn.MSELoss(), "rule": optim.SGD, "lr": 1.15, "batch_size": 120}
    stopped, watch, heard = watched(stop=True, epochs=200, **away)
    assert len(stopped.history) < 200
    assert "ran away" in stopped.history.stopped
    assert "first to grow" in heard
    assert [found.code for found in watch.findings] == ["diverged"]
    assert len(watched(epochs=60, **away)[0].history) == 60


def test_a_loss_that_comes_back_is_no_finding():
    # Too high a rate at first, a good one later.
    schedule = lambda step: 1.12 if step < 40 else 0.2
    _, watch, heard = watched(
        data=PLANE, sizes=(3, 1), loss=nn.MSELoss(), rule=optim.SGD, batch_size=120, epochs=300, schedule=schedule
    )
    assert watch.health.loss.max() > 100 * watch.health.loss[0]
    assert watch.findings == ()
    assert "suspected" not in heard  # what was said at once is not said again


def test_it_goes_with_checkpoints_and_validation(tmp_path):
    keep = train.Checkpoint(tmp_path / "run", every_epochs=5)
    cr.manual_seed(0)
    first, watch, _ = watched(epochs=10, callbacks=[keep], validation=0.2)
    cr.manual_seed(0)
    model = nn.MLP([2, 16, 16, 1], activation="relu")
    other = cr.doctor.Watch(file=io.StringIO())
    again = cr.Trainer(
        model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=0.01), seed=0, guard="off",
        callbacks=[other, train.Checkpoint(tmp_path / "run", every_epochs=5)],
    )
    again.fit(MOONS, epochs=20, validation=0.2, progress=False, resume=tmp_path / "run")
    assert set(watch.health.steps[:-1]) <= set(other.health.steps)
    whole = run(epochs=20, validation=0.2)
    np.testing.assert_array_equal(weights(whole), weights(again))
    assert first.history.health is watch.health


def test_words():
    _, _, heard = watched(lang="zh", **SICK["flat"][0])
    assert heard.startswith("监视：有")
    with pytest.raises(cr.ArgumentError, match="fr"):
        cr.doctor.Watch(lang="fr")
    with pytest.raises(cr.ArgumentError):
        cr.doctor.Watch(every=0)
