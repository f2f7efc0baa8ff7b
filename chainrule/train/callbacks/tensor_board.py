"""Event files that TensorBoard shows."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import MissingExtraError
from chainrule.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class TensorBoard(Callback):
    """Write the numbers of every epoch as events for TensorBoard: `tensorboard --logdir runs`.

    Needs the extra `tensorboard`: pip install "chainrule[tensorboard]". TensorFlow is not needed.

    Args:
        log_dir: the folder of this run; default `"runs"`.

    Raises:
        MissingExtraError: when a fit begins and tensorboardX is not installed.

    Example:
        >>> from chainrule import train
        >>> board = train.TensorBoard("runs/first")
        >>> str(board.log_dir)
        'runs/first'
    """

    reads = "history"

    def __init__(self, log_dir: str | os.PathLike[str] = "runs") -> None:
        self.log_dir = Path(log_dir)
        self._writer: Any = None

    def on_fit_start(self, trainer: "Trainer") -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise MissingExtraError("train.tensorboard", "TensorBoard") from error
        self._writer = SummaryWriter(str(self.log_dir))

    def on_epoch_end(self, trainer: "Trainer") -> None:
        for name, value in trainer.history.last.items():
            self._writer.add_scalar(name, value, trainer.epoch)
        self._writer.flush()

    def on_fit_end(self, trainer: "Trainer") -> None:
        self._close()

    def on_exception(self, trainer: "Trainer", error: BaseException) -> None:
        self._close()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
