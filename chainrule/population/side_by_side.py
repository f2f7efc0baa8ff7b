"""Tiny networks trained side by side by the compiled engine: each to the bytes that it gets alone."""

import importlib.util
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import config
from chainrule.data.arrays import Ints
from chainrule.ops.program import Program
from chainrule.program.capture import Recording
from chainrule.tape.tracked import Tracked
from chainrule.train.batch import Batch
from chainrule.train.feed import ArrayFeed
from chainrule.train.guard.looking import look
from chainrule.train.history import History
from chainrule.train.likeness import Unlike, pairs
from chainrule.train.modes import modes
from chainrule.train.opening import opened
from chainrule.train.trainer import Trainer

FEWEST = 8  # Trainers that are worth a block
SECONDS = 0.05  # of one call of the run loop, so that Ctrl-C and progress stay alive
FASTEST = 2e9  # network-steps a second, more than any machine makes of XOR


class Unequal(Exception):  # noqa: N818 - no error: they are trained one by one
    """These Trainers cannot be trained side by side."""


def side_by_side(
    trainers: Sequence[Trainer], data: Any, epochs: int, batch_size: int, kept: Ints, note: Callable[[float], None]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any], int] | None:
    """Train all at once, if they are small, equal but for their numbers, and see all rows in every step.

    Args:
        trainers: fresh ones.
        data: as in `Trainer.fit`.
        epochs: of each.
        batch_size: rows a batch; as many as there are, or more.
        kept: the numbers of the epochs whose losses are kept, ascending.
        note: told how many are done so far, in numbers of Trainers.

    Returns:
        Losses (seeds, points), the losses at the end, the answers at the end, and how many epochs were run, fewer than
        asked for after Ctrl-C; None where it cannot be done.
    """
    try:
        return _Together(trainers, data, batch_size).train(epochs, kept, note)
    except Unequal:
        return None


class _Together:
    def __init__(self, trainers: Sequence[Trainer], data: Any, batch_size: int) -> None:
        self.trainers = trainers
        first = self.first = trainers[0]
        _refuse_unlike(trainers)
        feed = opened(first, data, "odds, data")
        if not isinstance(feed, ArrayFeed) or feed.weights is not None or batch_size < feed.rows:
            raise Unequal
        answer = look(first, feed)
        classes = answer[0] if answer else None
        self.yardsticks = first.objective.yardsticks(feed.targets, None, classes)
        self.batch: Batch = next(iter(feed.epoch(0, batch_size)))
        self.step, self.judge = self._recorded()
        self.arrays = [tensor.numpy() for tensor in (*self.batch.inputs, self.batch.targets)]
        self.lists = [_tensors(trainer) for trainer in trainers]

    def _recorded(self) -> tuple[Recording, Recording]:
        from chainrule.program.loops.unsupported import Unsupported
        from chainrule.tensors.random import drawing_from
        from chainrule.train.engine.refused import Refused
        from chainrule.train.engine.rehearsal import rehearsed_forward, rehearsed_step

        first, batch = self.first, self.batch
        for trainer in self.trainers:
            prepare = getattr(trainer.optimizer, "prepare", None)
            if prepare is not None:
                prepare()
        try:
            with modes(first.model, training=True), drawing_from(first.noise):
                step = rehearsed_step(first, batch, outputs=False).recording
            with first._judging():
                judge = rehearsed_forward(first, batch, outputs=True).recording
        except (Refused, Unsupported) as why:
            raise Unequal from why
        if step.program.draws or judge.program.draws or any(slot.role == "buffer" for slot in step.program.slots):
            raise Unequal
        return step, judge

    def train(
        self, epochs: int, kept: Ints, note: Callable[[float], None]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any], int]:
        from chainrule.program.loops.unsupported import Unsupported

        begun = [0, *(int(epoch) + 1 for epoch in kept)]
        stretches = [b - a for a, b in pairwise(begun)]
        losses = np.full((len(self.trainers), len(kept)), np.nan)
        try:
            done = self._run(stretches, losses, note)
        except Unsupported as why:
            raise Unequal from why
        ran = begun[done]
        ends, outputs = self._judged()
        for place, trainer in enumerate(self.trainers):
            trainer.epoch += ran
            trainer.step += ran
            trainer.last_epoch = epochs
            trainer.history = _history(trainer, kept[:done], losses[place, :done], self.yardsticks)
        return losses, ends, outputs, ran

    def _run(self, stretches: list[int], losses: NDArray[np.float64], note: Callable[[float], None]) -> int:
        """Stretch after stretch, a piece of them in each call; how many were run."""
        from chainrule.program.loops.lanes import SideBySide

        program = _without_gradients(self.step.program)
        numbers = self._gathered(self.step, program)
        controls = self._controls(self.step)
        whole = sum(stretches)
        done = steps = 0
        most = max(1, int(SECONDS * FASTEST / 20 / len(self.trainers)))
        try:
            while done < len(stretches):
                stop, piece = done, 0
                while stop < len(stretches) and (stop == done or piece + stretches[stop] <= most):
                    piece += stretches[stop]
                    stop += 1
                run = SideBySide(program, self.arrays, numbers, controls, stretches[done:stop])
                run.run()
                losses[:, done:stop] = run.output(0)[:, :, 0].T
                numbers = {place: run.slot(place) for place in numbers}
                done, steps = stop, steps + piece
                note(len(self.trainers) * steps / whole)
        except KeyboardInterrupt:
            pass
        self._scattered(self.step, numbers)
        return done

    def _judged(self) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """The losses and answers now."""
        from chainrule.program.loops.lanes import SideBySide

        program = self.judge.program
        run = SideBySide(program, self.arrays, self._gathered(self.judge, program), self._controls(self.judge), [1])
        run.run()
        shape = program.values[program.outputs[1]].shape
        answers = run.output(1)[0].reshape(len(self.trainers), *shape)
        return run.output(0)[0, :, 0].astype(np.float64), answers

    def _gathered(self, recording: Recording, program: Program) -> dict[int, NDArray[Any]]:
        """For each slot (networks, elements), in memory order."""
        places = {id(tensor): place for place, tensor in enumerate(self.lists[0])}
        found = {}
        for number, (slot, tensor) in enumerate(zip(program.slots, recording.slots, strict=False)):
            if slot.role == "gradient":
                continue
            if id(tensor) not in places:
                raise Unequal
            order, place = program.values[slot.value].order, places[id(tensor)]
            found[number] = np.stack([np.asarray(own[place]._array).transpose(order).reshape(-1) for own in self.lists])
        return found

    def _scattered(self, recording: Recording, numbers: dict[int, NDArray[Any]]) -> None:
        """Every network gets its own numbers back."""
        places = {id(tensor): place for place, tensor in enumerate(self.lists[0])}
        program = recording.program
        written = {slot for slot, _ in program.writes}
        for number, rows in numbers.items():
            if number not in written:
                continue
            value, place = program.values[program.slots[number].value], places[id(recording.slots[number])]
            shape = [value.shape[axis] for axis in value.order]
            back = sorted(range(len(shape)), key=value.order.__getitem__)
            for own, row in zip(self.lists, rows, strict=True):
                own[place]._store(row.reshape(shape).transpose(back))

    def _controls(self, recording: Recording) -> list[Any]:
        """For each control its number, or (networks,) numbers where they differ."""
        found: list[Any] = []
        for index in recording.program.controls:
            name = recording.program.values[index].name
            key, _, place = name.partition("[")
            own = [_number(trainer, key, place.rstrip("]"), recording.controls[name]) for trainer in self.trainers]
            found.append(own[0] if len(set(own)) == 1 else np.array(own))
        return found


