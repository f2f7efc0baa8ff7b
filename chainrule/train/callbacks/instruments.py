"""Look into the layers now and then, while the steps stay compiled."""

from math import ceil, inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import real, whole
from chainrule.train.batch import Batch
from chainrule.train.callbacks.callback import Callback
from chainrule.train.feed import ArrayFeed
from chainrule.train.instruments.health import Health
from chainrule.train.instruments.looking import Watched, glance, layers_of, rms

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

BEGIN = 0.02  # seconds: of any fit, for taking in the data, recording and binding
STEP, PRODUCT = 2.3e-6, 1.7e-11  # seconds: of a compiled step, and of a weight and a row of its batch
LOOK, WEIGHT = 1e-3, 1.2e-10  # seconds: of a look and the way back to compiled steps, and of a weight and a row of it


class Instruments(Callback):
    r"""Read off how the layers are doing: `history.health` has what was read, `cr.plots.health(history)` draws it.

    Weights, activations, gradients, updates, dead and saturated units, numbers that are not finite, and the noise of
    the gradient (see `Health`), before the steps 0, `every`, and then ever more rarely, and at the end:

    \[ t_{i+1} = \max(t_i + \text{every}, \lceil \text{growth} \cdot t_i \rceil) \]

    It waits longer where its looks would take more than `share` of the time. That time is reckoned by the numbers of
    rows and weights, for compiled steps, and not by a clock: the same fit is looked at before the same steps on every
    day and machine.

    It looks at the same first rows of the training data each time, in evaluation mode. The steps themselves are not
    touched: the weights come out with the same bytes, compiled steps stay compiled. Rows of a loader are those of the
    batch that comes next.

    Args:
        every: steps between two looks at first, at least 1; default 10.
        growth: factor between two looks later on, at least 1; default 2.0, about three looks for ten times the steps.
        rows: how many are looked at, at least 1; default 128.
        share: of the time of a fit that looks may take, about, from 0.001 to 1; default 0.05. With it a fit of a
            few thousand steps of a small network is looked at when it begins and ends; 1 lets you see what was between.

    Attributes:
        health: what was read in the latest fit.

    Raises:
        ArgumentError: for numbers out of range.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> trainer = cr.Trainer(nn.MLP([2, 8, 1]), nn.BCEWithLogitsLoss(), callbacks=[train.Instruments()], seed=0)
        >>> history = trainer.fit(cr.data.moons(100, noise=0.1, seed=0), epochs=10, batch_size=50)
        >>> history.health["dead"][-1].tolist(), bool((history.health["gradients"] > 0).all())
        ([0.0, 0.0], True)

    Source:
        Noise scale: S. McCandlish et al., An empirical model of large-batch training (2018), equation 2.8; norms of
        single rows' gradients: I. Goodfellow, Efficient per-example gradient computations (2015).
    """

    reads = "history"

    def __init__(self, every: int = 10, growth: float = 2.0, rows: int = 128, share: float = 0.05) -> None:
        self.every = whole(every, "Instruments, argument every", least=1)
        self.growth = real(growth, "Instruments, argument growth", least=1.0)
        self.rows = whole(rows, "Instruments, argument rows", least=1)
        self.share = real(share, "Instruments, argument share", least=0.001, most=1.0)
        self.health = Health()
        self._due: float = inf  # the step before which it wants to be called
        self._first = 0
        self._before: list[NDArray[Any]] | None = None  # weights at a look whose step is not made yet
        self._layers: list[Watched] = []
        self._batch: Batch | None = None
        self._seconds = (0.0, 1.0)  # of a look, and of a step
        self._resumed = False

    def on_fit_start(self, trainer: "Trainer") -> None:
        self._layers = layers_of(trainer.model)
        if not self._resumed:
            paths = [layer.path for layer in self._layers]
            self.health, self._first, self._before = Health(paths), trainer.step, None
        self._resumed = False
        feed, size = trainer._fitting.feed, trainer._fitting.plan.batch_size
        weights = sum(part.numel() for layer in self._layers for part in layer.weights)
        self._seconds = LOOK + self.rows * weights * WEIGHT, STEP + size * weights * PRODUCT
        self._due = self._wanted if self._before is None else trainer.step
        trainer.history.health = self.health
        self._batch = None
        if isinstance(feed, ArrayFeed):
            self._batch = next(iter(feed.take(np.arange(min(self.rows, feed.rows))).epoch(0, self.rows)))

    def on_fit_end(self, trainer: "Trainer") -> None:
        self._read(trainer)
        self._due = inf

    def on_exception(self, trainer: "Trainer", error: BaseException) -> None:
        self._due, self._layers, self._batch = inf, [], None

    def _look(self, trainer: "Trainer") -> None:
        """What it does when `trainer` has come to the step that it waited for."""
        if self._before is not None:
            self._compare()
        if trainer.step >= self._wanted:
            self._read(trainer)
            self._before = [np.array(part.numpy()) for layer in self._layers for part in layer.weights]
            self._due = trainer.step + 1
        else:
            self._due = self._wanted

    @property
    def _wanted(self) -> int:
        """The step of the next look."""
        steps = self.health._steps
        if not steps:
            return self._first
        passed = steps[-1] - self._first
        look, step = self._seconds
        afforded = ((len(steps) + 2) * look / self.share - BEGIN) / step  # with this one, and that at the end
        return self._first + max(passed + self.every, ceil(passed * self.growth), ceil(afforded))

    def _compare(self) -> None:
        """What the step behind the last look has changed."""
        assert self._before is not None
        before, shares = iter(self._before), []
        for layer in self._layers:
            pairs = [(part.numpy(), next(before)) for part in layer.weights]
            size = rms(*(old for _, old in pairs))
            shares.append(rms(*(new - old for new, old in pairs)) / size if size else 0.0)
        self.health.updated(shares)
        self._before = None

    def _read(self, trainer: "Trainer") -> None:
        if self._before is not None and trainer.step > self.health._steps[-1]:
            self._compare()
        batch = self._batch or trainer.batch
        if batch is None or not self._layers or (self.health._steps and self.health._steps[-1] == trainer.step):
            return
        loss, rows = glance(trainer, batch, self._layers)
        self.health.add(trainer.step, loss, rows)

    def state_dict(self) -> dict[str, Any]:
        return {"health": self.health.state_dict(), "first": self._first, "before": self._before}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.health.load_state_dict(state["health"])
        self._first, self._before = state["first"], state["before"]
        self._resumed = True
