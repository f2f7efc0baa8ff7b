"""The look before the first step: faults are refused, what is hardly meant is said, and `guard="off"` asks nothing."""

from dataclasses import replace
from typing import TYPE_CHECKING

from chainrule.errors import ArgumentError, ChainruleError, ChainruleWarning, ShapeError, StateError, warn
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed, LoaderFeed
from chainrule.train.guard.first_rows import first_rows
from chainrule.train.guard.misfits import explained, flat, no_tensor
from chainrule.train.guard.scene import Finding, Scene
from chainrule.train.guard.table import ANSWERS, DATA

if TYPE_CHECKING:
    from chainrule.train.fitting import Plan
    from chainrule.train.trainer import Trainer

CHOICES = ("refuse", "warn", "off")
Feed = ArrayFeed | LoaderFeed
NOTHING = (None, None, False)  # what is seen of data that can be read only once


def checked(guard: str) -> str:
    """One of the choices.

    Raises:
        ArgumentError: for another word.
    """
    if guard not in CHOICES:
        raise ArgumentError("train.guard", "Trainer, argument guard", got=repr(guard))
    return guard


def look(
    trainer: "Trainer", feed: Feed, judged: Feed | None = None, plan: "Plan | None" = None, *, unweighted: bool = False,
    watched: bool = False,
) -> tuple[int, ...] | None:
    """Look at network, loss, targets and data together; refuse what cannot go well, or say it.

    Args:
        trainer: who will train.
        feed: what it learns from.
        judged: what it is judged by, if that came as data of its own.
        plan: how long it trains, and in what batches.
        unweighted: whether rows to learn from have weights, and those to be judged by have none.
        watched: whether callbacks are there, which may change the rate.

    Returns:
        The shape of what the network answers to one row; None where it was not asked.

    Raises:
        ChainruleError: for a fault; with `guard="warn"` only where nothing could be computed.
    """
    if trainer.guard == "off":
        return None
    seen, together, shuffled = (feed, None, False) if isinstance(feed, ArrayFeed) else first_rows(feed) or NOTHING
    if seen is None:
        _see_that_it_changes_something(trainer)
        return None
    if together and plan is not None:
        plan = replace(plan, batch_size=together, shuffle=shuffled)
    scene = Scene(trainer, seen, judged if isinstance(judged, ArrayFeed) else None, plan, unweighted, watched)
    try:
        scene.ask()
    except ShapeError as error:
        raise explained(scene, error) from None
    outputs = scene.outputs
    unfit = no_tensor(scene)
    if unfit is not None:
        raise unfit
    if not isinstance(outputs, Tensor):
        _see_that_it_changes_something(trainer)
        return None
    scene.look_back()
    if len(scene.unheld) == len(scene.way.leaves):  # the optimizer has nothing to do with it
        _see_that_it_changes_something(trainer)
    alone = flat(scene)
    if alone is not None:
        raise alone
    if outputs.shape[:1] != (1,):
        raise explained(scene, ShapeError("train.outputs", "Trainer, argument model", got=outputs.shape, rows=1))
    for finding in _about_answers(scene):
        tell(trainer, finding)
    for check in DATA if together != 0 else ():  # a first batch does not speak for all
        for finding in check(scene):
            tell(trainer, finding)
    shape: tuple[int, ...] = scene.outputs.shape
    return shape[1:]


def tell(trainer: "Trainer", finding: Finding) -> None:
    """Refuse a fault, or say it, as this Trainer is told to; a warning is always said.

    Raises:
        ChainruleError: the `finding`, when it is an error and the guard refuses.
    """
    if isinstance(finding, ChainruleWarning):
        warn(finding)
    elif trainer.guard == "refuse":
        raise finding
    else:
        warn(ChainruleWarning(finding.key, finding.where, **finding.values))


def _see_that_it_changes_something(trainer: "Trainer") -> None:
    try:
        _changes_something(trainer)
    except StateError as error:
        tell(trainer, error)


def _changes_something(trainer: "Trainer") -> None:
    own = {id(parameter) for parameter in trainer.model.parameters()}
    held = [parameter for group in trainer.optimizer.param_groups for parameter in group["params"]]
    name = type(trainer.optimizer).__name__
    if own and not any(id(parameter) in own for parameter in held):
        raise StateError("train.foreign_optimizer", "Trainer, argument optimizer", optimizer=name)
    if own and not any(parameter.requires_grad for parameter in held):
        raise StateError("train.all_frozen", "Trainer, argument model", optimizer=name)


def _about_answers(scene: Scene) -> list[Finding]:
    """What is wrong with the network's answers; one that ends otherwise in training is judged by that."""
    found = [finding for check in ANSWERS for finding in check(scene)]
    if not found:
        return found
    asked, given = scene.outputs, scene.given
    try:
        scene.ask_in_training()
    except ChainruleError:  # such as a batch norm that sees one row: said elsewhere
        scene.outputs = None
    if not isinstance(scene.outputs, Tensor):
        scene.outputs, scene.given = asked, given
        return found
    scene.look_back()
    return [finding for check in ANSWERS for finding in check(scene)]
