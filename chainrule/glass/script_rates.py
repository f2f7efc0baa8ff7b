"""The learning rates of a script: known beforehand, or found after each epoch."""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.errors import CaptureError
from chainrule.glass.script_words import words_of
from chainrule.optim.lr_scheduler.plateau import ReduceLROnPlateau
from chainrule.optim.lr_scheduler.scheduler import EpochScheduler
from chainrule.program.script.rates import Mover, Plateau, Share

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


def rates_of(trainer: "Trainer", epochs: int, count: int, sources: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The numbers of the controls that a schedule changes: one a step or one an epoch.

    Args:
        trainer: left as it was.
        epochs: of the training.
        count: steps an epoch.
        sources: control to the dict, key and place that its number is read from.

    Returns:
        tuple: control to its numbers; whether there is one a step.
    """
    rates = trainer.rates
    if rates.of_step is not None:
        steps = range(trainer.step, trainer.step + epochs * count)
        base = [float(rates.of_step(step)) for step in steps]
        found = {}
        for group, ratio in zip(trainer.optimizer.param_groups, rates.ratios, strict=False):
            for name, (held, key, _) in sources.items():
                if held is group and key == "lr":
                    found[name] = [rate * ratio for rate in base]
        return found, True
    if not rates.schedulers:
        return {}, False
    states = [copy.deepcopy(part.state_dict()) for part in rates.schedulers]
    groups = [dict(group) for group in trainer.optimizer.param_groups]
    rows = []
    for _ in range(epochs):
        rows.append({name: _read(source) for name, source in sources.items()})
        for part in rates.schedulers:
            part.step()
    for part, state in zip(rates.schedulers, states, strict=True):
        part.load_state_dict(state)
    for group, numbers in zip(trainer.optimizer.param_groups, groups, strict=True):
        group.update(numbers)
    return {name: [row[name] for row in rows] for name in sources if len({row[name] for row in rows}) > 1}, False


def _read(source: Any) -> float:
    held, key, place = source
    return float(held[key] if place is None else held[key][place])


def first_rates(sources: Mapping[str, Any]) -> dict[str, list[float]]:
    """The learning rates as they are now."""
    return {name: [_read(source)] for name, source in sources.items() if source[1] == "lr"}


def movers_of(trainer: "Trainer", epochs: int, sources: Mapping[str, Any], where: str) -> tuple[Mover, ...]:
    """What a script does with its rates after each epoch; nothing where they are known beforehand.

    Args:
        trainer: its schedulers are looked at.
        epochs: of the training.
        sources: control to the dict, key and place that its number is read from.
        where: for errors.

    Raises:
        CaptureError: for a scheduler that watches what a script does not compute, or has a rule of its own beside one
            that depends on the losses.
    """
    parts = trainer.rates.schedulers
    if not any(isinstance(part, ReduceLROnPlateau) for part in parts):
        return ()
    order = trainer.optimizer.param_groups
    held = [source[0] for source in sources.values() if source[1] == "lr"]
    groups = [next(i for i, group in enumerate(order) if group is given) for given in held]
    found: list[Mover] = []
    for part in parts:
        if type(part) is ReduceLROnPlateau:
            found.append(_plateau(part, groups, where))
        elif isinstance(part, EpochScheduler) and type(part).step is EpochScheduler.step:
            found.append(_share(part, groups, epochs))
        else:
            raise CaptureError("script.beside", where, got=type(part).__name__)
    return tuple(found)


def _plateau(part: ReduceLROnPlateau, groups: list[int], where: str) -> Plateau:
    if part.mode != "min":
        raise CaptureError("script.watched", where)
    if part.threshold_mode == "abs":
        better = f"{{best}} - {part.threshold!r}"
    else:
        better = f"{{best}} * (1 - {part.threshold!r} if {{best}} > 0 else 1 + {part.threshold!r})"
    least = [float(part.min_lrs[min(group, len(part.min_lrs) - 1)]) for group in groups]
    return Plateau(
        words_of(part), better, part.patience, part.factor, least, part.cooldown, part.eps, float(part.best),
        part.num_bad_epochs, part.cooldown_counter,
    )


def _share(part: EpochScheduler, groups: list[int], epochs: int) -> Share:
    own = [[part.rate(group, part.last_epoch + epoch) for epoch in range(epochs + 1)] for group in groups]
    scale, left = ([numbers[group] for group in groups] for numbers in (part._scale, part._last_lr))
    return Share(words_of(part), own, scale, left)
