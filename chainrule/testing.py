"""Check gradients against differences, the way a careful reader would: in float64, along random directions."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.errors import ChainruleError, GradientError
from chainrule.ops.program import Primitive, Static
from chainrule.tape.mode import mode, no_grad
from chainrule.tape.recorder import Recorder
from chainrule.tape.trace import recording
from chainrule.tape.tracked import wrap
from chainrule.tensors.calculus import differentiate
from chainrule.tensors.creation import as_tensor, tensor
from chainrule.tensors.random import default_generator
from chainrule.tensors.tensor import Tensor

__all__ = ["GradientMismatchError", "check_gradients"]


class GradientMismatchError(ChainruleError, AssertionError):
    """A gradient that does not agree with differences of the function itself."""


def check_gradients(
    function: Callable[..., Tensor], *inputs: Any, order: int = 2, rtol: float = 1e-6, atol: float = 1e-8,
    directions: int = 3, seed: int = 0,
) -> None:
    """Compare the gradients of a function with central differences; say nothing if they agree.

    ∂f/∂v ≈ (8 (f(x + hv) - f(x - hv)) - (f(x + 2hv) - f(x - 2hv))) / 12h, along random directions v

    Everything is computed in float64. Where a step of the difference would cross a kink (the corner of ReLU, a tie of
    a maximum), shorter steps are taken, and at last the point is moved a little. Random draws of the function are
    the same at every evaluation.

    Args:
        function: from tensors to one tensor of any shape; what it returns is weighted at random.
        inputs: arrays; floats are converted to float64 and differentiated, integers and masks are passed on.
        order: 2 (default) checks gradients of gradients too, 1 does not.
        rtol: relative tolerance, of the largest slope.
        atol: absolute tolerance.
        directions: how many directions for each input.
        seed: of the directions and weights.

    Raises:
        GradientMismatchError: an AssertionError that names the argument, the analytic and the numeric slope.

    Example:
        >>> import chainrule as cr
        >>> cr.testing.check_gradients(lambda x: (x * x).sum(), [1.0, 2.0])
    """
    draw = np.random.Generator(np.random.Philox(key=np.array([seed, 0x7E57], np.uint64)))
    start = default_generator.get_state()
    try:
        _check(function, [_prepared(x) for x in inputs], order, rtol, atol, directions, draw, "check_gradients")
    finally:
        default_generator.set_state(start)


def _prepared(x: Any) -> Tensor:
    made = as_tensor(x).detach()
    return tensor(made, dtype=np.float64 if made.dtype.kind == "f" else None)


def _check(
    function: Callable[..., Tensor], inputs: list[Tensor], order: int, rtol: float, atol: float, directions: int,
    draw: np.random.Generator, where: str,
) -> None:
    start = default_generator.get_state()
    weights: list[Tensor] = []

    def weighted(*args: Tensor) -> Tensor:
        with no_grad():
            default_generator.set_state(start)
        result = as_tensor(function(*args))
        if result.dtype.kind != "f":
            raise GradientError("testing.integer_result", where, dtype=result.dtype)
        if not weights:
            random = draw.uniform(0.5, 1.5, result.shape) * draw.choice([-1.0, 1.0], result.shape)
            weights.append(tensor(random, dtype=np.float64))
        return (result * weights[0]).sum()

    weighted(*inputs)
    inputs = _off_kinks(weighted, inputs, draw)
    floats = [i for i, x in enumerate(inputs) if x.dtype.kind == "f" and x.numel()]
    slopes = _analytic(weighted, inputs, floats)
    again = _analytic(weighted, inputs, floats)
    for i, one, two in zip(floats, slopes, again, strict=True):
        if one.tobytes() != two.tobytes():
            raise GradientMismatchError("testing.unsteady", f"{where}, argument {i}", argument=i)
    for i, slope in zip(floats, slopes, strict=True):
        scale = max(1.0, float(np.abs(slope).max()))
        for _ in range(directions):
            v = draw.normal(size=slope.shape)
            v /= max(float(np.sqrt((v * v).sum())), 1e-300)
            numeric, safe = _numeric(weighted, inputs, i, v)
            analytic = float((slope * v).sum())
            if not abs(analytic - numeric) <= atol + rtol * scale * safe:
                both = {"analytic": analytic, "numeric": numeric}
                raise GradientMismatchError("testing.mismatch", f"{where}, argument {i}", argument=i, **both)
    if order > 1 and floats:
        vectors = [tensor(draw.normal(size=slope.shape), dtype=np.float64) for slope in slopes]

        def slope_along(*args: Tensor) -> Tensor:
            copies = [x * 1.0 if i in floats else x for i, x in enumerate(args)]
            for i in floats:
                if not copies[i].requires_grad:
                    copies[i] = copies[i].detach().requires_grad_()
            result = weighted(*copies)
            if not result.requires_grad:
                return result
            found = differentiate(result, [copies[i] for i in floats], create_graph=True, allow_unused=True)
            terms = [(d * v).sum() for d, v in zip(found, vectors, strict=True) if d is not None]
            total = terms[0] if terms else result * 0.0
            for term in terms[1:]:
                total = total + term
            return total

        _check(slope_along, inputs, order - 1, rtol * 10, atol * 10, directions, draw, f"{where}, second order")


def _analytic(
    function: Callable[..., Tensor], inputs: Sequence[Tensor], floats: Sequence[int]
) -> list[npt.NDArray[Any]]:
    leaves = [x.detach().requires_grad_() if i in floats else x for i, x in enumerate(inputs)]
    result = function(*leaves)
    if not result.requires_grad:
        return [np.zeros(inputs[i].shape) for i in floats]
    found = differentiate(result, [leaves[i] for i in floats], allow_unused=True)
    return [np.zeros(inputs[i].shape) if d is None else d.numpy() for i, d in zip(floats, found, strict=True)]


def _numeric(
    function: Callable[..., Tensor], inputs: Sequence[Tensor], place: int, v: npt.NDArray[Any]
) -> tuple[float, float]:
    """The slope along v by differences, and by how much it is to be trusted less than the best."""
    base = inputs[place].numpy()
    size = max(1.0, float(np.abs(base).max()))

    def at(step: float) -> tuple[float, list[npt.NDArray[Any]]]:
        moved = list(inputs)
        moved[place] = wrap(base + step * v)
        return _value_and_sides(function, moved)

    sides = at(0.0)[1]
    for step in (1e-3, 1e-4, 1e-5, 1e-6):
        h = step * size
        points = [at(k * h) for k in (1, -1, 2, -2)]
        if all(_same(sides, point[1]) for point in points):
            break
    (f1, _), (f_1, _), (f2, _), (f_2, _) = points
    return (8 * (f1 - f_1) - (f2 - f_2)) / (12 * h), max(1.0, 1e-4 / step)


class _Sides(Recorder):
    """A recording that notes on which side of every kink the numbers are."""

    def __init__(self) -> None:
        super().__init__(concrete=True, watched=True)
        self.sides: list[npt.NDArray[Any]] = []

    def apply(self, primitive: Primitive, args: tuple[Any, ...], static: Static = ()) -> tuple[Tensor, ...]:
        if primitive.kinks is not None:
            before = mode.recorder, mode.grad
            mode.recorder, mode.grad = None, False
            try:
                plain = [wrap(arg._array) if isinstance(arg, Tensor) else arg for arg in args]
                self.sides.append(np.sign(np.asarray(primitive.kinks(*plain, **dict(static))._array)))
            finally:
                mode.recorder, mode.grad = before
        return super().apply(primitive, args, static)


def _value_and_sides(function: Callable[..., Tensor], inputs: Sequence[Tensor]) -> tuple[float, list[npt.NDArray[Any]]]:
    watch = _Sides()
    plain = [x.detach() for x in inputs]
    with recording(watch, grad=True):
        result = function(*plain)
    return float(np.asarray(result._array)), watch.sides


def _same(a: Sequence[npt.NDArray[Any]], b: Sequence[npt.NDArray[Any]]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _off_kinks(function: Callable[..., Tensor], inputs: list[Tensor], draw: np.random.Generator) -> list[Tensor]:
    """The point itself, or one close by that lies on no kink, or on fewer: some kinks, as of a zero, do not move."""

    def touched(point: list[Tensor]) -> int:
        return sum(int(np.count_nonzero(side == 0)) for side in _value_and_sides(function, point)[1])

    best, fewest = inputs, touched(inputs)
    for reach in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1):
        if not fewest:
            break
        moved = [_moved(x, draw, reach) if x.dtype.kind == "f" else x for x in inputs]
        count = touched(moved)
        if count < fewest:
            best, fewest = moved, count
    return best


def _moved(x: Tensor, draw: np.random.Generator, reach: float) -> Tensor:
    numbers = x.numpy()
    size = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=1.0))
    return wrap(numbers + draw.normal(size=x.shape) * reach * size)
