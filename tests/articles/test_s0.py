"""The first article's rows that no other file holds: its claims measured, its functions beside ours."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import lessons, nn, optim
from chainrule.lessons.batch_sizes import SIZES, by_batch_size
from chainrule.lessons.depth import by_depth
from chainrule.lessons.norms import by_norm
from chainrule.nn import functional as F

X, Y = cr.data.xor()
TINY = 1e-8  # the article's clip


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def double(array, **options):
    return cr.tensor(array, dtype="float64", **options)


def slope(function, at):
    leaf = double(at, requires_grad=True)
    function(leaf).backward()
    return leaf.grad.numpy()


# --- how often it works ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.article("S0-05", "S0-07")
def test_of_a_thousand_seeds_one_in_six_learns_xor_with_relu():
    networks = lessons.build_seeds(
        lambda: nn.MLP([2, 2, 1], activation="relu", init=0.01, output_activation="relu"), 1_000
    )
    loss = lambda p, y: F.mse_loss(p, y, reduction="none")
    found = lessons.train_side_by_side(networks, X, Y, loss, lambda p: optim.SGD(p, lr=0.02), 10_000, at=[0])
    learnt = int((np.abs(found.outputs - Y) < 0.25).all((1, 2)).sum())
    low, high = cr.metrics.wilson_interval(learnt, 1_000)
    assert low <= 0.175 <= high  # 17.5 % of 600 others, 14.7 to 20.7
    assert found.losses.min() <= 1e-5  # and a seed as lucky as the article's is among them
    np.testing.assert_allclose(found.curve[0], 0.49997, atol=5e-4)


# --- activations of the output --------------------------------------------------------------------------------------


@pytest.mark.article("S0-12")
def test_the_task_says_what_the_output_is_and_the_loss_makes_it():
    rows = {row[0]: row for row in lessons.table("outputs", write=lambda line: None)}
    z = np.array([[-2.0, 0.0, 2.0]])
    given = {
        "two classes": ("sigmoid", nn.BCEWithLogitsLoss(), sigmoid(z)),
        "many classes": ("softmax", nn.CrossEntropyLoss(), np.exp(z) / np.exp(z).sum()),
    }
    net = nn.Identity()
    for task, (activation, loss, wanted) in given.items():
        assert rows[task][1].startswith(activation)
        assert rows[task][2] == type(loss).__name__
        trainer = cr.Trainer(net, loss, optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1), seed=0)
        np.testing.assert_allclose(trainer.predict_proba(z), wanted, rtol=1e-6)
    assert rows["a number"][1:] == ["none", "MSELoss, HuberLoss"]


@pytest.mark.article("S0-12")
@pytest.mark.parametrize(
    ("sizes", "activation", "loss", "targets", "reason"),
    [
        ([2, 4, 1], "sigmoid", nn.BCEWithLogitsLoss(), Y, "logits"),
        ([2, 4, 2], "softmax", nn.CrossEntropyLoss(), Y[:, 0].astype(int), "logits"),
        ([2, 4, 2], "softmax", nn.NLLLoss(), Y[:, 0].astype(int), "log"),
        ([2, 4, 1], None, nn.BCELoss(), Y, "sigmoid"),
    ],
    ids=["sigmoid twice", "softmax twice", "no logarithm", "no sigmoid"],
)
def test_a_wrong_pairing_is_refused_before_anything_changes(sizes, activation, loss, targets, reason):
    cr.manual_seed(1)
    net = nn.MLP(sizes, init=2.0, output_activation=activation)
    before = [p.numpy().copy() for p in net.parameters()]
    with pytest.raises(cr.ChainruleError, match=reason):
        cr.Trainer(net, loss, seed=0).fit((X, targets), epochs=1, progress=False)
    assert all((p.numpy() == old).all() for p, old in zip(net.parameters(), before, strict=True))


@pytest.mark.article("S0-14")
def test_only_without_an_output_activation_do_predictions_leave_0_to_1():
    x = np.linspace(-1, 1, 60).reshape(-1, 1)
    y = 5 * x**2 - 2  # from -2 to 3
    ends = {}
    for activation in (None, "sigmoid"):
        cr.manual_seed(0)
        net = nn.MLP([1, 16, 1], activation="tanh", output_activation=activation)
        adam = optim.Adam(net.parameters(), lr=0.03)
        trainer = cr.Trainer(net, nn.MSELoss(), adam, ["r2"], seed=0, guard="off")  # the sigmoid would be refused
        trainer.fit((x, y), epochs=300, batch_size=60, progress=False)
        ends[activation] = trainer.predict(x), trainer.evaluate((x, y))["r2"]
    free, r2 = ends[None]
    assert free.min() < -1.8
    assert free.max() > 2.8
    assert r2 > 0.99
    held, r2 = ends["sigmoid"]
    assert held.min() >= 0
    assert held.max() <= 1
    assert r2 < 0.7


# --- contested claims, measured -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.article("S0-18", "W-25")
def test_what_batch_norm_is_praised_for():
    found = by_norm()
    too_high, small_weights, small_batches, one_batch = (found[name] for name in ("rate", "init", "small", "whole"))
    assert too_high.none > 2  # it learns at a rate at which the network without it goes astray,
    assert too_high.batch < 0.1
    assert small_weights.none == pytest.approx(math.log(2), abs=1e-3)  # from weights from which it never starts,
    assert small_weights.batch < 0.1
    assert small_batches.batch < 0.5 * small_batches.none  # and over-fits less,
    assert small_batches.layer > 0.8 * small_batches.none  # which layer norm, without the noise of a batch, does not;
    assert one_batch.batch > 2 * small_batches.batch  # nor does batch norm when there is one batch


@pytest.mark.article("S0-18")
def test_the_noise_of_batch_norm_is_that_of_the_rows_beside():
    cr.manual_seed(0)
    net = nn.MLP([2, 32, 1], norm="batch")
    rows = cr.data.moons(400, noise=0.3, seed=0).X
    spread = {}
    for size in (8, 64):
        beside = [np.vstack([rows[:1], rows[1 + i * size : (i + 1) * size]]) for i in range(6)]
        answers = [net(cr.tensor(batch)).detach().numpy()[0, 0] for batch in beside]
        spread[size] = np.std(answers)
    assert spread[8] > 1.5 * spread[64] > 0
    net.eval()
    assert len({net(cr.tensor(batch)).detach().numpy()[0, 0].round(6) for batch in beside}) == 1


@pytest.mark.slow
@pytest.mark.article("S0-28", "W-25")
def test_depth_beats_width_on_some_shapes_and_not_on_others():
    found = {row.name: row for row in by_depth(60)}
    assert found["moons"].deeper_better >= 54
    assert found["spirals"].deeper_better >= 54
    assert found["checkerboard"].deeper_better < 30
    assert found["checkerboard"].deep > found["checkerboard"].wide
    count = [sum(p.numel() for p in nn.MLP(sizes).parameters()) for sizes in ([2, 16, 1], [2, 6, 6, 1])]
    assert count == [65, 67]


@pytest.mark.slow
@pytest.mark.article("S0-29", "W-25")
def test_batch_sizes_measured():
    found = by_batch_size()
    assert [row.size for row in found] == [8, 32, 128, 520, 1_000] == list(SIZES)
    smallest, *_, all_rows = found
    assert smallest.milliseconds > 3 * all_rows.milliseconds  # an epoch of small batches takes longer,
    assert smallest.by_epochs < all_rows.by_epochs - 0.1  # and brings more;
    assert all_rows.by_steps < smallest.by_steps  # a step of large ones brings more:
    assert all_rows.by_steps < 0.2  # no local minimum holds them
    assert min(row.accuracy for row in found) > 0.88


@pytest.mark.article("S0-29")
@pytest.mark.parametrize("batch_size", [1, 7, 32, 64, 128, 519, 520, 521, 600, 5_000])
def test_any_batch_size_trains(batch_size):
    rows = cr.data.moons(600, noise=0.1, seed=0)
    cr.manual_seed(0)
    net = nn.MLP([2, 4, 1], activation="tanh")
    trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.1), seed=0)
    history = trainer.fit(rows, epochs=2, batch_size=batch_size, progress=False)
    assert trainer.step == 2 * math.ceil(600 / batch_size)
    assert history["loss"][1] < history["loss"][0]


# --- the article's functions ----------------------------------------------------------------------------------------


@pytest.mark.article("S0-34")
def test_losses_and_their_derivatives():
    draw = np.random.default_rng(0)
    p, y = draw.uniform(0.01, 0.99, (9, 1)), draw.integers(0, 2, (9, 1)).astype(float)
    held = np.clip(p, TINY, 1 - TINY)
    rows = [
        (F.mse_loss, np.mean((p - y) ** 2), 2 * (p - y) / 9),
        (F.binary_cross_entropy, -np.mean(y * np.log(held) + (1 - y) * np.log(1 - held)),
         (held - y) / (held * (1 - held) * 9)),
    ]
    for loss, value, derivative in rows:
        assert loss(double(p), double(y)).item() == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(slope(lambda x, loss=loss: loss(x, double(y)), p), derivative, rtol=1e-12)


@pytest.mark.article("S0-34", "S0-06")
@pytest.mark.parametrize("batch_size", [4, 3])
def test_the_articles_loop_and_ours_give_the_same_losses_and_answers(batch_size):
    cr.manual_seed(2)
    net = nn.MLP([2, 2, 1], activation="tanh", init="lecun_normal")
    trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.1), seed=0, dtype="float64")
    W1, b1, W2, b2 = (array.copy() for array in net.weights().values())
    losses = []
    for _ in range(400):  # the article's way: through the clipped output, layer by layer, rows in their order
        total = 0.0
        for i in range(0, 4, batch_size):
            x, y = X[i : i + batch_size], Y[i : i + batch_size]
            hidden = np.tanh(x @ W1 + b1)
            p = np.clip(sigmoid(hidden @ W2 + b2), TINY, 1 - TINY)
            total += len(x) * -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
            dz2 = (p - y) / (p * (1 - p) * len(y)) * p * (1 - p)
            dz1 = dz2 @ W2.T * (1 - hidden**2)
            W2, b2 = W2 - 0.1 * hidden.T @ dz2, b2 - 0.1 * dz2.sum(0, keepdims=True)
            W1, b1 = W1 - 0.1 * x.T @ dz1, b1 - 0.1 * dz1.sum(0, keepdims=True)
        losses.append(total / 4)
    history = trainer.fit((X, Y), epochs=400, batch_size=batch_size, shuffle=False, progress=False)
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-9)
    own = sigmoid(np.tanh(X @ W1 + b1) @ W2 + b2)
    together = trainer.predict_proba(X)[:, 1:]
    np.testing.assert_allclose(together, own, rtol=1e-9)
    alone = [trainer.predict_proba(row.reshape(1, -1))[0, 1] for row in X]
    assert alone == together[:, 0].tolist()


@pytest.mark.article("S0-30")
def test_adam_is_the_default():
    trainer = cr.Trainer(nn.Linear(2, 1), nn.MSELoss(), seed=0)
    assert type(trainer.optimizer) is optim.Adam
    assert trainer.optimizer.param_groups[0]["lr"] == 0.001


@pytest.mark.article("S0-32")
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "none"])
def test_the_six_steps_of_a_neuron(activation):
    draw = np.random.default_rng(1)
    x, da = draw.normal(size=(5, 3)), draw.normal(size=(5, 1))
    neuron = lessons.Neuron(3, activation, draw)
    w, b = neuron.weights.copy(), neuron.bias.copy() + 0.3
    neuron.bias[:] = b
    a = neuron.forward(x)
    leaves = [double(v, requires_grad=True) for v in (x, w, b)]
    z = leaves[0] @ leaves[1] + leaves[2]
    ours = z if activation == "none" else getattr(cr, activation)(z)
    (ours * double(da)).sum().backward()
    dx, dw, db = (leaf.grad.numpy() for leaf in leaves)
    np.testing.assert_allclose(neuron.z, z.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(neuron.a, a)
    np.testing.assert_array_equal(neuron.x, x)
    np.testing.assert_allclose(a, ours.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(neuron.backward(da), dx, rtol=1e-12)
    np.testing.assert_allclose(neuron.dweights, dw, rtol=1e-12)
    np.testing.assert_allclose(neuron.dbias, db, rtol=1e-12)
    np.testing.assert_array_equal(neuron.weights, w)  # backward changes nothing
    neuron.update(0.5)
    np.testing.assert_allclose(neuron.weights, w - 0.5 * dw, rtol=1e-12)
    np.testing.assert_allclose(neuron.bias, b - 0.5 * db, rtol=1e-12)
