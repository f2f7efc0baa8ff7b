"""`cr.load` and `cr.load_into`: networks and trainings from files."""

import inspect
import os
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chainrule.data.opening import as_path
from chainrule.errors import DtypeError, FileError
from chainrule.files.building import FOLLOWED, Builder, put_together
from chainrule.files.container import Opened, opened
from chainrule.files.registry import OPTIMIZERS, SCHEDULERS
from chainrule.nn.module import Module
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.resuming import checked_notes, read_state
from chainrule.train.state import PREFIX
from chainrule.train.trainer import Trainer

Array = NDArray[Any]
Thing = TypeVar("Thing", Module, Trainer)


def load(path: str | os.PathLike[str]) -> Any:
    """Make the network or the Trainer that `cr.save` or `Checkpoint` has written.

    Nothing is unpickled, evaluated or imported by a name from the file: it may ask for the classes of this library
    alone, and for no larger ones than it has numbers for. Every byte is compared with the digests in the file. The
    modules are in the mode, training or evaluation, in which they were saved. Callbacks are not part of a file.

    Args:
        path: of the file.

    Returns:
        A module, or a Trainer where one was saved.

    Raises:
        FileError: missing, torn, rotten, foreign; tensors alone, or classes of somebody's own: then `load_into`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cr.save(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), Path(folder) / "net.safetensors")
        ...     net = cr.load(Path(folder) / "net.safetensors")
        >>> net
        Sequential(
          (0): Linear(in_features=2, out_features=3, bias=True)
          (1): ReLU()
        )
    """
    with opened(as_path(path, "cr.load, argument path")) as file:
        if isinstance(file.notes, dict) and file.notes.get("kind") == "table":
            raise FileError("files.table", str(file.path))
        notes = checked_notes(file)
        if notes.get("module") is None or ("state" in notes and notes.get("training") is None):
            thing = "trainer" if "state" in notes else "net"
            parts = ", ".join(map(str, notes.get("own") or ["?"]))
            raise FileError("files.own_parts", str(file.path), parts=parts, thing=thing)
        try:
            model = _network(file, notes)
            if "state" not in notes:
                return model
            trainer = _trainer(model, notes["training"], Builder(_shapes(file), file.read))
            read_state(file).restore(trainer)
        except FileError:
            raise
        except FOLLOWED as error:
            reason = f"{type(error).__name__}: {error}"
            raise FileError("files.content", str(file.path), reason=reason) from error
    return trainer


def load_into(thing: Thing, path: str | os.PathLike[str], strict: bool = True) -> Thing:
    """Give a network the tensors of a file by their names, or a Trainer all that another one had become.

    For classes of your own, and for files that PyTorch users have made with `safetensors.torch.save_file`. Numbers are
    converted to the types that the network works in.

    Args:
        thing: a module, or a Trainer of the same making; changed in place.
        path: of a file of `cr.save` or `Checkpoint`, or for a module of any safetensors file.
        strict: refuse when a name is missing or unknown; False takes what fits. A Trainer takes all or nothing.

    Returns:
        The thing itself.

    Raises:
        DtypeError: for something that is neither a module nor a Trainer.
        FileError: missing, torn, rotten or foreign; only a network, for a Trainer.
        StateError: a name is missing or unknown, and `strict`.
        ShapeError: a shape differs.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> class Double(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.dense = nn.Linear(2, 2)
        ...     def forward(self, x):
        ...         return self.dense(self.dense(x))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cr.save(Double(), Path(folder) / "net.safetensors")
        ...     net = cr.load_into(Double(), Path(folder) / "net.safetensors")
    """
    where = as_path(path, "cr.load_into, argument path")
    if isinstance(thing, Trainer):
        with opened(where) as file:
            read_state(file).restore(thing)
    elif isinstance(thing, Module):
        with opened(where) as file:
            own = thing.state_dict()
            names = [name for name in file.entries if file.notes is None or not name.startswith(PREFIX)]
            found: dict[str, Any] = {}
            for name in names:
                fits = name in own and own[name].shape == file.entries[name].shape
                # What does not fit is refused by its name or shape, before its numbers take memory.
                found[name] = file.read(name) if fits else np.broadcast_to(np.float32(0), file.entries[name].shape)
        thing.load_state_dict({name: part for name, part in found.items() if strict or name in own}, strict)
    else:
        raise DtypeError("files.thing", "cr.load_into, argument thing", got=type(thing).__name__)
    return thing


def _shapes(file: Opened) -> dict[str, tuple[int, ...]]:
    return {name: entry.shape for name, entry in file.entries.items() if not name.startswith(PREFIX)}


def _network(file: Opened, notes: dict[str, Any]) -> Module:
    """The network of a file, with its numbers."""
    shapes = _shapes(file)
    model = Builder(shapes, file.read).module(notes["module"])
    put_together(model, notes, {name: file.read(name) for name in shapes})
    return model


def _trainer(model: Module, training: dict[str, Any], builder: Builder) -> Trainer:
    """A Trainer of the same making; what it had become is restored afterwards."""
    with drawing_from(Generator(0)):
        loss = builder.value(training["loss"])
        made = training["optimizer"]
        parameters = dict(model.named_parameters())
        groups = [
            {"params": [parameters[name] for name in group["params"]], **builder.value(group["numbers"])}
            for group in made["groups"]
        ]
        kind = OPTIMIZERS[made["class"]]
        taken = inspect.signature(kind).parameters
        defaults = {name: value for name, value in builder.value(made["defaults"]).items() if name in taken}
        optimizer = kind(groups, **defaults)
        schedule = training["schedule"]
        if isinstance(schedule, list):
            schedule = [
                SCHEDULERS[row["class"]](optimizer, **builder.value(row["arguments"])) for row in schedule
            ] or None
        else:
            schedule = builder.value(schedule)
        return Trainer(
            model, loss, optimizer, metrics=builder.value(training["metrics"]), schedule=schedule, seed=0,
            **builder.value(training["options"]),
        )
