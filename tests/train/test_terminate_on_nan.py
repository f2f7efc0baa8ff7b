"""The first NaN: noticed before it spreads, named by layer and batch."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.tensors.tensor import Tensor

X = np.linspace(-1, 1, 24).reshape(12, 2)
Y = X[:, :1]


class Bad(nn.Module):
    """Passes numbers on until a certain call, and then something else."""

    def __init__(self, call, wrong):
        super().__init__()
        self.left, self.wrong = call, wrong

    def forward(self, x):
        if not self.training:
            return x
        self.left -= 1
        return self.wrong(x) if self.left < 0 else x


def run(*layers, loss=None, lr=0.01, data=(X, Y), guard="refuse", **options):
    cr.manual_seed(0)
    model = nn.Sequential(*layers)
    watch = train.TerminateOnNaN()
    sgd = optim.SGD(model.parameters(), lr=lr)
    used = cr.Trainer(model, loss or nn.MSELoss(), sgd, callbacks=[watch], seed=0, guard=guard)
    before = {}
    keep = train.LambdaCallback(on_batch_start=lambda t: before.update(kept(t.model)))
    history = used.fit(data, epochs=4, batch_size=4, shuffle=False, progress=False, callbacks=[keep])
    return used, history, watch.found, before


def kept(model):
    return {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}


def test_nothing_is_found_where_all_is_well():
    _, history, found, _ = run(nn.Linear(2, 1))
    assert found is None
    assert len(history) == 4
    assert history.stopped is None


def test_an_output():
    used, history, found, before = run(
        nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Sequential(Bad(4, lambda x: x / 0.0)), nn.Dropout(0.5), nn.Linear(3, 1)
    )
    assert (found.kind, found.layer, found.epoch, found.batch, found.step) == ("output", "2.0 Bad", 1, 1, 4)
    assert np.isnan(history["loss"][-1])
    assert len(history) == 2
    assert used.step == 4
    for word in ("2.0 Bad", "epoch 1", "batch 1", "step 4"):
        assert word in history.stopped
    found_now = kept(used.model)
    for name in ("0.weight", "4.bias"):
        np.testing.assert_array_equal(found_now[name], before[name])  # the step that would have spread it was not made
    for name in ("1.running_mean", "1.num_batches_tracked"):
        np.testing.assert_array_equal(found_now[name], before[name])


def test_running_statistics_that_have_seen_the_batch_are_not_to_blame():
    used, _, found, before = run(nn.Linear(2, 3), Bad(2, lambda x: x / 0.0), nn.BatchNorm1d(3), nn.Linear(3, 1))
    assert (found.kind, found.layer, found.step) == ("output", "1 Bad", 2)
    np.testing.assert_array_equal(kept(used.model)["2.running_mean"], before["2.running_mean"])


def test_a_loss_of_finite_outputs():
    def loss(outputs, targets):
        return ((outputs - targets) ** 2).mean() + cr.tensor(float("inf"))

    _, _, found, _ = run(nn.Linear(2, 1), loss=loss)
    assert (found.kind, found.layer, found.epoch, found.batch) == ("loss", "loss", 0, 0)


def test_a_gradient_of_a_finite_loss():
    class Root(nn.Module):
        def forward(self, x):
            return (x * 0.0).sqrt()

    _, _, found, before = run(nn.Linear(2, 2), nn.Tanh(), Root(), nn.Linear(2, 1))
    assert found.kind == "gradient"
    assert found.layer == "1 Tanh"  # what leaves Tanh has the first gradient that is not finite
    assert np.isfinite(before["0.weight"]).all()


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # two linear layers in a row
def test_weights_that_are_broken_already():
    def spoil(trainer):
        with cr.no_grad():
            trainer.model[1].weight.copy_(trainer.model[1].weight * float("nan"))

    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    watch = train.TerminateOnNaN()
    used = cr.Trainer(model, nn.MSELoss(), seed=0, callbacks=[train.LambdaCallback(on_epoch_start=spoil), watch])
    used.fit((X, Y), progress=False)
    assert (watch.found.kind, watch.found.layer) == ("weight", "1 Linear")


def test_data():
    broken = X.copy()
    broken[9] = np.inf
    _, _, found, _ = run(nn.Linear(2, 1), data=(broken, Y), guard="off")
    assert (found.kind, found.batch) == ("input", 2)
    with cr.settings(lang="zh"):
        assert "周期 0" in str(found)


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # two linear layers in a row
def test_a_rate_that_is_too_high():
    _, _, found, _ = run(nn.Linear(2, 2), nn.Linear(2, 1), lr=1e20)
    assert found.kind in ("output", "loss")


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # two linear layers in a row
def test_looking_again_uses_the_noise_of_the_batch_and_leaves_no_trace():
    """A NaN that only the dropout mask of this very batch brings is found."""

    class Picky(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            u = cr.rand(1)
            return x + (u > 0.9).to(x.dtype) * float("inf") if bool(u > 0.9) else x

    used, _, found, _ = run(nn.Linear(2, 2), Picky(), nn.Linear(2, 1))
    assert (found.kind, found.layer) == ("output", "1 Picky")
    assert all(p.grad is not None for p in used.model.parameters())
    assert not any(module._after or module._before for module in used.model.modules())


@pytest.mark.parametrize("size", [3e38, 1e38])
def test_a_gradient_whose_sum_overflows_is_no_alarm(size):
    model = nn.Linear(2, 1, bias=False)
    watch = train.TerminateOnNaN()
    large = lambda outputs, targets: (outputs * size).sum() * 1.0
    rows = np.ones((1, 2))
    frozen = optim.SGD(model.parameters(), lr=0.0)
    cr.manual_seed(0)
    with cr.no_grad():
        model.weight.copy_(cr.zeros(1, 2))
    used = cr.Trainer(model, large, frozen, callbacks=[watch], seed=0)
    used.fit((rows, rows[:, :1]), progress=False)
    assert watch.found is None
