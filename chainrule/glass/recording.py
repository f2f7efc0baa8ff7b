"""One training step of a Trainer recorded as a Program, with the numbers it began from, and taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError, DtypeError
from chainrule.nn.module import Module
from chainrule.ops.layout import array_order
from chainrule.ops.program import Primitive, Program, Static, Value
from chainrule.optim.clip import clip_grad_norm_, clip_grad_value_
from chainrule.program.capture import LONGEST, module_names
from chainrule.tape.recorder import Recorder
from chainrule.tape.trace import recording
from chainrule.tensors.random import drawing_from
from chainrule.tensors.tensor import Tensor
from chainrule.train.engine.kept import Kept
from chainrule.train.engine.rehearsal import tensors_of
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.opening import opened

if TYPE_CHECKING:
    from chainrule.train.batch import Batch
    from chainrule.train.trainer import Trainer

Array = npt.NDArray[Any]
OF_LOSS = "loss: "
"""Stands in front of the names of a loss's own arrays: no dotted name of a network begins so."""


@dataclass(frozen=True)
class Recorded:
    """A step as a Program, what it began from, and where in it the things are that people ask for.

    Attributes:
        program: forward pass, backward pass, clipping and update; the outputs are named below.
        given: the number of each free value, before the step: inputs, controls, slots.
        modules: of each computed value the dotted name of the module in which it was computed.
        kinds: of each dotted name the class of the module.
        leaves: dotted names of the modules that have no modules inside.
        loss: the value of the loss.
        answer: the value of what the network answers.
        gradients: for each parameter's name its gradient as the backward pass left it.
        clipped: the same after clipping.
        parameters: for each parameter's name its value before the step.
        after: for the name of each slot that the step writes its new value.
    """

    program: Program
    given: dict[int, Any]
    modules: dict[int, str]
    kinds: dict[str, str]
    leaves: frozenset[str]
    loss: int
    answer: int
    gradients: dict[str, int]
    clipped: dict[str, int]
    parameters: dict[str, int]
    after: dict[str, int]


class _Watching(Recorder):
    """A recording that notes in which module each value was computed."""

    def __init__(self) -> None:
        super().__init__(concrete=True, longest=LONGEST)
        self.inside: dict[int, str] = {}

    def apply(self, primitive: Primitive, args: tuple[Any, ...], static: Static = ()) -> tuple[Tensor, ...]:
        made = super().apply(primitive, args, static)
        for value in self.entries[-1].outs:
            self.inside[value] = self.module
        return made


def batch_of(trainer: "Trainer", batch: Any, where: str) -> "Batch":
    """All rows that were handed over, as the one batch of a step.

    Raises:
        ChainruleError: for data that are none, or do not fit.
    """
    feed = trainer._by_class(opened(trainer, batch, where), where, learn=True)
    return next(iter(feed.epoch(0, 2**62)))


