"""40: a loop that never clears its gradients is caught; one that adds up on purpose, or only explodes, is not."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.doctor.changes.training import cleared
from chainrule.doctor.checks.optimisation import gradients_not_zeroed
from tests.doctor.plants import build, cancer, case, diagnosed, moons, said, trainer

pytestmark = pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")


class Own(cr.Trainer):
    """A loop as people write it; `every` batches it clears the gradients, before or after the step."""

    every = 0
    late = False

    def fit(self, data, epochs=1, batch_size=32, progress=None):
        X, y = (cr.tensor(np.asarray(part), dtype="float32") for part in data[:2])
        losses, count = [], 0
        for _ in range(epochs):
            for place in range(0, len(y), batch_size):
                if self.every and not self.late and count % self.every == 0:
                    self.optimizer.zero_grad()
                loss = self.loss(self.model(X[place : place + batch_size]), y[place : place + batch_size])
                loss.backward()
                count += 1
                if count % max(1, self.every) == 0:
                    self.optimizer.step()
                    if self.late:
                        self.optimizer.zero_grad()
            losses.append(loss.item())
        self.history = train.History({"loss": losses}, list(range(epochs)))
        return self.history


class Clears(Own):
    every = 1


class ClearsLate(Own):
    every, late = 1, True


class AddsUp(Own):
    every = 3


class Forgetful(optim.SGD):
    """An optimizer that clears now and then only."""

    calls = 0

    def zero_grad(self, set_to_none=True):
        self.calls += 1
        if self.calls % 4 == 1:
            super().zero_grad(set_to_none)


class Never(optim.SGD):
    """An optimizer whose `zero_grad` does nothing."""

    def zero_grad(self, set_to_none=True):
        pass


def _own(kind, width=2, rate=0.1):
    plain = trainer((width, 16, 1), optimizer=optim.SGD, rate=rate)
    return kind(plain.model, plain.loss, plain.optimizer)


@pytest.mark.parametrize("rows", [moons, cancer])
def test_a_loop_that_never_clears_is_caught(rows):
    X, y = rows()
    rate = np.random.default_rng(X.shape[1]).uniform(0.01, 0.3)
    (found,) = said(gradients_not_zeroed, case(lambda: _own(Own, X.shape[1], rate), (X, y), batch_size=16))
    assert (found.code, found.proof) == ("gradients_not_zeroed", "exact")


def test_it_is_the_first_finding_and_the_usual_loop_cures_it():
    X, y = moons()
    found = diagnosed(lambda: _own(Own), (X, y), epochs=10)
    assert found.findings[0].code == "gradients_not_zeroed"
    cured = found.findings[0].apply(lambda: _own(Own))()
    assert cured.fit((X, y), epochs=1, progress=False) is cured.history
    assert said(gradients_not_zeroed, case(found.findings[0].apply(lambda: _own(Own)), (X, y))) == []


@pytest.mark.parametrize("optimizer", [Never, Forgetful])
def test_an_optimizer_that_does_not_always_clear_is_caught_where_it_matters(optimizer):
    X, y = moons()
    eager = build(X, optimizer=optimizer, engine="numpy")
    assert len(said(gradients_not_zeroed, case(eager, (X, y)))) == 1


@pytest.mark.parametrize("rows", [moons, cancer])
def test_it_is_caught_where_the_rate_alone_makes_the_weights_diverge(rows):
    X, y = rows()
    rate = np.random.default_rng(X.shape[1]).uniform(1e9, 1e10)
    assert len(said(gradients_not_zeroed, case(build(X, optimizer=Never, rate=rate, activation="relu"), (X, y)))) == 1
    assert said(gradients_not_zeroed, case(build(X, optimizer=optim.SGD, rate=rate, activation="relu"), (X, y))) == []


def test_the_cured_training_is_compiled():
    X, y = moons()
    cr.manual_seed(0)
    cured = cleared().apply(build(X, optimizer=Never, seed=0))()
    cured.fit((X, y), epochs=20, progress=False)
    cr.manual_seed(0)
    healthy = build(X, optimizer=optim.SGD, seed=0)()
    healthy.fit((X, y), epochs=20, progress=False)
    assert isinstance(cured.optimizer, Never)
    assert cured.report().engine == healthy.report().engine
    pairs = zip(cured.model.parameters(), healthy.model.parameters(), strict=True)
    assert all(one.numpy().tobytes() == other.numpy().tobytes() for one, other in pairs)


@pytest.mark.parametrize("kind", [Clears, ClearsLate, AddsUp])
def test_loops_that_clear_are_left_in_peace(kind):
    X, y = moons()
    assert said(gradients_not_zeroed, case(lambda: _own(kind), (X, y), batch_size=16)) == []


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Adam, optim.LBFGS])
def test_the_trainer_itself_clears(optimizer):
    X, y = moons()
    for engine in ("numba", "numpy"):
        assert said(gradients_not_zeroed, case(build(X, optimizer=optimizer, engine=engine), (X, y))) == []


def test_gradients_that_explode_are_another_matter():
    X, y = moons()

    def make():
        model = nn.MLP([2, *[20] * 8, 1], activation="relu")
        for parameter in model.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, 0.0, 0.7)
        return cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=1.0), engine="numpy")

    assert said(gradients_not_zeroed, case(make, (X, y))) == []
