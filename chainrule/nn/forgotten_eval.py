"""Layers that answer otherwise in training: said once, when a network is in the wrong mode for what is done with it."""

from typing import Any
from weakref import WeakKeyDictionary, WeakSet, ref

from chainrule.errors import ChainruleWarning
from chainrule.tape.mode import mode

learnt: "WeakSet[Any]" = WeakSet()
"""The layers that gradients were recorded through since somebody last chose their mode."""
asleep: "WeakKeyDictionary[Any, ref[Any]]" = WeakKeyDictionary()
"""The layers that had learnt when a whole network was put into evaluation mode, and that network."""


def note(module: Any) -> None:
    """A dropout or a batch norm in training mode is asked; that is to be said where it is no training.

    Without gradients, right behind a training and with nobody having chosen the mode, it is a prediction whose
    `eval()` was forgotten: it is said when somebody reads numbers. If a backward pass comes before that, the answer was
    for another network to learn from. Whoever wants the noise calls `train()` for it.
    """
    if mode.grad:
        learnt.add(module)
        mode.dozing = None
    elif mode.recorder is None and module in learnt:
        learnt.discard(module)
        mode.unread = ChainruleWarning("layers.forgotten_eval", repr(module), layer=type(module).__name__)


def note_asleep(module: Any) -> None:
    """A dropout or a batch norm in evaluation mode is asked; if a step follows, `train()` was forgotten before it."""
    if mode.grad and mode.recorder is None and module in asleep:
        mode.dozing = (repr(module), asleep[module])


def choose(network: Any, training: bool) -> None:
    """Somebody chooses the mode of a `network`: remember what falls asleep with it, and what wakes up."""
    if training:
        for module in network.modules() if asleep else ():
            asleep.pop(module, None)
    elif learnt:
        # A norm that is put into evaluation mode by itself keeps its statistics on purpose.
        for module in network.modules():
            if module in learnt and module is not network:
                asleep[module] = ref(network)


def dozing(owned: set[int]) -> str | None:
    """The words of a layer asleep through which these parameters were just given gradients, by their identity."""
    found, mode.dozing = mode.dozing, None
    network = None if found is None else found[1]()
    if found is None or network is None:
        return None
    moved = any(parameter.grad is not None and id(parameter) in owned for parameter in network.parameters())
    return str(found[0]) if moved else None
