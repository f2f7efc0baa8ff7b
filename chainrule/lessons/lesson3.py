"""The third article: a two-layer network step by step, soft targets, and the floor under their loss."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.data.article_sets import xor
from chainrule.lessons.page import Page
from chainrule.lessons.side_by_side import build_seeds, train_side_by_side
from chainrule.lessons.two_layers import TwoLayers
from chainrule.nn.functional._binary import binary_cross_entropy_with_logits
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.regression import HuberLoss, L1Loss, MSELoss
from chainrule.nn.mlp import MLP
from chainrule.optim.adam import Adam
from chainrule.optim.rmsprop import RMSprop
from chainrule.optim.sgd import SGD
from chainrule.tensors.calculus import grad
from chainrule.tensors.creation import tensor
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.trainer import Trainer

EPOCHS = 5_000
# The article steps by the sum over four rows with rate 0.1; by the mean that is rate 0.4.
RATE = 0.4
SOFT = np.array([[0.0], [0.85], [1.0], [0.0]])
OTHER = np.array([[0.96], [0.63], [0.75], [0.45]])


def _build() -> MLP:
    return MLP([2, 4, 1], activation="sigmoid", init="standard_normal")


def _losses(z: Any, t: Any) -> Any:
    return binary_cross_entropy_with_logits(z, t, reduction="none")


def lesson(seeds: int, write: Callable[[str], Any]) -> dict[str, Any]:
    """Train the article's network on its two sets of targets, with the lowest loss that is possible beside it."""
    page = Page(write)
    X, _ = xor()
    page.title("lesson3.title")
    slope = grad(lambda p: p[0] ** 2 + p[1] ** 2)(tensor([3.0, 4.0]))
    page.text("lesson3.chain_rule", slope=slope.tolist())

    floor = BCEWithLogitsLoss().floor(SOFT)
    with drawing_from(Generator(0)):
        network = _build()
    trainer = Trainer(network, BCEWithLogitsLoss(), SGD(network.parameters(), lr=RATE), seed=0, dtype="float64")
    history = trainer.fit((X, SOFT), epochs=EPOCHS, batch_size=4, progress=False)
    page.title("lesson3.training")
    at = [*range(0, EPOCHS, 1_000), EPOCHS - 1]
    page.table(("lesson3.epoch", "lesson3.loss", "lesson3.above"), [
        (epoch, f"{history['loss'][epoch]:.6f}", f"{history['loss'][epoch] - floor:.6f}") for epoch in at
    ])
    final = trainer.evaluate((X, SOFT))["loss"]
    page.text("lesson3.floor", final=f"{final:.6f}", floor=f"{floor:.6f}", above=f"{final - floor:.6f}")
    outputs = trainer.predict_proba(X)[:, -1:]
    page.table(("lesson3.target", "lesson3.output"), [
        (f"{t:.2f}", f"{p:.4f}") for t, p in zip(SOFT[:, 0], outputs[:, 0], strict=True)
    ])

    many = train_side_by_side(build_seeds(_build, seeds), X, SOFT, _losses, lambda p: SGD(p, lr=RATE), EPOCHS)
    close = int((many.losses - floor <= 0.005).sum())
    page.text("lesson3.seeds", seeds=seeds, rate=page.rate(close, seeds), median=f"{np.median(many.losses):.5f}")
    other_floor = BCEWithLogitsLoss().floor(OTHER)
    other = train_side_by_side(build_seeds(_build, seeds), X, OTHER, _losses, lambda p: SGD(p, lr=RATE), EPOCHS)
    near = int((other.losses - other_floor <= 1e-4).sum())
    page.text("lesson3.other", median=f"{np.median(other.losses):.5f}", floor=f"{other_floor:.6f}",
              rate=page.rate(near, seeds))

    page.title("lesson3.beyond")
    page.text("lesson3.sum")
    own = _corrected(X)
    off = float(np.abs(np.subtract(own, history["loss"])).max())
    page.text("lesson3.listing", off=f"{off:.0e}")
    tried = {"mse": MSELoss(), "mae": L1Loss(), "huber": HuberLoss()}
    best = {name: _best_constant(loss) for name, loss in tried.items()}
    page.text("lesson3.outliers", **{name: f"{value:.2f}" for name, value in best.items()})
    page.text("lesson3.minima", seeds=seeds)
    rates = _by_optimizer(seeds)
    shown = [(name, page.rate(count, seeds)) for name, count in rates.items()]
    page.table(("lesson3.optimizer", "lesson3.learnt"), shown)
    page.text("lesson3.minima_end")
    return {
        "losses": history["loss"], "final": final, "floor": floor, "outputs": outputs, "close": (close, seeds),
        "median": float(np.median(many.losses)), "other_median": float(np.median(other.losses)),
        "other_floor": other_floor, "near": (near, seeds), "other_outputs": 1 / (1 + np.exp(-other.outputs)),
        "listing_off": off, "optimizers": rates, "outliers": best, "slope": slope.tolist(),
    }


def _corrected(X: Any) -> list[float]:
    """The losses of the article's listing set right, from the weights of seed 0."""
    with drawing_from(Generator(0)):
        begun = _build().double().weights()
    listing = TwoLayers(2, 4, 1)
    listing.w1, listing.b1, listing.w2, listing.b2 = (begun[name].copy() for name in ("W1", "b1", "W2", "b2"))
    return listing.train(X, SOFT, EPOCHS, RATE)


def _best_constant(loss: Any) -> float:
    """The one number that fits four close values and an outlier best."""
    constant, _ = loss.best_constant(np.array([[1.0], [2.0], [3.0], [4.0], [100.0]]))
    return float(np.asarray(constant).ravel()[0])


def _by_optimizer(seeds: int) -> dict[str, int]:
    """On XOR with two hidden units, where half of all seeds get stuck: does another optimizer help?"""
    X, y = xor()
    methods: dict[str, Callable[[Any], Any]] = {
        "SGD 0.1": lambda p: SGD(p, lr=0.1), "SGD 0.1, momentum 0.9": lambda p: SGD(p, lr=0.1, momentum=0.9),
        "RMSprop 0.01": lambda p: RMSprop(p, lr=0.01), "Adam 0.01": lambda p: Adam(p, lr=0.01),
        "Adam 0.1": lambda p: Adam(p, lr=0.1),
    }
    networks = build_seeds(lambda: MLP([2, 2, 1], activation="tanh", init="lecun_normal"), seeds)
    found = {}
    for name, method in methods.items():
        outcome = train_side_by_side(networks, X, y, _losses, method, 5_000)
        found[name] = int((((outcome.outputs > 0) == (y > 0.5)).all((1, 2))).sum())
    return found
