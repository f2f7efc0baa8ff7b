"""A training step recorded twice on a real batch, compared, and taken back: what the engine then runs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.errors import CaptureError
from chainrule.language import say
from chainrule.ops.program import Program
from chainrule.optim.clip import clip_grad_norm_, clip_grad_value_
from chainrule.optim.optimizer import Optimizer
from chainrule.program.agreement import difference, fresh_slots, same_numbers, settled
from chainrule.program.assumptions import broken
from chainrule.program.capture import Recording, record, unpacked
from chainrule.program.effects import watching
from chainrule.program.known import Known, changed_inside, look, made_known, names_of
from chainrule.program.report import one_line
from chainrule.tensors.tensor import Tensor
from chainrule.train.batch import Batch
from chainrule.train.engine.kept import Kept
from chainrule.train.engine.refused import Refused

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

_alone = threading.Lock()  # watching for what a step prints concerns the whole process

# Steps of the library's own code that were recorded twice and agreed, with the slots that they make anew. Another
# Trainer whose recording says the very same is not recorded a second time: half the time that a short fit takes.
_steady: dict[Program, tuple[int, ...]] = {}
MOST_STEADY = 256


@dataclass
class Rehearsed:
    """A step that may be run again and again.

    Args:
        recording: the step as a Program, and the tensors it lives on.
        known: what it relies on.
        own: whether it runs no code of the user's.
    """

    recording: Recording
    known: Known
    own: bool

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of the network's outputs for one row, where the step tells of a loss."""
        shape: tuple[int, ...] = unpacked(self.recording.structure, [None] * len(self.recording.program.outputs))[2]
        return shape

    def changed(self) -> str | None:
        """What has changed of that which it relies on, in words; None while it can be run."""
        if self.known.holds((), {}):
            return None
        found = broken(self.known.checks, self.known.space, (), {})
        return None if found is None else f"{found.words}: {found.old} -> {found.new}"


def rehearsed_step(trainer: "Trainer", batch: Batch, outputs: bool) -> Rehearsed:
    """The training step of a Trainer on batches like this one; the Trainer is left as it was.

    Args:
        trainer: in training mode, drawing from its noise.
        batch: of real rows.
        outputs: whether the outputs of the network are wanted beside the loss.

    Raises:
        Refused: it must stay eager.
    """
    _prepared(trainer)
    step = _step(trainer, batch.weights is not None, outputs, update=True)
    return _rehearsed(trainer, step, *_given(batch))


def rehearsed_gradients(trainer: "Trainer", batch: Batch, outputs: bool) -> Rehearsed:
    """The same up to the gradients, which it leaves with the parameters."""
    return _rehearsed(trainer, _step(trainer, batch.weights is not None, outputs, update=False), *_given(batch))


def rehearsed_update(trainer: "Trainer") -> Rehearsed:
    """The update of the parameters by the gradients that they have now."""
    _prepared(trainer)
    optimizer = trainer.optimizer

    def update() -> None:
        optimizer.step()

    return _rehearsed(trainer, update, (), [])


def rehearsed_forward(trainer: "Trainer", batch: Batch, outputs: bool) -> Rehearsed:
    """The loss on batches like this one; the Trainer is left as it was.

    Args:
        trainer: judging.
        batch: of real rows.
        outputs: whether the outputs of the network are wanted beside the loss.

    Raises:
        Refused: it must stay eager.
    """
    judge = _judge(trainer, batch.weights is not None)

    def forward(*tensors: Tensor) -> Any:
        answer, loss = judge(*tensors)
        return loss, answer if outputs else None, answer.shape[1:]

    return _rehearsed(trainer, forward, *_given(batch))


def rehearsed_answer(trainer: "Trainer", tensors: tuple[Tensor, ...]) -> Rehearsed:
    """The outputs for rows like these, and a number that is NaN where one of them is not finite."""
    model, dtype = trainer.model, trainer.dtype

    def answer(*tensors: Tensor) -> Any:
        outputs = model(*tensors)
        if not isinstance(outputs, Tensor) or outputs.shape[:1] != tensors[0].shape[:1]:
            raise Refused(say("train.engine_answer"))
        return outputs, [(x - x).sum() for x in tensors if x.dtype == dtype]

    return _rehearsed(trainer, answer, tensors, [f"x{i}" if len(tensors) > 1 else "x" for i in range(len(tensors))])


def _prepared(trainer: "Trainer") -> None:
    """What an optimizer keeps must be there before a step is recorded."""
    prepare = getattr(trainer.optimizer, "prepare", None)
    if prepare is not None:
        prepare()


def _given(batch: Batch) -> tuple[tuple[Tensor, ...], list[str]]:
    """What a step is given, and what a Program calls it."""
    tensors = tensors_of(batch)
    labels = [f"x{i}" if len(batch.inputs) > 1 else "x" for i in range(len(batch.inputs))]
    return tensors, labels + ["y", "weights"][: len(tensors) - len(batch.inputs)]


