"""A script against the training that it writes out."""

import contextlib
import io
import warnings
from typing import Any

import numpy as np

import chainrule as cr


def executed(text: str, folder: Any) -> tuple[list[float], dict[str, Any]]:
    """The losses and the weights of a program, run inside this process, which is quick."""
    space: dict[str, Any] = {"__name__": "network", "__file__": str(folder / "network.py")}
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "network.py", "exec"), space)  # noqa: S102 - a program of ours
        return space["history"], dict(np.load("weights.npz"))


def same(losses: Any, weights: dict[str, Any], trainer: Any, history: Any, words: str = "") -> None:
    """Losses and weights are those of the training, bit for bit."""
    np.testing.assert_array_equal(losses, list(history["loss"]), err_msg=words)
    state = trainer.model.state_dict()
    assert sorted(weights) == sorted(state), words
    for name, value in state.items():
        np.testing.assert_array_equal(weights[name], value.numpy(), err_msg=f"{words}\n{name}")
        assert weights[name].dtype == value.numpy().dtype, f"{words}\n{name}"


def equals(trainer: Any, data: tuple[Any, ...], epochs: int, batch_size: int, folder: Any, words: str = "") -> str:
    """Hold the script of a training against the training itself; the text of the script."""
    text: str = cr.script(trainer, data, epochs=epochs, batch_size=batch_size, lang="en")
    losses, weights = executed(text, folder)
    history = trainer.fit(data, epochs=epochs, batch_size=batch_size, progress=False)
    assert trainer.epoch >= epochs
    same(losses, weights, trainer, history, f"{words}\n{text}")
    return text
