"""`cr.save`: a network or a training in one file."""

import os

from chainrule.data.opening import as_path
from chainrule.errors import DtypeError
from chainrule.files.container import encoded
from chainrule.files.describing import notes_of_module, notes_of_trainer
from chainrule.files.storing import store
from chainrule.nn.module import Module
from chainrule.train.state import captured, weights_of
from chainrule.train.trainer import Trainer


def save(thing: Module | Trainer, path: str | os.PathLike[str]) -> None:
    """Write a network, or a whole training, to one safetensors file.

    The tensors stand under the names of the network's `state_dict`, in PyTorch's layout, so that PyTorch can read them
    too. Beside them stand the calls that make the network, and a digest of each tensor. Of a Trainer the file has all
    that it needs to go on: optimizer, schedule, streams of random numbers, history. Classes of your own are not
    written down: build those yourself, then `load_into`. The file is written under another name, brought to the disk,
    and only then renamed: what had this name before stays whole until then.

    Args:
        thing: a module or a Trainer.
        path: of the file; `.safetensors` is the usual ending.

    Raises:
        DtypeError: for anything else.
        FileError: the disk is full or broken, or the folder is not there.
        StateError: something in it cannot be written as numbers and text.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> net = nn.MLP([2, 8, 1], activation="tanh")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cr.save(net, Path(folder) / "net.safetensors")
        ...     again = cr.load(Path(folder) / "net.safetensors")
        >>> bool((again(cr.ones(1, 2)) == net(cr.ones(1, 2))).all())
        True

    Source:
        Hugging Face, safetensors: a simple and safe file format for tensors (2022), for the form of the file.
    """
    goal = as_path(path, "cr.save, argument path")
    if isinstance(thing, Module):
        notes, arrays = notes_of_module(thing)
        arrays = {**weights_of(thing), **arrays}
    elif isinstance(thing, Trainer):
        notes, arrays = notes_of_trainer(thing)
        weights, notes["state"] = captured(thing)
        arrays = {**weights, **arrays}
    else:
        raise DtypeError("files.thing", "cr.save, argument thing", got=type(thing).__name__)
    store(goal, encoded(arrays, notes))
