"""What a network strikes out while it learns, and what becomes of the rest: looked at by the check 36."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.looks.answers import in_passing
from chainrule.doctor.looks.layers import DENSE
from chainrule.nn.module import Module
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from
from chainrule.tensors.tensor import Tensor

ROWS, COPIES = 16, 4  # of each pass
PASSES = 20  # masks that all rows share are as few as that
SAME = 1e-3  # by which factors may differ that are one factor
LITTLE = 1e-2  # of the largest number: too little to be divided by
NEAR = 1e-4  # of it: what another order of sums makes

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Strikes:
    """Numbers that are struck out in training, where all others are multiplied by one factor.

    Nothing bends them and no row is mixed with another, so that means of both modes are to be compared.

    Attributes:
        path: of the module of the user's own that does it; of the dense layer that reads it, where none does it alone.
        alone: whether a module of the user's own does it and nothing else, so that it can be exchanged.
        struck: share of the numbers.
        share: mean in training, as a multiple of the number in evaluation.
        error: of it, a standard error.
        raw: whether the rows themselves are struck out, as they come.
    """

    path: str
    alone: bool
    struck: float
    share: float
    error: float
    raw: bool


def strikes(case: Case) -> tuple[Strikes, ...]:
    """Those of each module of the user's own; else what the first dense layer behind a strike reads."""
    if case.feed is None or len(case.feed.inputs) > 1 or all(map(_is_ours, case.first.model.modules())):
        return ()  # the library's own are right by their tests
    try:
        return _of_modules(case) or _before_dense(case)
    except Exception:  # noqa: BLE001 - a network that takes no repeated rows
        return ()


def _of_modules(case: Case) -> tuple[Strikes, ...]:
    """Modules of the user's own without parameters, whatever they are made of, each asked for itself."""
    model = case.first.model
    X = _rows(case)
    met = {id(module): args for module, args in _calls(case, X, 0, training=False)}
    found: list[Strikes] = []
    for path, module in model.named_modules():
        inside = any(path.startswith(f"{one.path}.") for one in found)
        if not path or inside or id(module) not in met or _is_ours(module) or list(module.parameters()):
            continue
        given = met[id(module)]
        # Positive numbers, which a ReLU in the module lets through.
        asked = np.random.default_rng(0).uniform(0.5, 1.5, given.shape).astype(given.dtype)
        one = _compared(
            [_alone(case, module, asked, seed, training=True) for seed in range(1, PASSES + 1)],
            [_alone(case, module, asked, seed, training=False) for seed in (0, 1)],
        )
        if one is not None:
            found.append(Strikes(path, True, *one, _alike(given, X)))
    return tuple(found)


def _before_dense(case: Case) -> tuple[Strikes, ...]:
    """What the first dense layer reads that reads other numbers in training."""
    X = _rows(case)
    judged, still = ([a for m, a in _calls(case, X, seed, training=False) if isinstance(m, DENSE)] for seed in (0, 1))
    calls = [_calls(case, X, seed, training=True) for seed in range(1, PASSES + 1)]
    trained = [[args for module, args in one if isinstance(module, DENSE)] for one in calls]
    names = {id(module): path for path, module in case.first.model.named_modules()}
    dense = [module for module, _ in calls[0] if isinstance(module, DENSE)]
    for place, module in enumerate(dense):
        now = [one[place] for one in trained]
        if all(_same(a, judged[place]) for a in now):
            continue
        one = _compared(now, [judged[place], still[place]])
        return () if one is None else (Strikes(names[id(module)], False, *one, _alike(judged[place], X)),)
    return ()


def _compared(trained: Sequence[Any], judged: Sequence[Any]) -> tuple[float, float, float] | None:
    """Share struck out, mean in training against evaluation, its error; None unless it is strikes and one factor."""
    base, again = (np.asarray(numbers, dtype=np.float64) for numbers in judged)
    if not np.array_equal(base, again) or any(np.shape(numbers) != base.shape for numbers in trained):
        return None  # noise in evaluation is a fault with a name of its own
    largest = float(np.abs(base).max(initial=0.0))
    known = np.abs(base) > LITTLE * largest
    if not known.any():
        return None
    factors = np.array([np.asarray(numbers, dtype=np.float64)[known] / base[known] for numbers in trained])
    rest = np.array([np.abs(np.asarray(numbers, dtype=np.float64)[~known]).max(initial=0.0) for numbers in trained])
    struck = np.abs(factors) <= SAME
    kept = factors[~struck]
    if not struck.any() or not len(kept) or not np.isfinite(factors).all():
        return None
    factor = float(np.median(kept))
    if np.abs(kept - factor).max() > SAME * abs(factor) or rest.max() > 2 * LITTLE * largest * max(1.0, abs(factor)):
        return None
    shares = factors.mean(axis=1)
    return float(struck.mean()), float(shares.mean()), float(shares.std(ddof=1)) / len(shares) ** 0.5


def _same(a: Any, b: Any) -> bool:
    return bool(np.abs(a - b).max(initial=0.0) <= NEAR * np.abs(b).max(initial=0.0))


def _alike(given: Any, X: Any) -> bool:
    """Whether these are the rows as they come, but for one factor."""
    a, b = (np.asarray(numbers, dtype=np.float64).ravel() for numbers in (given, X))
    sizes = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    return a.shape == b.shape and float(a @ b) >= (1 - NEAR) * sizes


def _is_ours(module: Module) -> bool:
    return type(module).__module__.startswith("chainrule.")


def _rows(case: Case) -> Any:
    assert case.feed is not None
    X = case.feed.inputs[0][:ROWS]
    return np.tile(X, (COPIES, *(1,) * (X.ndim - 1)))


def _calls(case: Case, X: Any, seed: int, *, training: bool) -> list[tuple[Module, Any]]:
    """The modules that a pass asks, and what each of them is given; what it counts stays as it is."""
    model, seen = case.first.model, list[tuple[Module, Any]]()

    def keep(module: Module, args: tuple[Any, ...], _: Any) -> None:
        if len(args) == 1 and isinstance(args[0], Tensor):
            seen.append((module, np.array(args[0].detach().numpy())))

    handles = [module.register_forward_hook(keep) for module in model.modules()]
    try:
        with in_passing(model, training=training), drawing_from(Generator(seed)):
            model(wrap(X))
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _alone(case: Case, module: Module, numbers: Any, seed: int, *, training: bool) -> Any:
    """What one module gives for numbers, in a mode."""
    with in_passing(case.first.model, training=training), drawing_from(Generator(seed)):
        return np.asarray(module(wrap(numbers)).numpy())
