"""The look itself: it leaves no trace, its strictness is one setting, and its cost can be seen."""

from time import perf_counter

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.language import choose
from tests.train.guard.programs import BITS, CLASSES, NUMBERS, N, X, changed, fit, net


def noisy():
    return nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.ReLU(), nn.Linear(4, 3), nn.ReLU()
    )


def weights(guard, engine):
    cr.manual_seed(3)
    model = noisy()
    trainer = cr.Trainer(
        model, nn.CrossEntropyLoss(), optim.Adam(model.parameters()), seed=1, guard=guard, engine=engine
    )
    trainer.fit((X, CLASSES), epochs=3, batch_size=16, validation=0.25, progress=False)
    return b"".join(tensor.numpy().tobytes() for tensor in model.state_dict().values()), trainer.history["val_loss"]


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # of the ReLU at the end: asked twice
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_it_leaves_no_trace(engine):
    assert weights("refuse", engine) == weights("warn", engine) == weights("off", engine)


def test_a_refused_network_is_as_it_was():
    model = nn.Sequential(noisy(), nn.Softmax(dim=1)).eval()
    model[0][0].train()
    before = [tensor.numpy().tobytes() for tensor in model.state_dict().values()]
    modes = [module.training for module in model.modules()]
    trainer = cr.Trainer(model, nn.CrossEntropyLoss(), seed=0)
    noise = trainer.noise.get_state()
    with pytest.raises(cr.DataError, match="Softmax"):
        trainer.fit((X, CLASSES), progress=False)
    assert [tensor.numpy().tobytes() for tensor in model.state_dict().values()] == before
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())
    assert (trainer.step, trainer.epoch, trainer.noise.get_state()) == (0, 0, noise)


def test_gaps_are_refused_said_or_let_through():
    data = changed(X, (7, 2), np.nan), NUMBERS
    with pytest.raises(cr.DataError, match="row 7, column 2"):
        fit(net(), nn.MSELoss(), data)
    with pytest.warns(cr.ChainruleWarning, match="row 7, column 2"):
        assert np.isnan(fit(net(), nn.MSELoss(), data, guard="warn").history["loss"][-1])
    assert np.isnan(fit(net(), nn.MSELoss(), data, guard="off").history["loss"][-1])


def test_what_cannot_be_computed_ends_in_any_case():
    for guard in ("warn", "off"):
        with pytest.raises(cr.ShapeError, match="reshape"), _silent():
            fit(net(), nn.MSELoss(), (X, NUMBERS[:, 0]), guard=guard)


def _silent():
    import warnings

    return warnings.catch_warnings(action="ignore")


def test_warnings_of_data_are_never_refused():
    with pytest.warns(cr.ChainruleWarning) as said:
        trainer = fit(net(), nn.MSELoss(), (X * [1, 1000, 1], NUMBERS), guard="refuse")
    assert len(said) == 1
    assert trainer.step == N // 16


def test_the_same_line_is_warned_of_once():
    import warnings

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        for _ in range(3):
            fit(net(), nn.MSELoss(), (X * [1, 1000, 1], NUMBERS))
    assert len(said) == 1


@pytest.mark.parametrize("given", ["on", "strict", True, None])
def test_other_words_are_refused(given):
    with pytest.raises(cr.ArgumentError, match='"refuse", "warn" or "off"'):
        cr.Trainer(net(), nn.MSELoss(), guard=given)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_the_report_says_what_it_cost(engine):
    report = fit(net(), nn.BCEWithLogitsLoss(), (X, BITS), engine=engine).report()
    assert report.looked > 0
    assert f"{1e3 * report.looked:.2f} ms to take in the data and look" in str(report)
    choose("zh")
    assert f"{1e3 * report.looked:.2f} 毫秒" in str(report)


def test_all_targets_are_looked_at_and_not_only_the_first():
    labels = np.append(np.tile([0, 1, 2], 100_000), 3)
    with pytest.raises(cr.DataError, match="0 to 3 for 3 outputs"):
        fit(net(outputs=3), nn.CrossEntropyLoss(), (np.zeros((len(labels), 3)) + np.arange(3), labels), steps=1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(100_000, 10), (1000, 1000), (1_000_000, 1), (1280, 1, 28, 28)])
def test_a_million_numbers_are_looked_at_in_no_time(shape, dtype):
    """Measured against a single sum of them on this very machine; mostly it takes less than a hundred of these."""
    rng = np.random.default_rng(0)
    rows, targets = rng.random(shape, dtype=dtype), rng.random((shape[0], 1), dtype=dtype)
    looks, sums = [], []
    for _ in range(5):
        model = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(shape[1:])), 1))
        looks.append(fit(model, nn.MSELoss(), (rows, targets), dtype=dtype, steps=1, epochs=None).report().looked)
        begun = perf_counter()
        rows.sum()
        sums.append(perf_counter() - begun)
    assert min(looks) < 1000 * min(sums)


def test_a_small_fit_is_looked_at_in_less_than_a_thousand_small_sums():
    small, looks, sums = np.zeros(4), [], []
    for _ in range(20):
        looks.append(fit(net(inputs=2), nn.MSELoss(), (np.eye(4)[:, :2], np.eye(4)[:, :1]), epochs=1))
        begun = perf_counter()
        for _ in range(100):
            small.sum()
        sums.append((perf_counter() - begun) / 100)
    assert min(trainer.report().looked for trainer in looks) < 1000 * min(sums)
