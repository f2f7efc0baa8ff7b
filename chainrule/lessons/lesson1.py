"""The first article: XOR by luck, XOR by better choices, and how often each really learns."""

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from chainrule.data.article_sets import xor
from chainrule.language import say
from chainrule.lessons import batch_sizes, norms
from chainrule.lessons.batch_sizes import by_batch_size
from chainrule.lessons.depth import by_depth
from chainrule.lessons.neurons import NeuralNetwork
from chainrule.lessons.norms import by_norm
from chainrule.lessons.page import Page
from chainrule.lessons.side_by_side import Outcome, build_seeds, train_side_by_side
from chainrule.lessons.tables import table
from chainrule.nn.functional._binary import binary_cross_entropy_with_logits
from chainrule.nn.functional._regression import mse_loss
from chainrule.nn.mlp import MLP
from chainrule.optim.sgd import SGD
from chainrule.tape.mode import no_grad

FIRST, SECOND, LONG = 10_000, 20_000, 200_000
RUN_A = (0.499970, 0.249839, 0.249042, 0.244619, 0.224387, 0.177830, 0.113382, 0.023213, 0.001769, 0.000104, 0.000006)
RUN_B = (0.710580, 0.001633, 0.000789, 0.000520, 0.000387, 0.000308, 0.000256, 0.000219, 0.000191, 0.000170, 0.000153)


