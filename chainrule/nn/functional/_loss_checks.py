"""What a loss takes and what it refuses: shapes and types always, values only eagerly and in one glance."""

from math import isfinite
from typing import Any, NoReturn

import numpy as np

from chainrule.errors import ArgumentError, DataError, DtypeError, GradientError, ShapeError
from chainrule.nn.functional._made_by import maker
from chainrule.tape.mode import mode
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import cast
from chainrule.tensors.tensor import Tensor

REDUCTIONS = ("mean", "sum", "none")
_INFINITE = float("inf")
_SMALL = 4096
_UINT64 = np.dtype(np.uint64)
_INT64 = np.dtype(np.int64)


class trusting:  # noqa: N801 - used like a function
    """Inside the block nobody asks which activation made the outputs: a Trainer has, or was told not to.

    Args:
        given: False changes nothing.
    """

    def __init__(self, given: bool) -> None:
        self._given = given

    def __enter__(self) -> None:
        self._before = mode.trusting
        mode.trusting = self._given or self._before

    def __exit__(self, *error: object) -> None:
        mode.trusting = self._before


def outputs(where: str, input: Any) -> Tensor:
    """What the network gave, as a float tensor."""
    z = input if isinstance(input, Tensor) else as_tensor(input)
    if z.dtype.kind != "f":
        raise DtypeError("losses.outputs_dtype", f"{where}, argument input", dtype=z.dtype)
    return z


def arrived(value: Any, z: Tensor) -> Tensor:
    """A target or weights as a tensor; floats from outside come in the dtype of the outputs, nothing is lost."""
    if isinstance(value, Tensor):
        return value
    return as_tensor(value, dtype=z.dtype if np.asarray(value).dtype.kind == "f" else None)


