"""What makes a network answer otherwise in one mode than in the other: noise that is meant, or a fault."""

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.looks.answers import asked, in_passing
from chainrule.nn.dropout import Dropout, Dropout1d, Dropout2d
from chainrule.nn.functional._loss_checks import trusting
from chainrule.nn.module import Module
from chainrule.tensors.random import Generator, drawing_from

ROWS = 64
NEAR = 1e-3  # of the largest answer
JUMP = 1.5  # times the loss in training mode
MATERIAL = 0.1  # of what there is to be learnt
DROPOUTS = (Dropout, Dropout1d, Dropout2d)


def kept_on_purpose(case: Case) -> tuple[str, ...]:
    """Dropouts that somebody keeps in training mode, and nothing else: with them off, the answers are the same twice.

    So Monte-Carlo dropout is written: `train()` of those layers alone. Who forgets the mode forgets it for the whole
    network, or draws without asking for it.
    """
    assert case.feed is not None
    model, inputs = case.first.model, tuple(part[:ROWS] for part in case.feed.inputs)
    awake: dict[int, Module] = {}

    def keep(module: Module, *_: object) -> None:
        if module.training:
            awake[id(module)] = module

    handles = [module.register_forward_hook(keep) for module in model.modules()]
    try:
        with drawing_from(Generator(0)):
            asked(case.first, inputs)
    finally:
        for handle in handles:
            handle.remove()
    dropouts = [module for module in awake.values() if isinstance(module, DROPOUTS)]
    if not dropouts or len(dropouts) < len(awake):
        return ()
    rates = [module.p for module in dropouts]
    try:
        for module in dropouts:
            module.p = 0.0
        with drawing_from(Generator(0)):
            still = np.array_equal(asked(case.first, inputs), asked(case.first, inputs))
    finally:
        for module, rate in zip(dropouts, rates, strict=True):
            module.p = rate
    names = {id(module): path for path, module in model.named_modules()}
    return tuple(names[id(module)] for module in dropouts) if still else ()


def jump(case: Case) -> tuple[float, float] | None:
    """Loss after a training, on the same rows in training and in evaluation mode, where the latter is worse by far.

    None for a network that draws, or looks at the rows of its batch, in training mode: there the two may differ.
    """
    assert case.feed is not None
    inputs = tuple(part[:ROWS] for part in case.feed.inputs)
    few = len(inputs[0]) // 2
    with drawing_from(Generator(0)):
        once, again, judged = (asked(case.first, inputs, training=mode) for mode in (True, True, False))
        alone = asked(case.first, tuple(part[:few] for part in inputs), training=True)
    largest = NEAR * float(np.abs(once).max(initial=1e-12))
    if once.shape != judged.shape or len(once) != len(inputs[0]) or len(alone) != few:
        return None
    if np.abs(once - judged).max() <= largest:
        return None
    if np.abs(once - again).max() > largest or np.abs(once[:few] - alone).max() > largest:
        return None
    learning, judging = (_loss(case, training=mode) for mode in (True, False))
    worse = judging > JUMP * learning and judging - learning > MATERIAL * case.scale
    return (learning, judging) if worse else None


def _loss(case: Case, *, training: bool) -> float:
    assert case.feed is not None
    trainer = case.trained
    batch = next(iter(case.feed.take(np.arange(min(ROWS, case.feed.rows))).epoch(0, ROWS)))
    with in_passing(trainer.model, training=training), trusting(True), drawing_from(Generator(0)):
        return float(trainer._loss_of(batch, trainer.model(*batch.inputs)).numpy())
