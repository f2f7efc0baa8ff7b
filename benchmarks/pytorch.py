"""PyTorch in a race of trainings: one thread and all, eager and compiled, fused optimizer, channels last."""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

import numpy as np

from benchmarks.race import Contestant, Pace, Ready, counted
from benchmarks.recipe import Recipe, Rows, Weights, silent
from chainrule import config

NAME = "PyTorch"
PATIENCE = 180  # seconds that torch.compile may take


@contextmanager
def patient(seconds: int) -> Iterator[None]:
    """What does not end in time counts as missing.

    Raises:
        ImportError: when it has not ended.
    """

    def give_up(number: int, frame: FrameType | None) -> None:
        raise ImportError(f"not ready after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def load(model: Any, weights: Weights) -> Any:
    """The same weights in PyTorch's network."""
    import torch

    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    return model


def needs_compiler() -> None:
    """Refuse where torch.compile cannot work.

    Raises:
        ImportError: without a C++ compiler.
    """
    if not (shutil.which("g++") or shutil.which("clang++")):
        raise ImportError("torch.compile needs a C++ compiler")


def stepper(recipe: Recipe, weights: Weights, *, compiled: bool, noise: bool = True) -> Callable[[Any, Any], Any]:
    """A training step as a PyTorch user writes it."""
    import torch

    model = load(recipe.model(torch), weights)
    if not noise:
        silent(model)
    if recipe.pictures:
        model = model.to(memory_format=torch.channels_last)
    optimizer = getattr(torch.optim, recipe.rule)(recipe.parameters(model), **recipe.options, fused=True)
    criterion = recipe.criterion(torch)
    parameters = list(model.parameters())

    def forward(x: Any, y: Any) -> Any:
        return criterion(model(x), y)

    run = torch.compile(forward) if compiled else forward

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad(set_to_none=True)
        loss = run(x, y)
        loss.backward()
        if recipe.clip is not None:
            torch.nn.utils.clip_grad_norm_(parameters, recipe.clip)
        optimizer.step()
        return loss

    return step


def batches(recipe: Recipe, data: Rows) -> list[tuple[Any, Any]]:
    """The batches, ready as tensors."""
    import torch

    size, made = recipe.batch_size, []
    for start in range(0, len(data[0]), size):
        x, y = (torch.from_numpy(np.ascontiguousarray(part[start : start + size])) for part in data)
        made.append((x.contiguous(memory_format=torch.channels_last) if recipe.pictures else x, y))
    return made


def prepare(recipe: Recipe, threads: int, compiled: bool, pace: Pace) -> Ready:
    """Steps over the batches, again and again."""
    import torch

    if compiled:
        needs_compiler()
    torch.set_num_threads(threads)
    weights = recipe.weights()
    given = batches(recipe, recipe.rows(pace))
    step = stepper(recipe, weights, compiled=compiled)

    def epochs(count: int) -> None:
        for _ in range(count):
            for x, y in given:
                step(x, y)

    if compiled:
        with patient(PATIENCE):
            step(*given[0])
    else:
        step(*given[0])
    timed = counted(epochs, pace.seconds)

    def one_round() -> float:
        torch.set_num_threads(threads)
        return timed() / len(given)

    def loss() -> float:
        torch.set_num_threads(threads)
        fresh = stepper(recipe, weights, compiled=False, noise=False)
        losses = [float(fresh(x, y).detach()) for _ in range(recipe.check) for x, y in given]
        return float(np.mean(losses[-len(given) :]))

    return Ready(one_round, loss)


def contestants(recipe: Recipe, *, compiled: bool = True) -> tuple[Contestant, ...]:
    """Every mode that may be the best."""
    counts = sorted({1, config.threads()})
    words = {1: "one thread"} | {count: f"{count} threads" for count in counts if count > 1}
    modes = [(count, made) for made in ((False, True) if compiled else (False,)) for count in counts]
    return tuple(
        Contestant(
            f"{NAME}{' compiled' if made else ''}, {words[count]}", partial(prepare, recipe, count, made)
        )
        for count, made in modes
    )