def tensors_of(batch: Batch) -> tuple[Tensor, ...]:
    """What a step is given: inputs, targets, and weights of the rows where there are any."""
    return (*batch.inputs, batch.targets, *(() if batch.weights is None else (batch.weights,)))


def _rehearsed(
    trainer: "Trainer", step: Callable[..., Any], tensors: tuple[Tensor, ...], labels: list[str]
) -> Rehearsed:
    for path, module in trainer.model.named_modules():
        if module._before or module._after:
            raise Refused(say("train.engine_hook", layer=path or type(module).__name__))
    kept = Kept(trainer)

    def once() -> tuple[Recording, Any]:
        recordings: list[Recording] = []
        try:
            return _recorded(step, tensors, labels, recordings)
        finally:
            kept.restore(recordings)

    with _alone:
        first, reach = once()
        fresh = None if reach.found else _steady.get(first.program)
        if fresh is None:
            second, reach = once()
            unlike = difference(first, second)
            if unlike is None and not same_numbers(first, second):
                unlike = "controls"
            if unlike is not None:
                where = type(trainer.model).__name__
                raise Refused(one_line(CaptureError("program.unsteady", where, difference=unlike)))
            fresh = fresh_slots(second, first)
            _remember(first.program, fresh)
            first = second
    recording = settled(first, fresh)
    _all_gradients_forgotten(trainer, recording)
    _, arguments = look(step, (), {})
    known = made_known(recording, reach, arguments)
    return Rehearsed(recording, known, not reach.found)


def _remember(program: Program, fresh: tuple[int, ...]) -> None:
    while len(_steady) >= MOST_STEADY:
        del _steady[next(iter(_steady))]
    _steady[program] = fresh


def _recorded(
    step: Callable[..., Any], tensors: tuple[Tensor, ...], labels: list[str], recordings: list[Recording]
) -> tuple[Recording, Any]:
    reach, _ = look(step, (), {})
    if reach.refused is not None:
        raise Refused(one_line(reach.refused))
    effects = watching() if reach.found else None  # only code of the user's could have any
    try:
        if effects is None:
            _, recording = record(step, *tensors, names=names_of(reach), labels=labels, lenient=True, history=False)
        else:
            with effects:
                _, recording = record(step, *tensors, names=names_of(reach), labels=labels, lenient=True, history=False)
    except Refused:
        raise
    except Exception as error:  # whatever it is, NumPy meets it again, or does not
        raise Refused(str(error).partition("\n")[0] or type(error).__name__) from error
    recordings.append(recording)
    refused = recording.refused or (effects.refused if effects is not None else None)
    if refused is not None:
        raise Refused(one_line(refused))
    changed = changed_inside(reach, (), {})
    if changed is not None:
        raise Refused(f"{changed.words}: {changed.old} -> {changed.new}")
    return recording, reach


def _all_gradients_forgotten(trainer: "Trainer", recording: Recording) -> None:
    """Gradients that no step forgets add up; refuse where their sum is looked at."""
    if trainer.clip_norm is None:
        return
    own = {id(p) for group in trainer.optimizer.param_groups for p in group["params"]}
    program = recording.program
    for slot, _ in program.writes:
        if program.slots[slot].role == "gradient" and id(recording.slots[slot]) not in own:
            raise Refused(say("train.engine_gradient", name=program.slots[slot].names[0]))


def _step(trainer: "Trainer", weighted: bool, outputs: bool, update: bool) -> Callable[..., Any]:
    """Forward, backward, clipping, and update where wanted: what `Trainer._take_gradients` and `_update` do."""
    model, optimizer, judge = trainer.model, trainer.optimizer, _judge(trainer, weighted)
    norm, value = trainer.clip_norm, trainer.clip_value
    if "zero_grad" in vars(optimizer) or type(optimizer).zero_grad is not Optimizer.zero_grad:
        # Gradients that it leaves are read by the next step, and a recording begins with none.
        raise Refused(say("train.engine_own_zero", optimizer=type(optimizer).__name__))

    def step(*tensors: Tensor) -> Any:
        optimizer.zero_grad()
        answer, loss = judge(*tensors)
        loss.backward()
        if value is not None:
            clip_grad_value_(model.parameters(), value)
        if norm is not None:
            clip_grad_norm_(model.parameters(), norm)
        if update:
            optimizer.step()
        return loss.detach(), answer.detach() if outputs else None, answer.shape[1:]

    return step


def _judge(trainer: "Trainer", weighted: bool) -> Callable[..., tuple[Tensor, Tensor]]:
    """Outputs and loss of inputs, targets, and weights where there are any."""
    model, loss = trainer.model, trainer.objective.weighted() if weighted else trainer.loss

    def judge(*tensors: Tensor) -> tuple[Tensor, Tensor]:
        inputs = tensors[: -2 if weighted else -1]
        answer = model(*inputs)
        value = loss(answer, *tensors[len(inputs) :])
        if not isinstance(value, Tensor) or value.numel() != 1 or not isinstance(answer, Tensor):
            raise Refused(say("train.engine_answer"))
        return answer, value

    return judge