def recorded(trainer: "Trainer", batch: "Batch", where: str, *, update: bool = True) -> Recorded:
    """The step that the Trainer would make on this batch now; the Trainer is left as it was.

    Args:
        trainer: whose network, loss and optimizer are recorded.
        batch: the rows of the step.
        where: for errors.
        update: whether the optimizer's part is wanted too.

    Raises:
        CaptureError: the step looks at its own numbers.
        ArgumentError: an optimizer that asks for the loss several times a step.
        DtypeError: a network or a loss that gives something else than a tensor.
    """
    if update and trainer._needs_closure:
        raise ArgumentError("explain.closure", where, got=type(trainer.optimizer).__name__)
    model = trainer.model
    recorder = _Watching()
    named = module_names(model)
    recorder.names = {id(thing): name for name, thing in named.items()}
    if isinstance(trainer.loss, Module):
        recorder.names |= {id(thing): f"{OF_LOSS}{name}" for name, thing in trainer.loss.named_buffers()}
    parameters = dict(model.named_parameters())
    kinds = {name: type(module).__name__ for name, module in model.named_modules()}
    kept = Kept(trainer)
    try:
        trainer.rates.before_step(trainer.step)
        prepare = getattr(trainer.optimizer, "prepare", None)
        if prepare is not None:
            prepare()
        with (
            one_blas_thread(), np.errstate(all="ignore"), modes(model, training=True), drawing_from(trainer.noise),
            recording(recorder, grad=True),
        ):
            answer, loss, raw, clipped = _step(trainer, batch, recorder, parameters, where, update=update)
            ends = [loss, answer, *raw.values(), *clipped.values()]
            program, new = recorder.finish(ends)
        given = _given(recorder, new)
    finally:
        kept.restore()
    slots = {slot.names[0]: slot.value for slot in program.slots}
    leaves = {name for name, module in model.named_modules() if next(module.children(), None) is None}
    return Recorded(
        program, given, {new[value]: name for value, name in recorder.inside.items() if value in new}, kinds,
        frozenset(leaves), program.outputs[0], program.outputs[1],
        {name: new[recorder.read(grad)] for name, grad in raw.items()},
        {name: new[recorder.read(grad)] for name, grad in clipped.items()},
        {name: slots[name] for name in parameters if name in slots},
        {program.slots[slot].names[0]: value for slot, value in program.writes},
    )


def _step(
    trainer: "Trainer", batch: "Batch", recorder: Recorder, parameters: dict[str, Any], where: str, *, update: bool
) -> tuple[Tensor, Tensor, dict[str, Any], dict[str, Any]]:
    """What a Trainer does with a batch: answer, loss, gradients before clipping and after it."""
    tensors = tensors_of(batch)
    count = len(batch.inputs)
    labels = [f"X{place + 1}" if count > 1 else "X" for place in range(count)] + ["y", "weights"]
    given = []
    for tensor, label in zip(tensors, labels[: len(tensors)], strict=True):
        array = np.asarray(tensor._array)
        given.append(recorder.input(Value(array.shape, array.dtype.name, array_order(array), 0, name=label), array))
    trainer.optimizer.zero_grad()
    answer = trainer.model(*given[:count])
    _tensor(answer, f"{where}, model")
    judge = trainer.loss if batch.weights is None else trainer.objective.weighted()
    loss = judge(answer, *given[count:])
    _tensor(loss, f"{where}, loss")
    loss.backward()
    raw = _gradients(parameters)
    if trainer.clip_value is not None:
        clip_grad_value_(trainer.model.parameters(), trainer.clip_value)
    if trainer.clip_norm is not None:
        clip_grad_norm_(trainer.model.parameters(), trainer.clip_norm)
    clipped = _gradients(parameters)
    if update:
        trainer.optimizer.step()
    return answer, loss, raw, clipped


def _tensor(thing: Any, where: str) -> None:
    """Refuse what a network or a loss gives, if it is no tensor."""
    if not isinstance(thing, Tensor):
        raise DtypeError("explain.no_tensor", where, got=type(thing).__name__)


def _gradients(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: parameter.grad for name, parameter in parameters.items() if parameter.grad is not None}


def _given(recorder: Recorder, new: dict[int, int]) -> dict[int, Any]:
    """What the free values held before the step, copied."""
    found: dict[int, Any] = {}
    for index, number in recorder.numbers.items():
        found[new[index]] = number  # a Python number takes the type of the array it meets
    for index, tensor in recorder.bound.items():
        if index in new:
            before = recorder.before.get(tensor._storage)
            found[new[index]] = np.array(tensor._array if before is None else before[1], order="K")
    return found


def with_inputs(recorded: Recorded, tensors: Iterable[Tensor]) -> dict[int, Any]:
    """What the Program is given, the inputs included."""
    arrays = (np.array(tensor._array, order="K") for tensor in tensors)
    return {**recorded.given, **dict(zip(recorded.program.inputs, arrays, strict=True))}