def pair(
    where: str, input: Any, target: Any, weights: Any, reduction: str, reductions: tuple[str, ...] = REDUCTIONS, *,
    binary: bool = False,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Outputs, targets of the same shape and dtype, and the weights of the rows; `binary` for yes or no."""
    z = outputs(where, input)
    y = arrived(target, z)
    if z.shape != y.shape:
        if y.ndim == 1 < z.ndim and y.shape[0] == z.shape[0] and z.shape[1] > 1 and binary:
            raise ShapeError("losses.one_of_several", where, input=z.shape, target=y.shape, classes=z.shape[1])
        if z.numel() == y.numel():
            raise ShapeError("losses.shapes", where, input=z.shape, target=y.shape, want=z.shape)
        raise ShapeError("losses.sizes", where, input=z.shape, target=y.shape)
    known_reduction(where, reduction, z.shape, reductions)
    rows = z.shape[0] if z.shape else 0
    return z, cast(y, z.dtype), None if weights is None else row_weights(where, weights, z, rows)


def known_reduction(
    where: str, reduction: str, shape: tuple[int, ...] = (1,), reductions: tuple[str, ...] = REDUCTIONS
) -> None:
    """One of the reductions there are; and not the mean of nothing."""
    if reduction not in reductions:
        known = ", ".join(reductions)
        raise ArgumentError("losses.reduction", f"{where}, argument reduction", got=repr(reduction), known=known)
    if 0 in shape and reduction not in ("sum", "none"):
        raise DataError("losses.empty", where, shape=shape, reduction=reduction)


def row_weights(where: str, weights: Any, z: Tensor, rows: int) -> Tensor:
    """The weights of the rows, (N,), not negative, in the dtype of the outputs."""
    w = arrived(weights, z)
    if w.shape != (rows,):
        raise ShapeError("losses.row_weights", f"{where}, argument weights", got=w.shape, rows=rows)
    weighing(f"{where}, argument weights", w)
    return cast(w, z.dtype)


def class_weights(where: str, weight: Any, z: Tensor) -> Tensor:
    """The weights of the classes, (K,), not negative, in the dtype of the outputs."""
    w = arrived(weight, z)
    count = z.shape[1] if z.ndim > 1 else z.shape[0]
    if w.shape != (count,):
        raise ShapeError("losses.class_weights", f"{where}, argument weight", got=w.shape, classes=count)
    weighing(f"{where}, argument weight", w)
    return cast(w, z.dtype)


def element_weights(where: str, name: str, weight: Any, z: Tensor) -> Tensor:
    """Weights of single elements, of a shape that stretches to that of the outputs, not negative."""
    w = arrived(weight, z)
    fits = w.ndim <= z.ndim and all(n in (1, m) for n, m in zip(w.shape[::-1], z.shape[::-1], strict=False))
    if not fits:
        raise ShapeError("losses.element_weights", f"{where}, argument {name}", got=w.shape, input=z.shape)
    weighing(f"{where}, argument {name}", w)
    return cast(w, z.dtype)


def weighing(where: str, w: Tensor) -> None:
    """Weights of 0 and more, none of them infinite or NaN."""
    if mode.recorder is None and w.dtype.kind != "b" and w.numel():
        smallest = least(w._array)
        if not (smallest >= 0 and most(w._array) < _INFINITE):
            no_gaps(where, w)
            raise DataError("losses.negative_weights", where, smallest=smallest)


def least(array: Any) -> Any:
    """The smallest number, or NaN; of few numbers the quicker way, which many would not take well."""
    return array.item(array.argmin()) if array.size < _SMALL else array.min()


def most(array: Any) -> Any:
    """The largest number, or NaN."""
    return array.item(array.argmax()) if array.size < _SMALL else array.max()


def bounded(where: str, key: str, x: Tensor, low: float, high: float) -> None:
    """Values between two bounds, both included; `key` names the refusal. A NaN passes: the loss will show it."""
    if mode.recorder is None and x.dtype.kind != "b" and x.numel():
        smallest, largest = least(x._array), most(x._array)
        if smallest < low or largest > high:
            raise DataError(key, where, smallest=f"{smallest:g}", largest=f"{largest:g}")


def no_gaps(where: str, x: Tensor) -> None:
    """No NaN and nothing infinite among the targets."""
    finite = np.isfinite(x._array)
    if not finite.all():
        count = int(x.numel() - np.count_nonzero(finite))
        first = tuple(int(i) for i in np.argwhere(~np.atleast_1d(finite))[0])
        raise DataError("losses.not_finite", where, count=count, first=first)


def outputs_first(where: str, z: Tensor, y: Tensor) -> None:
    """Targets of data, and outputs of a network: refused where only the targets lead back to parameters."""
    if y._node is not None and not z.requires_grad:
        raise GradientError("losses.exchanged", where)


def explained(where: str, loss: Tensor, target: Tensor) -> Tensor:
    """The loss as it is; if it is not finite, and gaps in the targets are to blame, they are refused instead."""
    if mode.recorder is None:
        array = loss._array
        if not (isfinite(array) if array.ndim == 0 else np.isfinite(array).all()):
            no_gaps(f"{where}, argument target", target)
    return loss


def want_logits(where: str, z: Tensor, wrong: tuple[str, ...]) -> None:
    """Logits, and not what sigmoid or softmax made of them: exact, for the graph says what made them."""
    made = maker(z)
    if made in wrong and not mode.trusting:
        raise DataError("losses.not_logits", f"{where}, argument input", made=made)


def want_log_probabilities(where: str, z: Tensor) -> None:
    """Logarithms of probabilities, and not the probabilities themselves."""
    made = maker(z)
    if made in ("softmax", "sigmoid") and not mode.trusting:
        raise DataError("losses.not_logarithms", f"{where}, argument input", made=made)


def class_targets(
    where: str, z: Tensor, y: Tensor, ignore_index: int | None, *, soft: bool = True
) -> tuple[Tensor, bool]:
    """Class numbers for outputs (N, K), (N, K, …) or (K,), as int64; and whether some may have to be left out.

    `soft` says whether the loss takes shares of the classes as well.
    """
    shape = z.shape
    want = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if y.shape != want or y.dtype.kind == "f":
        if not soft and y.shape == z.shape:
            raise ShapeError("losses.only_numbers", f"{where}, argument target", input=z.shape, want=want)
        _refuse_classes(f"{where}, argument target", z, y, want)
    y = cast(y, _INT64)
    if mode.recorder is not None:
        return y, ignore_index is not None
    numbers = y._array
    classes = shape[1] if len(shape) > 1 else shape[0]
    # As unsigned numbers the negative ones are huge: one look finds both ends.
    if not numbers.size or most(numbers.view(_UINT64)) < classes:
        return y, ignore_index is not None and 0 <= ignore_index < classes and bool((numbers == ignore_index).any())
    counted = numbers if ignore_index is None else numbers[numbers != ignore_index]
    if counted.size:
        _in_range(f"{where}, argument target", int(counted.min()), int(counted.max()), classes)
    return y, True


def _in_range(where: str, smallest: int, largest: int, classes: int) -> None:
    if smallest >= 1 and largest == classes:
        raise DataError("losses.classes_from_one", where, classes=classes, last=classes - 1)
    if smallest < 0 or largest >= classes:
        raise DataError(
            "losses.class_range", where, smallest=smallest, largest=largest, classes=classes, last=classes - 1
        )


def _refuse_classes(where: str, z: Tensor, y: Tensor, want: tuple[int, ...]) -> NoReturn:
    """Say what is wrong with class numbers that have the wrong type or shape."""
    if y.dtype.kind == "f" and y.shape in (want, (*want, 1)):
        raise DtypeError("losses.float_classes", where, dtype=y.dtype, shape=y.shape)
    if y.dtype.kind != "f" and y.shape == z.shape:
        _several_classes(where, z)
        raise DtypeError("losses.integer_shares", where, dtype=y.dtype, shape=y.shape)
    if y.dtype.kind != "f" and y.shape == (*want, 1):
        raise ShapeError("losses.class_column", where, input=z.shape, target=y.shape, want=want)
    raise ShapeError("losses.class_shape", where, input=z.shape, target=y.shape, want=want)


def share_targets(where: str, z: Tensor, y: Tensor) -> Tensor:
    """Soft targets: the shares of the classes, along the class axis, in the dtype of the outputs."""
    axis = 1 if z.ndim > 1 else 0
    _several_classes(where, z)
    bounded(f"{where}, argument target", "losses.shares", y, 0.0, 1.0)
    if mode.recorder is None and y.numel() and y._array.sum(axis).max() > 1.01:
        raise DataError("losses.share_sums", f"{where}, argument target", largest=f"{y._array.sum(axis).max():g}")
    return cast(y, z.dtype)


def _several_classes(where: str, z: Tensor) -> None:
    if z.shape[1 if z.ndim > 1 else 0] == 1:
        raise ShapeError("losses.one_class", where, shape=z.shape)