def _number(trainer: Trainer, key: str, place: str, recorded: float) -> float:
    """A control of this Trainer: of its optimizer's groups, else as it was recorded, for all are equal."""
    groups = trainer.optimizer.param_groups
    if place.isdigit() and int(place) < len(groups):
        group = groups[int(place)]
        if key in ("beta1", "beta2") and "betas" in group:
            return float(group["betas"][key == "beta2"])
        if key in group:
            return float(group[key])
    return recorded


def _refuse_unlike(trainers: Sequence[Trainer]) -> None:
    """Only their numbers may differ: initial weights, and settings of the groups that are controls."""
    first = trainers[0]
    engine = first.engine or config.engine()
    if engine != "numba" or importlib.util.find_spec("llvmlite") is None or len(trainers) < FEWEST:
        raise Unequal
    if first.schedule is not None or first.metrics or first.class_weights is not None:
        raise Unequal
    for trainer in trainers[1:]:
        try:
            pairs(first, trainer)
        except Unlike:
            raise Unequal from None
        if _zeros(trainer) != _zeros(first):
            raise Unequal


def _zeros(trainer: Trainer) -> list[dict[str, bool]]:
    """Which numbers of the groups are 0, where formulas have branches."""
    return [
        {name: value == 0 for name, value in group.items() if type(value) in (int, float)}
        for group in trainer.optimizer.param_groups
    ]


def _tensors(trainer: Trainer) -> list[Any]:
    """Everything that lives between steps, in one order for all Trainers."""
    found: list[Any] = [*trainer.model.parameters(), *trainer.model.buffers()]
    for group in trainer.optimizer.param_groups:
        for parameter in group["params"]:
            state = trainer.optimizer.state.get(parameter, {})
            found += [state[name] for name in sorted(state) if isinstance(state[name], Tracked)]
    return found


def _without_gradients(program: Program) -> Program:
    """The Program without the gradients that it leaves behind."""
    return program._replace(
        writes=tuple((slot, v) for slot, v in program.writes if program.slots[slot].role != "gradient")
    )


def _history(
    trainer: Trainer, kept: Ints, losses: NDArray[np.float64], yardsticks: tuple[float | None, float | None]
) -> History:
    """What is kept of a training."""
    numbers = {"loss": losses.tolist(), "lr": [trainer.rates.now] * len(kept)}
    return History(numbers, kept.tolist(), *yardsticks)
