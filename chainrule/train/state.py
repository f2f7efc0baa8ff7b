"""All that a Trainer has become, as JSON and arrays: what another process needs to go on with the same bytes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import whole
from chainrule.errors import ChainruleError, ChainruleWarning, DtypeError, FileError, StateError, warn
from chainrule.files.packing import Packer, Unpacker
from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import default_generator, drawing_from
from chainrule.train.history import History
from chainrule.train.place import place_of
from chainrule.train.snapshot import Snapshot

if TYPE_CHECKING:
    from chainrule.train.callbacks.callback import Callback
    from chainrule.train.trainer import Trainer

Array = NDArray[Any]
UNFIT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError)
PREFIX = "chainrule/"  # of all names that are not those of the network


def captured(trainer: "Trainer") -> tuple[dict[str, Array], dict[str, Any]]:
    """The state of a Trainer, in the middle of a fit or outside.

    Returns:
        Name to array, the network's under the names of its `state_dict`; and the rest for JSON.

    Raises:
        StateError: a callback keeps what no file can hold.
    """
    arrays = weights_of(trainer.model)
    packer = Packer(PREFIX)
    fitting = trainer._fitting
    history = trainer.history
    state = {
        "seed": trainer.seed,
        "epoch": trainer.epoch + (history.last_epoch == trainer.epoch),  # one that has its row is over
        "step": trainer.step,
        "noise": list(trainer.noise.get_state()),
        "stream": list(_stream()),
        "unsaved": {name: tensor for name, tensor in trainer.model.named_buffers() if name not in arrays},
        "frozen": _frozen(trainer.model),
        "loss": dict(trainer.loss.state_dict()) if isinstance(trainer.loss, Module) else {},
        "classes": None if trainer.class_weights is None else trainer.class_weights.known,
        "optimizer": trainer.optimizer.state_dict(),
        "ratios": trainer.rates.ratios,
        "schedulers": [part.state_dict() for part in trainer.rates.schedulers],
        "history": _history(history),
        "callbacks": [] if fitting is None else [
            [type(callback).__name__, callback.state_dict() if hasattr(callback, "state_dict") else {}]
            for callback in fitting.events.callbacks
        ],
        "fit": None if fitting is None else place_of(fitting),
    }
    data = {name: packer.pack(part, name) for name, part in state.items()}
    return {**arrays, **packer.arrays}, data


def weights_of(model: Module) -> dict[str, Array]:
    """The numbers of a network by the names of its `state_dict`.

    Raises:
        StateError: for a name that is kept for others.
    """
    arrays = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    taken = next((name for name in arrays if name.startswith(PREFIX)), None)
    if taken is not None:
        raise StateError("files.name_taken", type(model).__name__, got=taken)
    return arrays


class State:
    """What `captured` said of a Trainer, read from a file.

    Args:
        weights: the arrays of the network.
        data: the rest, as it was said to JSON.
        unpacker: knows the arrays.
        where: the file, for errors.
    """

    def __init__(self, weights: Mapping[str, Array], data: Mapping[str, Any], unpacker: Unpacker, where: str) -> None:
        self.weights = weights
        self.parts: dict[str, Any] = {name: unpacker.unpack(part) for name, part in data.items()}
        self.where = where

    @property
    def history(self) -> History:
        """The history of the fit so far; another one at each look."""
        kept = self.parts["history"]
        history = History(
            {name: numbers.tolist() for name, numbers in kept["curves"].items()}, kept["epoch"].tolist(),
            kept["floor"], kept["best_constant"], kept["interrupted"], kept["stopped"], kept["seconds"],
        )
        if kept["monitor"] is not None:
            history.watch(kept["monitor"][0], kept["monitor"][1], kept["best"])
        return history

    @property
    def fit(self) -> dict[str, Any] | None:
        """Where the fit stood; None when it was written down outside a fit."""
        found: dict[str, Any] | None = self.parts["fit"]
        return found

    def restore(self, trainer: "Trainer") -> None:
        """Make a Trainer of the same making what the other one was; it stays as it is if something does not fit.

        Raises:
            ShapeError: an array has another shape.
            StateError: names, groups or counts differ.
            DtypeError: the network works in another type of number.
        """
        self._check_types(trainer)
        seed, before = trainer.seed, Snapshot(trainer)
        loss, frozen = _numbers(trainer.loss), _frozen(trainer.model)
        try:
            _check_fit(self.fit)
            trainer.seed = self.parts["seed"]
            self.put(trainer)
            places = [whole(self.parts[name], name, least=0) for name in ("epoch", "step")]
            trainer.history = self.history
            trainer.epoch, trainer.step = places
        except BaseException as error:
            trainer.seed = seed
            before.restore(trainer)
            _freeze(trainer.model, frozen)
            if loss is not None:
                trainer.loss.load_state_dict(loss)
            self.tell(error)
            raise

    def tell(self, error: BaseException) -> None:
        """Put the name of the file into an error.

        Raises:
            FileError: instead of what Python says when something is not what it should be.
        """
        if isinstance(error, UNFIT) and not isinstance(error, ChainruleError):
            raise FileError("files.content", self.where, reason=f"{type(error).__name__}: {error}") from error
        if isinstance(error, ChainruleError):
            error.where = f"{self.where}, {error.where}"

    def put(self, trainer: "Trainer") -> None:
        """Weights, optimizer, schedule and noise of a Trainer; not its counters."""
        parts = self.parts
        trainer.model.load_state_dict(self.weights)
        own = dict(trainer.model.named_buffers())
        with no_grad():
            for name, array in parts["unsaved"].items():
                own[name].copy_(wrap(array))
        _freeze(trainer.model, parts["frozen"])
        if isinstance(trainer.loss, Module):
            trainer.loss.load_state_dict(parts["loss"])
        if trainer.class_weights is not None and parts["classes"] is not None:
            trainer.class_weights.known = {float(name): float(weight) for name, weight in parts["classes"].items()}
        trainer.optimizer.load_state_dict(parts["optimizer"])
        if trainer.rates.of_step is not None and parts["ratios"]:
            trainer.rates.ratios = parts["ratios"]
        if len(parts["schedulers"]) != len(trainer.rates.schedulers):
            got, expected = len(parts["schedulers"]), len(trainer.rates.schedulers)
            raise StateError("files.schedulers", "Trainer, argument schedule", got=got, expected=expected)
        for scheduler, kept in zip(trainer.rates.schedulers, parts["schedulers"], strict=True):
            scheduler.load_state_dict(kept)
        self.put_streams(trainer, process=False)

    def put_streams(self, trainer: "Trainer", *, process: bool) -> None:
        """The stream of random numbers that the training draws from; and the one of the `process`, for callbacks."""
        trainer.noise.set_state(tuple(self.parts["noise"]))
        if process:
            with drawing_from(None):
                default_generator.set_state(tuple(self.parts["stream"]))

    def put_callbacks(self, callbacks: "Sequence[Callback]") -> None:
        """Let each callback go on from the state of the one of its kind; a state that nobody takes is said aloud."""
        try:
            waiting = [*self.parts["callbacks"]]
            for callback in callbacks:
                place = next((i for i, row in enumerate(waiting) if row[0] == type(callback).__name__), None)
                kept = {} if place is None else waiting.pop(place)[1]
                if kept:
                    callback.load_state_dict(kept)
            lost = ", ".join(name for name, kept in waiting if kept)
        except Exception as error:
            self.tell(error)
            raise
        if lost:
            warn(ChainruleWarning("files.lost_state", self.where, names=lost))

    def _check_types(self, trainer: "Trainer") -> None:
        for name, tensor in trainer.model.state_dict().items():
            if name in self.weights and self.weights[name].dtype != tensor.dtype:
                got, expected = self.weights[name].dtype, tensor.dtype
                raise DtypeError("files.other_type", f"{self.where}, {name}", got=got, expected=expected)


def _check_fit(fit: Any) -> None:
    """Refuse a place that no fit has; what stands deeper in it is looked at when it is taken.

    Raises:
        ValueError: it is none.
    """
    if fit is None:
        return
    kinds: dict[str, Any] = {
        "epochs": int | None, "steps": int | None, "first_epoch": int, "first_step": int, "rows": int,
        "seconds": float, "stopped": str | None, "engine": str, "runs": str, "source": dict, "within": dict | None,
    }
    wrong = [name for name, kind in kinds.items() if not isinstance(fit[name], kind)]
    if wrong or min(fit["first_epoch"], fit["first_step"], fit["rows"]) < 0:
        raise ValueError(f"the place of the fit: {', '.join(wrong)}")


def _frozen(model: Module) -> list[str]:
    return [name for name, parameter in model.named_parameters() if not parameter.requires_grad]


def _freeze(model: Module, names: Sequence[str]) -> None:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in names)


def _numbers(loss: Any) -> dict[str, Array] | None:
    return {name: part.numpy().copy() for name, part in loss.state_dict().items()} if isinstance(loss, Module) else None


def _stream() -> tuple[int, int]:
    with drawing_from(None):
        return default_generator.get_state()


def _history(history: History) -> dict[str, Any]:
    return {
        "epoch": np.array(history.epoch, np.int64),
        "curves": {name: np.array(numbers, np.float64) for name, numbers in history.history.items()},
        "floor": history.floor, "best_constant": history.best_constant, "interrupted": history.interrupted,
        "stopped": history.stopped, "seconds": history.seconds,
        "monitor": history._monitor, "best": history._best,
    }

