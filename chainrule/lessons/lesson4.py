"""The fourth article: a whole classifier in NumPy, two clusters, reproduced to the digit."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.data.article_sets import clusters
from chainrule.lessons.page import Page
from chainrule.lessons.side_by_side import build_seeds, train_side_by_side
from chainrule.nn.functional._binary import binary_cross_entropy_with_logits
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.mlp import MLP
from chainrule.optim.sgd import SGD
from chainrule.tape.mode import no_grad
from chainrule.train.trainer import Trainer

EPOCHS, RATE = 20_000, 0.5
# The article's own program, run as it stands: loss before the update of these epochs, and of the last one.
PUBLISHED = {0: 0.6932, 1_000: 0.0023, 2_000: 0.0011, 3_000: 0.0007, 10_000: 0.0002, EPOCHS - 1: 0.0001}


def article_network(stream: np.random.RandomState) -> MLP:
    """The article's 2-4-1 network from its own stream, behind the draws of its data."""
    stream.randn(2, 4), stream.randn(4, 1)  # drawn once at the top of the article, and never used
    first, last = stream.randn(2, 4) * 0.01, stream.randn(4, 1) * 0.01  # drawn again in train_network
    network = MLP([2, 4, 1], activation="relu").double()
    with no_grad():
        network[0].weight.copy_(first.T)
        network[2].weight.copy_(last.T)
    return network


def lesson(seeds: int, write: Callable[[str], Any]) -> dict[str, Any]:
    """Train the article's network, to its digits, and look at what one run on its own rows cannot show."""
    page = Page(write)
    stream = np.random.RandomState(42)
    X, y = clusters(200, noise=0.2, generator=stream)
    network = article_network(stream)
    page.title("lesson4.title")
    page.text("lesson4.data")
    page.text("lesson4.network", shapes="  ".join(f"{name} {w.shape}" for name, w in network.weights().items()),
              count=sum(p.numel() for p in network.parameters()))

    trainer = Trainer(network, BCEWithLogitsLoss(), SGD(network.parameters(), lr=RATE), ["accuracy"], seed=0)
    history = trainer.fit((X, y), epochs=EPOCHS, batch_size=200, progress=False)
    losses = history["loss"]
    page.title("lesson4.training")
    rows = [(epoch, f"{losses[epoch]:.4f}", f"{wanted:.4f}") for epoch, wanted in PUBLISHED.items()]
    page.table(("lesson4.epoch", "lesson4.ours", "lesson4.article"), rows)
    accuracy = trainer.evaluate((X, y))["accuracy"]
    unseen = clusters(200, noise=0.2, seed=43)
    held_out = trainer.evaluate((unseen.X, unseen.y))["accuracy"]
    page.text("lesson4.accuracy", accuracy=f"{accuracy:.2%}", held_out=f"{held_out:.2%}")

    page.title("lesson4.beyond")
    page.text("lesson4.two_draws")
    page.text("lesson4.last_loss", before=f"{losses[-1]:.6f}", after=f"{trainer.evaluate((X, y))['loss']:.6f}")
    others = train_side_by_side(
        build_seeds(lambda: MLP([2, 4, 1], activation="relu", init=0.01), seeds), X, y,
        lambda z, t: binary_cross_entropy_with_logits(z, t, reduction="none"), lambda p: SGD(p, lr=RATE), 2_000,
    )
    right = int((((others.outputs > 0) == (y > 0.5)).all((1, 2))).sum())
    page.text("lesson4.seeds", rate=page.rate(right, seeds), seeds=seeds)
    page.text("lesson4.more")
    return {"losses": losses, "accuracy": accuracy, "held_out": held_out, "others": (right, seeds), "trainer": trainer}
