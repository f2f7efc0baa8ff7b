"""The sparse lines that the articles print while they train."""

from typing import TYPE_CHECKING, TextIO

from chainrule.data.arrays import whole
from chainrule.language import say
from chainrule.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class PrintProgress(Callback):
    """Print the first epoch, every tenth part of them, and the last, as the articles do.

    Args:
        every: print each epoch whose number is a multiple of it; default a tenth of the epochs, at least 1.
        decimals: of the numbers, 0 to 12; default 6.
        start: the number of the first epoch: 1 (default) or 0.
        file: where to; default what `print` writes to.

    Raises:
        ArgumentError: for numbers outside these.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim, train
        >>> net = nn.Linear(1, 1)
        >>> lines = train.PrintProgress(decimals=1)
        >>> trainer = cr.Trainer(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=0.0), callbacks=[lines], seed=0)
        >>> with cr.no_grad():
        ...     _ = net.weight.fill_(0), net.bias.fill_(0)
        >>> history = trainer.fit(([[1.0]], [[1.0]]), epochs=20)
        Epoch 1/20, loss: 1.0
        Epoch 2/20, loss: 1.0
        Epoch 4/20, loss: 1.0
        ...
        Epoch 20/20, loss: 1.0
    """

    reads = "history"

    def __init__(
        self, every: int | None = None, decimals: int = 6, start: int = 1, file: TextIO | None = None
    ) -> None:
        self.every = None if every is None else whole(every, "PrintProgress, argument every", least=1)
        self.decimals = whole(decimals, "PrintProgress, argument decimals", least=0, most=12)
        self.start = whole(start, "PrintProgress, argument start", least=0, most=1)
        self.file = file
        self._first = 0
        self._printed = -1

    def on_fit_start(self, trainer: "Trainer") -> None:
        self._first, self._printed = trainer.epoch, -1

    def on_epoch_end(self, trainer: "Trainer") -> None:
        number, total = trainer.epoch + self.start, trainer.last_epoch
        count = None if total is None else total - self._first
        every = self.every or max(1, (count or 10) // 10)
        if number % every == 0 or trainer.epoch == self._first:
            self._print(trainer)

    def on_fit_end(self, trainer: "Trainer") -> None:
        if trainer.history.epoch and trainer.history.epoch[-1] != self._printed:
            self._print(trainer)

    def _print(self, trainer: "Trainer") -> None:
        history = trainer.history
        self._printed = history.epoch[-1]
        last = trainer.last_epoch
        of = "" if last is None else f"/{last - 1 + self.start}"
        numbers = ", ".join(f"{name}: {v:.{self.decimals}f}" for name, v in history.last.items() if name != "lr")
        place = say("train.epoch_number", number=f"{self._printed + self.start}{of}")
        print(f"{place}, {numbers}", file=self.file)
