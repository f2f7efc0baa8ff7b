"""What a Trainer does with batches: learn from one, judge by several, whoever computes it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import nan
from typing import Any

from numpy.typing import NDArray

from chainrule import config
from chainrule.errors import DtypeError
from chainrule.nn.module import Module
from chainrule.optim.clip import clip_grad_norm_, clip_grad_value_
from chainrule.optim.optimizer import Optimizer
from chainrule.tape.mode import no_grad
from chainrule.tensors.random import Generator, drawing_from
from chainrule.tensors.tensor import Tensor
from chainrule.train.batch import Batch
from chainrule.train.measures import Measures
from chainrule.train.modes import modes
from chainrule.train.objective import Objective
from chainrule.train.opening import Feed
from chainrule.train.prediction import FEW

# Draws of noise begin here in the stream of the seed, so that they are never those of initial weights, from 0 on.
NOISE, JUDGING = 1_000_000, 1_000_000_000


class Learner:
    """A network, a loss and an optimizer, and one batch after the other."""

    model: Module
    loss: Any
    optimizer: Optimizer
    objective: Objective
    noise: Generator
    engine: str | None
    epoch: int
    clip_norm: float | None
    clip_value: float | None
    _seed: int
    _apart: Generator
    _needs_closure: bool
    _weighted: Callable[[Any, Any, Any], Any] | None
    _forwards: Any
    _steps: Any
    _row: tuple[tuple[int, ...], ...] | None
    _fitting: Any

    def __getstate__(self) -> dict[str, Any]:
        """All but the fit it is in, and what is compiled: that holds addresses of this object's own memory."""
        return {**vars(self), "_steps": None, "_forwards": None, "_fitting": None}

    def _take_gradients(self, batch: Batch) -> None:
        """Forward and backward pass of a `batch`: its outputs and loss, and the gradients of the parameters."""
        batch.noise = self.noise.get_state()
        self.optimizer.zero_grad()
        batch.outputs = self.model(*batch.inputs)
        loss = self._loss_of(batch, batch.outputs)
        loss.backward()
        batch.loss = loss.item()
        if self.clip_value is not None:
            clip_grad_value_(self.model.parameters(), self.clip_value)
        if self.clip_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.clip_norm)

    def _update(self, batch: Batch) -> None:
        """Let the optimizer change the parameters; one that needs the loss of the `batch` again, gets it again."""
        if not self._needs_closure:
            self.optimizer.step()
            return
        outputs, loss = batch.outputs, batch.loss
        asked = 0

        def again() -> float | None:
            nonlocal asked
            asked += 1
            if asked > 1:
                self.noise.set_state(batch.noise)
                self._take_gradients(batch)
            return batch.loss

        self.optimizer.step(again)
        batch.outputs, batch.loss = outputs, loss

    def _judge(self, feed: Feed, measures: Measures, batch_size: int = FEW) -> dict[str, float]:
        """Loss and `measures` over all batches of a `feed`, `batch_size` rows at a time, in evaluation mode."""
        measures.reset()
        loss = self._judge_batches(feed.epoch(self.epoch, batch_size), measures)
        return {"loss": loss, **measures.result()}

    def _judge_batches(self, batches: Iterable[Batch], measures: Measures | None = None) -> float:
        """The loss over some `batches`, in evaluation mode; `measures` see their outputs too."""
        total = size = 0.0
        with self._judging():
            for batch in batches:
                if not self._forward(batch):
                    batch.outputs = self.model(*batch.inputs)
                    batch.loss = self._loss_of(batch, batch.outputs).item()
                loss = nan if batch.loss is None else batch.loss
                total += loss if self.objective.sums else loss * batch.size
                size += batch.size
                if measures:
                    measures.update(batch)
        return total if self.objective.sums else total / size if size else float("nan")

    def _answered(self, tensors: Sequence[Tensor]) -> NDArray[Any] | None:
        """What the engine answers to a block of rows; None where NumPy has to."""
        found = self._engine()
        return None if found is None else found.answered(tensors)

    def _forward(self, batch: Batch) -> bool:
        """Let the engine find outputs and loss of a `batch`; False where NumPy has to."""
        found = self._engine()
        return found is not None and found.judged(batch)

    def _engine(self) -> Any:
        """The compiled forward passes of this Trainer; None where another engine is in force."""
        if (self.engine or config.engine()) != "numba":
            return None
        if self._forwards is None:
            from chainrule.train.engine.forwards import Forwards

            self._forwards = Forwards(self)  # type: ignore[arg-type]  # there is no other kind than the Trainer
        return self._forwards

    def _loss_of(self, batch: Batch, outputs: Any) -> Tensor:
        """The loss of `outputs` for the targets and weights of a `batch`.

        Raises:
            DtypeError: when it is not one number.
        """
        if batch.weights is None:
            loss = self.loss(outputs, batch.targets)
        else:
            if self._weighted is None:
                self._weighted = self.objective.weighted()
            loss = self._weighted(outputs, batch.targets, batch.weights)
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            got = f"shape {loss.shape}" if isinstance(loss, Tensor) else type(loss).__name__
            raise DtypeError("train.loss_result", "Trainer, argument loss", got=got)
        return loss

    def _apart_from_training(self) -> drawing_from:
        """Draws that are not those of the training."""
        self._apart.set_state((self._seed, JUDGING))
        return drawing_from(self._apart)

    @contextmanager
    def _judging(self) -> Iterator[None]:
        """Evaluation mode, no gradients, and draws that are not those of the training."""
        with no_grad(), modes(self.model, training=False), self._apart_from_training():
            yield
