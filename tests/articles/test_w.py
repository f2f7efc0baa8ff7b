"""Mistakes of the articles whose cure no other file holds."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import language, nn, optim
from chainrule.nn import init

X, Y = cr.data.moons(80, noise=0.1, seed=0)


@pytest.mark.article("W-01")
def test_three_names_three_spreads_and_the_page_that_says_so():
    draws = {}
    for name in ("glorot_normal_", "lecun_normal_", "he_normal_"):
        cr.manual_seed(0)
        weight = nn.Linear(64, 32).weight
        spreads = [getattr(init, name)(weight).numpy().std() for _ in range(20)]
        draws[name] = float(np.mean(spreads))
    wanted = {"glorot_normal_": (2 / 96) ** 0.5, "lecun_normal_": (1 / 64) ** 0.5, "he_normal_": (2 / 64) ** 0.5}
    assert draws == pytest.approx(wanted, rel=0.02)
    for lang in language.LANGUAGES:
        page = language.say("lesson2.names", lang)
        assert all(form in page for form in ("√(1/", "√(2/", "Glorot", "LeCun", "He"))


@pytest.mark.article("W-18", "S0-25")
def test_each_rate_of_a_sweep_begins_with_the_same_weights():
    cr.manual_seed(0)
    net = nn.MLP([2, 8, 1], activation="tanh")
    trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.3), seed=0)
    before = net[0].weight.numpy().copy()
    one, other = (trainer.lr_sweep((X, Y), rates=rates, epochs=8) for rates in ((0.1, 0.01, 0.001), (0.001, 0.1)))
    for rate in other.rates:
        curves = [sweep.histories[sweep.rates.index(rate)]["loss"] for sweep in (one, other)]
        assert curves[0] == curves[1]  # whatever was tried before
    np.testing.assert_array_equal(net[0].weight.numpy(), before)
    going_on = []  # the article's way: the second rate goes on where the first one ended
    for rate in (0.1, 0.01):
        trainer.optimizer.param_groups[0]["lr"] = rate
        going_on.append(trainer.fit((X, Y), epochs=8, progress=False)["loss"][0])
    firsts = [history["loss"][0] for history in one.histories]
    assert max(firsts) - min(firsts) < 0.1 < going_on[0] - going_on[1]


@pytest.mark.article("W-09")
@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_the_page_names_both_ways_of_dropout_and_why_one_is_ours(lang):
    page = language.say("lesson1.text", lang)
    assert "1 - p" in page
    assert {"en": "leaves the prediction as it is", "zh": "不改变预测"}[lang] in page


@pytest.mark.article("W-12")
def test_a_penalty_and_a_decay_cannot_be_taken_for_one_another():
    weight = nn.Parameter(cr.ones(2))
    with pytest.raises(TypeError, match="l2"):
        optim.Adam([weight], l2=0.1)
    for name in ("SGD", "Adam", "RMSprop"):
        groups = getattr(optim, name)([weight], lr=0.1, weight_decay=0.1, decoupled_weight_decay=0.2).param_groups
        assert (groups[0]["weight_decay"], groups[0]["decoupled_weight_decay"]) == (0.1, 0.2)


@pytest.mark.article("W-20")
def test_rows_are_shuffled_anew_each_epoch_and_no_global_stream_is_touched():
    seen = []
    look = cr.train.LambdaCallback(on_batch_end=lambda t: seen.extend(t.batch.inputs[0].numpy()[:, 0].tolist()))
    net = nn.Linear(1, 1)
    trainer = cr.Trainer(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=0.1), callbacks=[look], seed=0)
    rows = np.arange(32.0).reshape(32, 1) / 32
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - to see that it stays
    trainer.fit((rows, rows), epochs=2, batch_size=8, progress=False)
    epochs = seen[:32], seen[32:]
    assert sorted(epochs[0]) == sorted(epochs[1]) == rows[:, 0].tolist()
    assert epochs[0] != epochs[1] != rows[:, 0].tolist() != epochs[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
