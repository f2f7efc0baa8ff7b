"""The second article: basics, a NumPy network that never learns, its cure, and a PyTorch network that often fails."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.data.article_sets import xor
from chainrule.lessons.page import Page
from chainrule.lessons.side_by_side import Outcome, build_seeds, train_side_by_side
from chainrule.lessons.tables import table
from chainrule.nn.containers import Sequential
from chainrule.nn.functional._binary import binary_cross_entropy_with_logits
from chainrule.nn.functional._regression import mse_loss
from chainrule.nn.linear import Linear
from chainrule.nn.mlp import MLP
from chainrule.nn.rectifiers import ReLU
from chainrule.nn.squashing import Sigmoid
from chainrule.optim.adam import Adam
from chainrule.optim.sgd import SGD
from chainrule.tape.mode import no_grad
from chainrule.tensors.creation import tensor
from chainrule.tensors.random import Generator, drawing_from

EPOCHS = 5_000


def _bce(z: Any, t: Any) -> Any:
    return binary_cross_entropy_with_logits(z, t, reduction="none")


def _mse(p: Any, t: Any) -> Any:
    return mse_loss(p, t, reduction="none")


def lesson(seeds: int, write: Callable[[str], Any]) -> dict[str, Any]:
    """The article's neuron and its two XOR networks, each over many seeds."""
    page = Page(write)
    X, y = xor()
    page.title("lesson2.title")
    z = (tensor([1.0, 2.0, 3.0]) @ tensor([0.5, -0.3, 0.8]) + 0.1)
    page.text("lesson2.neuron", z=f"{z.item():.1f}", a=f"{z.sigmoid().item():.3f}")
    with no_grad(), drawing_from(Generator(0)):
        first = MLP([3, 4, 2], activation="sigmoid", init=0.01, output_activation="sigmoid")(tensor([[1.0, 2.0, 3.0]]))
    page.text("lesson2.network", output=[round(v, 3) for v in first.tolist()[0]])
    table("activations", write)

    page.title("lesson2.numpy")
    stuck = train_side_by_side(
        build_seeds(lambda: MLP([2, 4, 1], activation="sigmoid", init=0.01), seeds), X, y, _bce,
        lambda p: SGD(p, lr=0.5), EPOCHS,
    )
    never, lost = _right(stuck, y, 0.0), _squared(stuck, y)
    page.text("lesson2.numpy_end", seeds=seeds, rate=page.rate(never, seeds), loss=f"{np.median(lost):.4f}",
              answer=f"{_probability(stuck.outputs).mean():.3f}")
    cured = train_side_by_side(
        build_seeds(lambda: MLP([2, 4, 1], activation="sigmoid", init=1.0), seeds), X, y, _bce,
        lambda p: SGD(p, lr=0.5), EPOCHS,
    )
    healed = _right(cured, y, 0.0)
    page.text("lesson2.cure", rate=page.rate(healed, seeds), loss=f"{np.median(_squared(cured, y)):.5f}")

    page.title("lesson2.pytorch")
    adam = train_side_by_side(
        build_seeds(lambda: Sequential(Linear(2, 4), ReLU(), Linear(4, 1), Sigmoid()), seeds), X, y, _mse,
        lambda p: Adam(p, lr=0.01), EPOCHS,
    )
    learnt = _right(adam, y, 0.5)
    page.text("lesson2.pytorch_end", seeds=seeds, rate=page.rate(learnt, seeds), failed=seeds - learnt)

    page.title("lesson2.beyond")
    page.text("lesson2.objective")
    page.text("lesson2.loop")
    page.text("lesson2.names")
    page.text("lesson2.rates")
    table("key_points", write)
    return {
        "neuron": z.sigmoid().item(), "first": first.numpy(), "never": (never, seeds),
        "stuck_loss": float(np.median(lost)), "stuck_answers": _probability(stuck.outputs),
        "cured": (healed, seeds), "pytorch": (learnt, seeds),
    }


def _probability(z: Any) -> Any:
    return tensor(z, dtype=np.float64).sigmoid().numpy()


def _right(outcome: Outcome, y: Any, threshold: float) -> int:
    return int((((outcome.outputs > threshold) == (y > 0.5)).all((1, 2))).sum())


def _squared(outcome: Outcome, y: Any) -> Any:
    """The mean squared error of each network, which the article prints though it descends another loss."""
    return ((_probability(outcome.outputs) - y) ** 2).mean((1, 2))
