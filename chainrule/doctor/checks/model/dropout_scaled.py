"""36: a dropout of the user's own whose numbers are, on average, not the same in training and evaluation."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.changes.norms import library_dropout
from chainrule.doctor.looks.layers import DENSE
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from
from chainrule.tensors.tensor import Tensor
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread

ROWS, TIMES = 16, 60  # a thousand masks
OFF = 0.1
SURE = 5.0  # standard errors

Numbers = NDArray[np.float64]


def look(case: Case) -> Iterator[Suspicion]:
    """What the first layer behind a random one reads: its mean over a thousand masks, against evaluation."""
    if case.feed is None or len(case.feed.inputs) > 1:
        return
    try:
        found = _first_random(case)
    except Exception:  # noqa: BLE001 - a network that takes no repeated rows
        return
    if found is None:
        return
    module, path, trained, judged = found
    share, error = _share(trained, judged)
    if abs(share - 1) <= OFF or abs(share - 1) <= SURE * error:
        return
    own = not _is_ours(module)
    p = round(float((trained[:, np.abs(judged) > 0] == 0).mean()), 2)
    cures = (library_dropout(path, p),) if own and 0 < p < 1 and path else ()
    evidence = Evidence("dropout_means", {"name": path or type(module).__name__, "share": share})
    yield Suspicion("dropout_scaled", "exact", (evidence,), cures, 0.9)


def _first_random(case: Case) -> tuple[Module, str, Numbers, Numbers] | None:
    """The first module that gives other numbers at each pass in training: itself, and its numbers in both modes."""
    assert case.feed is not None
    model = case.first.model
    X = case.feed.inputs[0][:ROWS]
    names = {id(module): path for path, module in model.named_modules()}
    judged, later = (_passes(case, X, seed, training=False) for seed in (0, 3))
    if any(not np.array_equal(a, b) for (_, a), (_, b) in zip(judged, later, strict=True)):
        return None  # noise in evaluation is a fault with a name of its own
    one, two = (_passes(case, X, seed, training=True) for seed in (1, 2))
    first = next((m for (m, a), (_, b) in zip(one, two, strict=True) if not np.array_equal(a, b)), None)
    if first is None or _is_unfit(first):
        return None
    many = np.tile(X, (TIMES, *(1,) * (X.ndim - 1)))
    trained, again = (_passes(case, many, seed, training=True) for seed in (1, 2))
    for (module, numbers), (_, other), (_, still) in zip(trained, again, judged, strict=True):
        if numbers.shape[1:] != still.shape[1:] or len(numbers) != TIMES * len(still):
            return None
        if not np.array_equal(numbers, other):
            if _is_unfit(module):
                return None
            return module, names[id(module)], numbers.reshape(TIMES, *still.shape), still
        if not np.allclose(numbers[: len(still)], still, rtol=1e-4, atol=1e-6):
            return None  # a norm that measures its batch: behind it the two modes are not to be compared
    return None


def _is_unfit(module: Module) -> bool:
    """Whether nothing can be told by its numbers: what bends has another mean, however they are scaled before."""
    return not isinstance(module, DENSE) and (_is_ours(module) or next(module.parameters(), None) is not None)


def _is_ours(module: Module) -> bool:
    return type(module).__module__.startswith("chainrule.")


def _passes(case: Case, X: Any, seed: int, *, training: bool) -> list[tuple[Module, Numbers]]:
    """What each leaf of the network gives, in the order in which they are asked; its buffers stay as they are."""
    model, seen = case.first.model, list[tuple[Module, Numbers]]()
    before = [(buffer, np.array(buffer.numpy())) for buffer in model.buffers()]

    def keep(module: Module, _: Any, result: Any) -> None:
        if isinstance(result, Tensor):
            seen.append((module, np.asarray(result.detach().numpy(), dtype=np.float64)))

    handles = [m.register_forward_hook(keep) for m in model.modules() if next(m.children(), None) is None]
    try:
        with (
            no_grad(), modes(model, training=training), drawing_from(Generator(seed)), np.errstate(all="ignore"),
            one_blas_thread(),
        ):
            model(wrap(X))
    finally:
        for handle in handles:
            handle.remove()
        with no_grad():
            for buffer, array in before:
                buffer.copy_(wrap(array))
    return seen


def _share(trained: Numbers, judged: Numbers) -> tuple[float, float]:
    """By what the numbers in evaluation are to be multiplied to give their mean in training, and the error of that."""
    square = float((judged * judged).sum())
    if not square > 0:
        return 1.0, 0.0
    shares = (trained * judged).reshape(len(trained), -1).sum(axis=1) / square
    return float(shares.mean()), float(shares.std(ddof=1)) / len(shares) ** 0.5


CHECK = Check(36, ("dropout_scaled",), look, "before")
