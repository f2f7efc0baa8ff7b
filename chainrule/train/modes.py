"""Training and evaluation mode, given back as they were found."""

from chainrule.nn.forgotten_eval import asleep, learnt
from chainrule.nn.module import Module


class modes:  # noqa: N801 - used like a function
    """Inside the block a network is in one mode; after it every module is in its own again.

    Args:
        model: the network.
        training: the mode inside; None changes nothing by itself.
    """

    def __init__(self, model: Module, *, training: bool) -> None:
        self._model = model
        self._training = training

    def __enter__(self) -> None:
        self._found = [(module, module.training) for module in self._model.modules()]
        self._learnt: list[Module] = []
        self._asleep = dict(asleep) if asleep else {}
        if any(training is not self._training for _, training in self._found):
            self._learnt = [module for module, _ in self._found if module in learnt] if learnt else []
            self._model.train(self._training)

    def __exit__(self, *error: object) -> None:
        for module, training in self._found:
            if module.training is not training:
                module.training = training
        learnt.update(self._learnt)
        for module, _ in self._found if asleep or self._asleep else ():
            asleep.pop(module, None)
            if module in self._asleep:
                asleep[module] = self._asleep[module]
