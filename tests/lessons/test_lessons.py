"""The articles' runs: their published figures, to the digits that are published, and the rates behind them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import lessons, nn, optim
from chainrule.nn import functional as F

_kept: dict[tuple[int, int], tuple[dict[str, Any], list[str]]] = {}


def lesson(number: int, seeds: int = 100) -> tuple[dict[str, Any], list[str]]:
    if (number, seeds) not in _kept:
        lines: list[str] = []
        found = lessons.run(number, seeds=seeds, lang="en", write=lines.append)
        _kept[number, seeds] = found, lines
    return _kept[number, seeds]


def rate(pair: tuple[int, int]) -> float:
    return pair[0] / pair[1]


@pytest.mark.slow
@pytest.mark.xdist_group("lessons")
class TestLesson4:
    @pytest.mark.article("S3-01", "S3-05", "S3-11", "S3-14")
    def test_losses_to_the_digit_and_every_point_right(self) -> None:
        found, lines = lesson(4)
        wanted = {0: "0.6932", 1_000: "0.0023", 2_000: "0.0011", 3_000: "0.0007", 10_000: "0.0002", 19_999: "0.0001"}
        assert {epoch: f"{found['losses'][epoch]:.4f}" for epoch in wanted} == wanted
        assert found["losses"][-1] == pytest.approx(1.078e-4, rel=1e-3)
        assert found["accuracy"] == 1.0
        assert found["held_out"] == 1.0
        assert rate(found["others"]) == 1.0
        assert any("W1 (2, 4)  b1 (1, 4)  W2 (4, 1)  b2 (1, 1), 17" in line for line in lines)

    @pytest.mark.article("W-24")
    def test_the_last_loss_is_the_one_before_the_last_update(self) -> None:
        found, _ = lesson(4)
        X, y = cr.data.clusters(200, noise=0.2, seed=42)
        after = found["trainer"].evaluate((X, y))["loss"]
        assert after < found["losses"][-1] < found["losses"][-2]


@pytest.mark.slow
@pytest.mark.xdist_group("lessons")
class TestLesson3:
    @pytest.mark.article("S2-13", "S2-14")
    def test_the_loss_and_its_floor(self) -> None:
        found, lines = lesson(3)
        assert found["floor"] == pytest.approx(0.105677, abs=1e-6)
        assert 0.108 <= found["final"] < 0.109
        assert np.abs(found["outputs"] - [[0.0], [0.85], [1.0], [0.0]]).max() < 0.05
        assert rate(found["close"]) >= 0.95
        assert found["median"] == pytest.approx(0.10872, abs=3e-4)
        table = [line.split()[0] for line in lines if len(line.split()) == 3 and line.split()[0].isdigit()]
        assert table == ["0", "1000", "2000", "3000", "4000", "4999"]

    @pytest.mark.article("S2-15")
    def test_the_other_targets(self) -> None:
        found, _ = lesson(3)
        assert found["other_floor"] == pytest.approx(0.519343, abs=1e-6)
        assert found["other_median"] - found["other_floor"] <= 1e-4
        assert rate(found["near"]) == 1.0
        assert np.abs(np.median(found["other_outputs"], 0) - [[0.96], [0.63], [0.75], [0.45]]).max() < 0.01

    @pytest.mark.article("S2-04", "S2-06", "S2-17")
    def test_statements(self) -> None:
        found, _ = lesson(3)
        assert found["slope"] == [6.0, 8.0]
        assert found["outliers"]["mse"] == pytest.approx(22.0)
        assert found["outliers"]["mae"] == pytest.approx(3.0)
        assert found["outliers"]["huber"] < 4.0
        for count in found["optimizers"].values():  # no optimizer makes two hidden units enough
            assert 0.2 < count / 100 < 0.8


@pytest.mark.slow
@pytest.mark.xdist_group("lessons")
class TestLesson2:
    @pytest.mark.article("S1-02", "S1-04")
    def test_the_neuron_and_the_small_network(self) -> None:
        found, _ = lesson(2)
        assert found["neuron"] == pytest.approx(0.916827, abs=1e-6)
        assert found["first"].shape == (1, 2)
        assert np.abs(found["first"] - 0.5).max() < 0.05

    @pytest.mark.article("S1-12", "W-15")
    def test_the_numpy_network_never_learns_and_its_cure(self) -> None:
        found, _ = lesson(2)
        assert found["never"][0] == 0
        assert found["stuck_loss"] == pytest.approx(0.25, abs=1e-4)
        assert np.abs(found["stuck_answers"] - 0.5).max() < 0.01
        assert rate(found["cured"]) >= 0.97

    @pytest.mark.article("S1-13")
    def test_the_pytorch_network_fails_three_times_in_ten(self) -> None:
        found, _ = lesson(2, seeds=300)
        assert 0.65 <= rate(found["pytorch"]) <= 0.75

    @pytest.mark.article("S1-07", "S1-01", "S1-26")
    def test_tables_in_both_languages(self) -> None:
        for name, count in (("activations", 5), ("neurons", 4), ("losses", 5), ("outputs", 3), ("key_points", 4)):
            rows = {}
            for lang in ("en", "zh"):
                with cr.settings(lang=lang):
                    lines: list[str] = []
                    rows[lang] = lessons.table(name, write=lines.append)
                    assert len(lines) == count + 2
            assert len(rows["en"]) == count
            assert rows["en"] != rows["zh"]
        with pytest.raises(cr.ArgumentError, match="activations"):
            lessons.table("nothing")


@pytest.mark.slow
@pytest.mark.xdist_group("lessons")
class TestLesson1:
    @pytest.mark.article("S0-05")
    def test_run_a(self) -> None:
        found, _ = lesson(1)
        assert np.abs(found["first_losses"] - 0.49997).max() < 5e-4  # from any seed
        assert found["lucky"] <= 1e-5
        low, high = cr.metrics.wilson_interval(found["mean"], 100)
        assert low <= 0.06 <= high
        low, high = cr.metrics.wilson_interval(found["sum"], 100)
        assert low <= 0.175 <= high

    @pytest.mark.article("S0-35", "S0-36", "W-25")
    def test_run_b(self) -> None:
        found, _ = lesson(1)
        assert 0.45 < found["two"] / 100 < 0.70
        assert found["half_right"] / 100 > 0.2
        assert found["four"] / 100 >= 0.95
        assert found["long"][1] == pytest.approx(0.001633, rel=0.1)
        assert found["long"][-1] == pytest.approx(0.000153, rel=0.1)
        assert found["answers"].round(4).tolist() == pytest.approx([0.0002, 0.9999, 0.9999, 0.0002], abs=2e-4)

    @pytest.mark.article("S0-11", "S0-37")
    def test_statements(self) -> None:
        found, lines = lesson(1)
        assert found["epochs_needed"]["tanh"] < found["epochs_needed"]["sigmoid"]
        assert found["loops_off"] < 1e-12
        assert found["loops_ratio"] > 2
        assert any("Depth" in line for line in lines)


@pytest.mark.parametrize("number", [2])
def test_chinese(number: int) -> None:
    lines: list[str] = []
    lessons.run(number, seeds=10, lang="zh", write=lines.append)
    text = "\n".join(lines)
    assert "第二课" in text
    assert "loss" not in text
    assert "chainrule script lesson2" in text


def test_refusals() -> None:
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: lessons.run(5), "1, 2, 3 or 4"), (lambda: lessons.run(1, seeds=3), "at least 10"),
        (lambda: lessons.run(1, lang="fr"), "zh"),
        (lambda: lessons.Neuron(2, "swish", np.random.default_rng(0)), "tanh"),
        (lambda: lessons.NeuralNetwork([2, 2, 1], ["tanh"]), "2"),
    ]
    for call, word in cases:
        with pytest.raises(cr.ArgumentError, match=word):
            call()


# --- the pieces of the lessons --------------------------------------------------------------------------------------


@pytest.mark.article("S0-32", "S0-33", "S0-34", "W-26", "W-08")
@pytest.mark.parametrize("activations", [["tanh", "sigmoid"], ["relu", "none"], ["sigmoid", "tanh"]])
@pytest.mark.parametrize("outputs", [1, 3])
def test_neurons_equal_matrices(activations: list[str], outputs: int) -> None:
    draw = np.random.default_rng(0)
    X, y = draw.normal(size=(7, 2)), draw.uniform(size=(7, outputs))
    loops = lessons.NeuralNetwork([2, 5, outputs], activations, seed=3)
    names = [None if name == "none" else name for name in activations]
    output = None if activations[-1] == "sigmoid" else names[-1]
    net = nn.MLP([2, 5, outputs], activation=names[0], output_activation=output).double()
    dense = [m for m in net if isinstance(m, nn.Linear)]
    with cr.no_grad():
        for m, layer in zip(dense, loops.layers, strict=True):
            m.weight.copy_(np.hstack([n.weights for n in layer.neurons]).T)
            m.bias.copy_(np.hstack([n.bias for n in layer.neurons])[0])
    criterion = nn.BCEWithLogitsLoss() if activations[-1] == "sigmoid" else nn.MSELoss()
    optimizer = optim.SGD(net.parameters(), lr=0.3)
    rows, targets = cr.tensor(X, dtype=np.float64), cr.tensor(y, dtype=np.float64)
    losses = []
    for _ in range(20):
        loss = criterion(net(rows), targets)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    np.testing.assert_allclose(loops.train(X, y, 20, 0.3, batch_size=7), losses, rtol=1e-12)
    out = net(rows).sigmoid() if activations[-1] == "sigmoid" else net(rows)
    np.testing.assert_allclose(loops.predict(X), out.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_many_side_by_side_are_each_the_one_alone() -> None:
    X, y = cr.data.xor()
    nets = lessons.build_seeds(lambda: nn.MLP([2, 3, 1], activation="tanh"), 5)
    bce = lambda z, t: F.binary_cross_entropy_with_logits(z, t, reduction="none")
    many = lessons.train_side_by_side(nets, X, y, bce, lambda p: optim.Adam(p, lr=0.05), 50, at=[0, 49])
    cr.manual_seed(3)
    alone = nn.MLP([2, 3, 1], activation="tanh")
    optimizer = optim.Adam(alone.parameters(), lr=0.05)
    trainer = cr.Trainer(alone, nn.BCEWithLogitsLoss(), optimizer, dtype="float64", seed=0)
    history = trainer.fit((X, y), epochs=50, batch_size=4, progress=False)
    np.testing.assert_allclose(many.curve[:, 3], [history["loss"][0], history["loss"][49]], rtol=1e-9)
    assert many.at == (0, 49)
    np.testing.assert_allclose(many.losses[3], trainer.evaluate((X, y))["loss"], rtol=1e-9)
