"""Stop when nothing gets better any more, and give back the best weights."""

from math import isnan
from typing import TYPE_CHECKING, Any, Literal

from chainrule.data.arrays import real, whole
from chainrule.errors import ArgumentError, ChainruleWarning, warn
from chainrule.language import say
from chainrule.train.callbacks.callback import Callback
from chainrule.train.weights import Weights

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class EarlyStopping(Callback):
    """Stop a fit when a quantity has not got better for some epochs, and give back the weights of its best epoch.

    An epoch is better when its number lies beyond the best so far by more than `min_delta` (in the number's own unit,
    whatever its sign). NaN is never better. The best weights are given back whenever the fit returns: stopped, at its
    last epoch, or by Ctrl-C; `history.best_epoch` says of which epoch they are. Each fit begins to count anew.

    Args:
        monitor: name of the curve, `"val_loss"` (default), `"loss"`, `"val_accuracy"` …
        patience: epochs without anything better after which the fit stops, at least 1; default 10.
        min_delta: by how much more than nothing it must get better, at least 0; default 0.
        mode: `"min"` or `"max"`: which way is better; default by the metric.
        restore_best: give back the best weights, running statistics included; default True.

    Raises:
        ArgumentError: for a patience, `min_delta` or mode that cannot be.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim, train
        >>> net = nn.Linear(2, 1)
        >>> stop = train.EarlyStopping(monitor="loss", patience=3)
        >>> trainer = cr.Trainer(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=0.0), callbacks=[stop], seed=0)
        >>> history = trainer.fit((cr.ones(4, 2), cr.ones(4, 1)), epochs=100)
        >>> len(history), history.best_epoch
        (4, 0)

    Source:
        L. Prechelt, Early stopping - but when? (1998).
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        mode: Literal["min", "max"] | None = None,
        restore_best: bool = True,
    ) -> None:
        self.monitor = monitor
        self.patience = whole(patience, "EarlyStopping, argument patience", least=1)
        self.min_delta = real(min_delta, "EarlyStopping, argument min_delta", least=0.0)
        if mode not in (None, "min", "max"):
            raise ArgumentError("train.mode", "EarlyStopping, argument mode", got=repr(mode))
        self.mode = mode
        self.restore_best = restore_best
        self.reads = "weights" if restore_best else "history"
        self._begin()

    def _begin(self) -> None:
        self.best: float | None = None
        self.best_epoch: int | None = None
        self.waited = 0
        self._weights: Weights | None = None
        self._resumed = False

    def on_fit_start(self, trainer: "Trainer") -> None:
        if not self._resumed:
            self._begin()
        self._resumed = False
        if trainer.guard != "off" and self._upside_down(trainer):
            warn(ChainruleWarning(
                "guard.upside_down", "EarlyStopping, argument mode", mode=self.mode, monitor=self.monitor
            ))

    def _upside_down(self, trainer: "Trainer") -> bool:
        """Whether it would keep the worst: of what users measure by functions of their own nobody knows."""
        name = self.monitor.removeprefix("val_")
        known = name == "loss" or name in [metric for metric in trainer.metrics if isinstance(metric, str)]
        return known and self.mode is not None and self.mode != trainer.better(self.monitor)

    def on_epoch_end(self, trainer: "Trainer") -> None:
        row = trainer.history.last
        if self.monitor not in row:
            known = ", ".join(name for name in row if name != "lr")
            raise ArgumentError("train.monitor", "argument monitor", got=repr(self.monitor), known=known)
        value = row[self.monitor]
        if self._is_better(value, trainer):
            self.best, self.best_epoch, self.waited = value, trainer.epoch, 0
            if self.restore_best:
                self._weights = Weights.of(trainer.model)
            return
        self.waited += 1
        if self.waited >= self.patience:
            trainer.stop(say("train.early_stopping", monitor=self.monitor, patience=self.patience))

    def on_fit_end(self, trainer: "Trainer") -> None:
        if self.best_epoch is None:
            return
        trainer.history.watch(self.monitor, self.mode or trainer.better(self.monitor), self.best_epoch)
        if self._weights is not None and (self.waited or trainer.history.interrupted):
            self._weights.restore(trainer.model)
        self._weights = None

    def _is_better(self, value: float, trainer: "Trainer") -> bool:
        if isnan(value):
            return False
        if self.best is None:
            return True
        gain = self.best - value if (self.mode or trainer.better(self.monitor)) == "min" else value - self.best
        return gain > self.min_delta

    def state_dict(self) -> dict[str, Any]:
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "waited": self.waited,
            "weights": None if self._weights is None else self._weights.arrays,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best, self.best_epoch, self.waited = state["best"], state["best_epoch"], state["waited"]
        self._weights = None if state["weights"] is None else Weights(state["weights"])
        self._resumed = True