def _eleven(epochs: int) -> list[int]:
    """The epochs whose loss the article prints, counted from 1: the first, and every tenth part."""
    return [1, *(epochs // 10 * i for i in range(1, 11))]


def _mse(p: Any, t: Any) -> Any:
    return mse_loss(p, t, reduction="none")


def _bce(z: Any, t: Any) -> Any:
    return binary_cross_entropy_with_logits(z, t, reduction="none")


def _sgd(rate: float) -> Callable[[Any], SGD]:
    return lambda parameters: SGD(parameters, lr=rate)


def lesson(seeds: int, write: Callable[[str], Any]) -> dict[str, Any]:
    """The article's two runs: its printed figures, a seed that does as well, and the rate behind it."""
    page = Page(write)
    X, y = xor()
    found: dict[str, Any] = {}
    page.title("lesson1.title")

    page.title("lesson1.run_a")
    lucky = _run_a(X, y, seeds, found)
    mean, summed = found["mean"], found["sum"]
    if lucky is None:
        page.text("lesson1.no_lucky", seeds=seeds)
    else:
        _beside(page, FIRST, RUN_A, lucky)
    page.text("lesson1.run_a_rates", seeds=seeds, mean=page.rate(mean, seeds), sum=page.rate(summed, seeds))
    page.text("lesson1.saturation", mse=f"{_slope_mse():.2e}", bce=f"{_slope_bce():.5f}")
    table("outputs", write)

    page.title("lesson1.run_b")
    curve = _run_b(X, y, seeds, found)
    if curve is not None:
        _beside(page, LONG, RUN_B, curve)
    page.text("lesson1.run_b_rate", seeds=seeds, rate=page.rate(found["two"], seeds), half=f"{np.log(2) / 2:.4f}",
              stuck=page.rate(found["half_right"], seeds))
    page.text("lesson1.cure", rate=page.rate(found["four"], seeds))

    page.title("lesson1.claims")
    page.text("lesson1.tanh", **_tanh_against_sigmoid(X, y, seeds, found))
    _contested(page, seeds, found)
    page.text("lesson1.loops", ratio=f"{_loops_against_matrices(X, y, found):.0f}")
    page.text("lesson1.text")
    return found


def _contested(page: Page, seeds: int, found: dict[str, Any]) -> None:
    """Statements about depth, batches and batch norm, each with its table."""
    found["depth"], found["batch_sizes"], found["norms"] = by_depth(seeds), by_batch_size(), by_norm()
    page.text("lesson1.depth", seeds=seeds)
    page.table(("lesson1.rows", "lesson1.wide", "lesson1.deep", "lesson1.deeper"), [
        (row.name, f"{row.wide:.4f}", f"{row.deep:.4f}", f"{row.deeper_better} / {seeds}") for row in found["depth"]
    ])
    page.text("lesson1.batches", seeds=batch_sizes.SEEDS)
    page.table(("lesson1.batch", "lesson1.time", "lesson1.by_epochs", "lesson1.by_steps", "lesson1.unseen"), [
        (row.size, f"{row.milliseconds:.1f} ms", f"{row.by_epochs:.3f}", f"{row.by_steps:.3f}", f"{row.accuracy:.1%}")
        for row in found["batch_sizes"]
    ])
    page.text("lesson1.norms", seeds=norms.SEEDS)
    words = {name: say(f"lesson1.norms_{name}") for name in ("rate", "init", "small", "whole")}
    page.table(("lesson1.training", "lesson1.norm_none", "lesson1.norm_batch", "lesson1.norm_layer"), [
        (words[name], f"{row.none:.3f}", f"{row.batch:.3f}", f"{row.layer:.3f}") for name, row in found["norms"].items()
    ])
    page.text("lesson1.norms_end")


def _beside(page: Page, epochs: int, printed: tuple[float, ...], ours: list[float]) -> None:
    """The article's eleven losses, and those of a seed that learnt."""
    rows = zip(_eleven(epochs), printed, ours, strict=True)
    headings = ("lesson1.epoch", "lesson1.article", "lesson1.lucky")
    page.table(headings, [(f"{epoch:,}", f"{one:.6f}", f"{two:.6f}") for epoch, one, two in rows])


def _run_a(X: Any, y: Any, seeds: int, found: dict[str, Any]) -> list[float] | None:
    networks = build_seeds(lambda: MLP([2, 2, 1], activation="relu", init=0.01, output_activation="relu"), seeds)
    at = [epoch - 1 for epoch in _eleven(FIRST)]
    # The class itself stands in an earlier article: whether it steps by the mean or the sum of four rows is not known.
    for name, rate in (("mean", 0.005), ("sum", 0.02)):
        outcome = train_side_by_side(networks, X, y, _mse, _sgd(rate), FIRST, at)
        found[name] = int((np.abs(outcome.outputs - y) < 0.25).all((1, 2)).sum())
        found["first_losses"] = outcome.curve[0]
    best = int(outcome.losses.argmin())
    found["lucky"] = float(outcome.losses[best])
    if outcome.losses[best] > 1e-5:
        return None
    return [float(loss) for loss in outcome.curve[:, best]]


def _run_b(X: Any, y: Any, seeds: int, found: dict[str, Any]) -> list[float] | None:
    networks = build_seeds(lambda: MLP([2, 2, 1], activation="tanh", init="lecun_normal"), seeds)
    outcome = train_side_by_side(networks, X, y, _bce, _sgd(0.1), SECOND)
    right = _right(outcome, y)
    found["two"], found["two_losses"] = int(right.sum()), outcome.losses
    found["half_right"] = int((np.abs(outcome.losses - np.log(2) / 2) < 0.01).sum())
    four = build_seeds(lambda: MLP([2, 4, 1], activation="tanh", init="lecun_normal"), seeds)
    found["four"] = int(_right(train_side_by_side(four, X, y, _bce, _sgd(0.1), SECOND), y).sum())
    if not right.any():
        return None
    at = [epoch - 1 for epoch in _eleven(LONG)]
    alone = train_side_by_side([networks[int(right.argmax())]], X, y, _bce, _sgd(0.1), LONG, at)
    found["long"] = [float(loss) for loss in alone.curve[:, 0]]
    found["answers"] = 1 / (1 + np.exp(-alone.outputs[0, :, 0]))
    return found["long"]  # type: ignore[no-any-return]  # one table of figures for all


def _right(outcome: Outcome, y: Any) -> Any:
    return ((outcome.outputs > 0) == (y > 0.5)).all((1, 2))


def _slope_mse() -> float:
    """∂/∂z (σ(z) - 1)² at z = -10: the sigmoid's slope is gone, and with it the lesson."""
    p = 1 / (1 + np.exp(10.0))
    return float(2 * (p - 1) * p * (1 - p))


def _slope_bce() -> float:
    """∂/∂z of cross-entropy at z = -10, y = 1: p - y."""
    return float(1 / (1 + np.exp(10.0)) - 1)


def _tanh_against_sigmoid(X: Any, y: Any, seeds: int, found: dict[str, Any]) -> dict[str, str]:
    """How many epochs until the loss is below 0.1, on XOR with four hidden units."""
    at = list(range(0, 5_000, 25))
    needed = {}
    for name in ("tanh", "sigmoid"):
        networks = build_seeds(partial(MLP, [2, 4, 1], activation=name, init="lecun_normal"), seeds)
        curve = train_side_by_side(networks, X, y, _bce, _sgd(0.5), at[-1] + 1, at).curve
        below = curve < 0.1
        first = np.where(below.any(0), np.array(at)[below.argmax(0)], np.inf)
        needed[name] = float(np.median(first))
    found["epochs_needed"] = needed
    return {name: f"{epochs:,.0f}" if np.isfinite(epochs) else "> 5,000" for name, epochs in needed.items()}


def _loops_against_matrices(X: Any, y: Any, found: dict[str, Any]) -> float:
    """The same 2-64-1 network neuron by neuron and with matrices: equal, and how much slower."""
    loops = NeuralNetwork([2, 64, 1], seed=1)
    matrices = MLP([2, 64, 1], activation="tanh").double()
    with no_grad():
        for place, layer in zip((0, 2), loops.layers, strict=True):
            matrices[place].weight.copy_(np.hstack([n.weights for n in layer.neurons]).T)
            matrices[place].bias.copy_(np.hstack([n.bias for n in layer.neurons])[0])
    start = perf_counter()
    losses = loops.train(X, y, epochs=400, learning_rate=0.1, batch_size=4)
    slow = perf_counter() - start
    start = perf_counter()
    outcome = train_side_by_side([matrices], X, y, _bce, _sgd(0.1), 400, range(400))
    quick = perf_counter() - start
    found["loops_off"] = float(np.abs(np.array(losses) - outcome.curve[:, 0]).max())
    found["loops_ratio"] = slow / quick
    return slow / quick
