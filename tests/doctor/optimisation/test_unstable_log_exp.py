"""53: losses of one's own whose exp overflows or whose log meets 0; the same mathematics done well is fine."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.checks.optimisation import unstable_log_exp
from tests.doctor.plants import build, case, diagnosed, moons, said, wine


def naive_softmax(outputs, targets):
    """Cross-entropy as it stands in books."""
    e = outputs.exp()
    return -((e / e.sum(1, keepdim=True)).log() * targets).sum(1).mean()


def naive_sigmoid(outputs, targets):
    """Binary cross-entropy as it stands in books."""
    p = outputs.sigmoid()
    return -(targets * p.log() + (1 - targets) * (1 - p).log()).mean()


def careful_softmax(outputs, targets):
    """The same with the largest logit taken off."""
    z = outputs - outputs.detach().amax(1, keepdim=True)
    return ((z.exp().sum(1, keepdim=True)).log() * targets - z * targets).sum(1).mean()


def guarded_sigmoid(outputs, targets):
    """The same with a small number inside the logarithms."""
    p = outputs.sigmoid()
    return -(targets * (p + 1e-7).log() + (1 - targets) * (1 - p + 1e-7).log()).mean()


def _sure(loss, width, outputs, size):
    """A network whose first answers are of about this size."""

    def make():
        model = nn.MLP([width, 16, outputs])
        last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
        nn.init.normal_(last.weight, 0.0, size / 4)
        return cr.Trainer(model, loss, optim.SGD(model.parameters(), lr=0.01))

    return make


X3, Y3 = wine()
X2, Y2 = moons()
PLANTS = {
    "exp": (naive_softmax, X3, np.eye(3)[Y3], 3, "exp"), "log": (naive_sigmoid, X2, Y2, 1, "log"),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", PLANTS)
def test_an_overflow_is_named_with_its_operation(name, seed):
    loss, X, y, outputs, operation = PLANTS[name]
    size = np.random.default_rng([seed, len(name)]).uniform(200, 600)
    (found,) = said(unstable_log_exp, case(_sure(loss, X.shape[1], outputs, size), (X, y), epochs=5))
    assert found.proof == "exact"
    assert found.values["name"] == operation


def test_it_is_the_first_finding():
    found = diagnosed(_sure(naive_softmax, 13, 3, 400.0), (X3, np.eye(3)[Y3]), epochs=5)
    assert (found.findings[0].code, found.findings[0].level) == ("unstable_log_exp", "fault")


@pytest.mark.parametrize("name", PLANTS)
def test_the_loss_of_this_library_cures_what_is_the_same_written_out(name):
    loss, X, y, outputs, _ = PLANTS[name]
    make = _sure(loss, X.shape[1], outputs, 400.0)
    found = diagnosed(make, (X, y), epochs=60).findings[0]
    kind = "CrossEntropyLoss" if outputs > 1 else "BCEWithLogitsLoss"
    assert (found.code, found.code_change) == ("unstable_log_exp", f"loss=nn.{kind}()")
    assert not np.isfinite(np.median(found.experiment.before))
    assert found.experiment.wins == found.experiment.pairs
    cured = found.apply(make)()
    cured.fit((X, y), epochs=60, progress=False)
    assert np.isfinite(cured.evaluate((X, y))["loss"])


def test_what_is_no_loss_of_this_library_has_no_cure():
    def scaled(outputs, targets):
        return 2 * naive_softmax(outputs, targets)

    found = diagnosed(_sure(scaled, 13, 3, 400.0), (X3, np.eye(3)[Y3]), epochs=5).findings[0]
    assert (found.code, found.code_change) == ("unstable_log_exp", "")


@pytest.mark.parametrize("name", PLANTS)
def test_an_overflow_that_has_not_come_yet_is_a_note(name):
    loss, X, y, outputs, _ = PLANTS[name]
    found = said(unstable_log_exp, case(_sure(loss, X.shape[1], outputs, 0.3), (X, y), epochs=5))
    assert [one.proof for one in found] == ["convention"]


TRAPS = {
    "careful": (careful_softmax, X3, np.eye(3)[Y3], 3), "guarded": (guarded_sigmoid, X2, Y2, 1),
    "ours": (nn.CrossEntropyLoss(), X3, Y3, 3), "ours for two": (nn.BCEWithLogitsLoss(), X2, Y2, 1),
}


@pytest.mark.parametrize("size", [0.3, 400.0])
@pytest.mark.parametrize("name", TRAPS)
def test_the_same_mathematics_done_well_is_left_in_peace(name, size):
    loss, X, y, outputs = TRAPS[name]
    assert said(unstable_log_exp, case(_sure(loss, X.shape[1], outputs, size), (X, y), epochs=5)) == []


def test_weights_that_run_away_are_another_matter():
    asked = case(build(X2, optimizer=optim.SGD, rate=1e12, loss=nn.MSELoss(), activation="relu"), (X2, Y2), epochs=5)
    assert any(not np.isfinite(run.end) for run in asked.runs(range(5)))
    assert said(unstable_log_exp, asked) == []


@pytest.mark.parametrize("size", [1e5, 1e9])
def test_a_loss_that_is_no_number_before_any_step_is_certain_however_large_the_answers(size):
    X, y = wine()
    hot = np.eye(3)[y]
    (found,) = said(unstable_log_exp, case(_sure(naive_softmax, 13, 3, size), (X, hot), epochs=3))
    assert (found.proof, found.values["name"]) == ("exact", "exp")
    assert said(unstable_log_exp, case(_sure(careful_softmax, 13, 3, size), (X, hot), epochs=3)) == []
