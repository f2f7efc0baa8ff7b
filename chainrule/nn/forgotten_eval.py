"""Layers that answer otherwise in training: said once, when a network that has learnt is asked in training mode."""

from typing import Any
from weakref import WeakSet

from chainrule.errors import ChainruleWarning
from chainrule.tape.mode import mode

learnt: "WeakSet[Any]" = WeakSet()
"""The layers that gradients were recorded through since somebody last chose their mode."""


def note(module: Any) -> None:
    """A dropout or a batch norm in training mode is asked; that is to be said where it is no training.

    Without gradients, right behind a training and with nobody having chosen the mode, it is a prediction whose
    `eval()` was forgotten: it is said when somebody reads numbers. If a backward pass comes before that, the answer was
    for another network to learn from. Whoever wants the noise calls `train()` for it.
    """
    if mode.grad:
        learnt.add(module)
    elif mode.recorder is None and module in learnt:
        learnt.discard(module)
        mode.unread = ChainruleWarning("layers.forgotten_eval", repr(module), layer=type(module).__name__)
