"""End a training at its first NaN or infinity, and say where it comes from."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chainrule.language import say
from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from
from chainrule.tensors.tensor import Tensor
from chainrule.train.callbacks.callback import Callback
from chainrule.train.weights import Weights

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

Kind = Literal["weight", "input", "output", "loss", "gradient"]


@dataclass(frozen=True)
class NonFinite:
    """Where the first NaN or infinity was found.

    Attributes:
        kind: `"weight"` (a layer had it before the batch came), `"input"` (the data), `"output"` (of a layer, from
            finite inputs), `"loss"` (from finite outputs), or `"gradient"` (of a layer, though the loss is finite).
        layer: path and class of the layer; the name of the loss for `"loss"`; empty for `"input"`.
        epoch: number of the epoch, from 0.
        batch: number of the batch in its epoch, from 0.
        step: optimizer steps made before it.
    """

    kind: Kind
    layer: str
    epoch: int
    batch: int
    step: int

    def __str__(self) -> str:
        return say(f"train.nonfinite_{self.kind}", layer=self.layer, epoch=self.epoch, batch=self.batch, step=self.step)


class TerminateOnNaN(Callback):
    """End the fit at the first loss or gradient that is NaN or infinite, before the update that would spread it.

    The batch is then run again, layer by layer, with the same noise, to find where it begins; weights and running
    statistics stay those before the batch. `history.stopped` has it in words, `found` in parts.

    Attributes:
        found: a `NonFinite`; None while all is well.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim, train
        >>> net = nn.Linear(1, 1)
        >>> watch = train.TerminateOnNaN()
        >>> trainer = cr.Trainer(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=1e30), callbacks=[watch], seed=0)
        >>> history = trainer.fit(([[1.0]], [[2.0]]), epochs=10)
        >>> watch.found.kind, watch.found.epoch
        ('loss', 1)
    """

    reads = "nonfinite"
    found: NonFinite | None = None
    _buffers: Sequence[tuple[Tensor, Any]] = ()

    def on_fit_start(self, trainer: "Trainer") -> None:
        self.found = None

    def on_batch_start(self, trainer: "Trainer") -> None:
        self._buffers = [(buffer, np.array(buffer.numpy())) for buffer in trainer.model.buffers()]

    def on_before_step(self, trainer: "Trainer") -> None:
        batch = trainer.batch
        assert batch is not None
        assert batch.loss is not None
        if isfinite(batch.loss) and all(_finite_gradient(p) for p in trainer.model.parameters()):
            return
        with no_grad():  # running statistics have seen the batch already
            for buffer, array in self._buffers:
                buffer.copy_(wrap(array))
        kind, layer = first_place(trainer)
        self.found = NonFinite(kind, layer, trainer.epoch, batch.number, trainer.step)
        trainer.stop(str(self.found))


def first_place(trainer: "Trainer") -> tuple[Kind, str]:
    """Where the NaN or infinity of the Trainer's batch begins; the Trainer is left as it was."""
    batch, model = trainer.batch, trainer.model
    assert batch is not None
    for path, module in model.named_modules():
        own = [*module._parameters.values(), *module._buffers.values()]
        if any(tensor is not None and not _finite(tensor) for tensor in own):
            return "weight", _called(path, module)
    if not all(_finite(part) for part in (*batch.inputs, batch.targets)):
        return "input", ""
    outputs: list[str] = []
    slopes: list[str] = []
    again = Generator(batch.noise[0])
    again.set_state(batch.noise)
    with _as_found(model), drawing_from(again), _watched(model, outputs, slopes):
        loss = trainer._loss_of(batch, model(*batch.inputs))
        if outputs:
            return "output", outputs[0]
        if not _finite(loss):
            return "loss", type(trainer.loss).__name__ if isinstance(trainer.loss, Module) else trainer.loss.__name__
        loss.backward()
        for path, module in [*model.named_modules()][::-1]:
            if not all(_finite_gradient(p) for p in module._parameters.values() if p is not None):
                slopes.append(_called(path, module))
    return "gradient", slopes[0] if slopes else type(model).__name__


@contextmanager
def _as_found(model: Module) -> Iterator[None]:
    """Weights, running statistics and gradients are afterwards what they were; inside there are no gradients."""
    kept = Weights.of(model)
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    for parameter, _ in gradients:
        parameter.grad = None
    try:
        yield
    finally:
        kept.restore(model)
        for parameter, gradient in gradients:
            parameter.grad = gradient


@contextmanager
def _watched(model: Module, outputs: list[str], slopes: list[str]) -> Iterator[None]:
    """Every layer reports an output, and a gradient of its output, that is not finite."""

    def watch(name: str) -> Callable[..., None]:
        def look(module: Module, args: Any, result: Any) -> None:
            for part in result if isinstance(result, tuple) else (result,):
                if not isinstance(part, Tensor):
                    continue
                if not _finite(part):
                    outputs.append(name)
                elif part.requires_grad:
                    part.register_hook(lambda d: None if _finite(d) else slopes.append(name))

        return look

    removers = [module.register_forward_hook(watch(_called(path, module))) for path, module in model.named_modules()]
    try:
        yield
    finally:
        for remove in removers:
            remove()


def _called(path: str, module: Module) -> str:
    return f"{path} {type(module).__name__}".strip()


def _finite(tensor: Tensor) -> bool:
    return bool(np.isfinite(tensor.numpy()).all())


def _finite_gradient(parameter: Tensor) -> bool:
    """Whether a gradient is finite: its sum tells nearly always; a sum that overflows is looked at again."""
    gradient = parameter.grad
    if gradient is None:
        return True
    array = gradient.numpy()
    return bool(np.isfinite(array.sum()) or np.isfinite(array).all())
