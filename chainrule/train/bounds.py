"""The two numbers that give a loss its meaning: the least it can be, and what it is without learning anything."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError, DataError, ShapeError

Numbers = NDArray[np.float64]
_WHERE = "bounds"
_NAMES = {
    "mse": "MSELoss",
    "mae": "L1Loss",
    "bce": "BCELoss",
    "bce_with_logits": "BCEWithLogitsLoss",
    "cross_entropy": "CrossEntropyLoss",
}


@dataclass(frozen=True)
class Bounds:
    """Two losses to measure a third by.

    Attributes:
        floor: the least loss that any network can have on these targets: 0 for hard targets, the
            entropy of soft ones.
        best_constant: the loss of the best answer that is the same for every row.
    """

    floor: float
    best_constant: float


def bounds(loss: object, targets: object) -> Bounds:
    """The floor of a loss on these targets, and the loss of the best constant answer.

    For losses of the form −Σ_c u_c log p_c (binary and many-class cross-entropy, with weights, label smoothing
    and soft targets), the least is at p_c = u_c / Σu; for the constant, u is first summed over the rows.

    Args:
        loss: a loss module (MSELoss, L1Loss, SmoothL1Loss, HuberLoss, BCELoss, BCEWithLogitsLoss,
            CrossEntropyLoss, NLLLoss), or `"mse"`, `"mae"`, `"bce"`, `"bce_with_logits"`, `"cross_entropy"`.
        targets: as the loss takes them: (n,) or (n, outputs) numbers, or (n,) class numbers.

    Returns:
        Bounds: `.floor` and `.best_constant`, in the reduction of the loss.

    Raises:
        ArgumentError: for a loss whose bounds are not known.
        DataError: when there are no targets, or they are not what the loss takes.
        ShapeError: for class targets of more than two axes.

    Example:
        >>> found = bounds("bce", [[0.0], [0.85], [1.0], [0.0]])
        >>> round(found.floor, 6), round(found.best_constant, 6)
        (0.105677, 0.690332)
    """
    kind = _NAMES.get(loss) if isinstance(loss, str) else type(loss).__name__
    y = _array(targets)
    if not y.size:
        raise DataError("bounds.empty", f"{_WHERE}, argument targets")
    if y.dtype.kind not in "fiub" or not np.isfinite(y).all():
        raise DataError("bounds.finite", f"{_WHERE}, argument targets")
    whole = getattr(loss, "reduction", "mean") == "sum"
    if kind in ("BCELoss", "BCEWithLogitsLoss"):
        return _of_logs(*_binary(loss, y), whole=whole)
    if kind in ("CrossEntropyLoss", "NLLLoss"):
        return _of_logs(*_classes(loss, y), whole=whole)
    columns = y.reshape(len(y), -1).astype(np.float64)  # (n, outputs)
    best = _best_constants(kind, loss, columns)
    if best is None:
        raise ArgumentError("bounds.loss", f"{_WHERE}, argument loss", got=kind or repr(loss))
    off = _distance(kind, loss, columns - best)
    return Bounds(0.0, float(off.sum() if whole else off.mean()))


def _array(values: Any) -> NDArray[Any]:
    source = values.detach() if hasattr(values, "detach") else values
    return np.asarray(source.numpy() if hasattr(source, "numpy") else source)


def _of_logs(u: Numbers, count: float, *, whole: bool) -> Bounds:
    """Bounds of Σ −u log p over rows; u is (n, outputs, K)."""
    scale = 1.0 if whole else 1.0 / count
    return Bounds(float(_least(u).sum() * scale), float(_least(u.sum(axis=0)).sum() * scale))


def _least(u: Numbers) -> Numbers:
    """The least of −Σ_c u_c log p_c over probabilities p: at p = u / Σu."""
    total = u.sum(axis=-1, keepdims=True)
    share = np.divide(u, total, out=np.ones_like(u), where=total > 0)
    logs = np.log(share, out=np.zeros_like(u), where=share > 0)
    least: Numbers = np.abs(-(u * logs).sum(axis=-1))  # abs: hard targets give 0, not −0
    return least


def _binary(loss: object, y: NDArray[Any]) -> tuple[Numbers, float]:
    p = y.reshape(len(y), -1).astype(np.float64)  # (n, outputs)
    if p.min() < 0 or p.max() > 1:
        raise DataError("bounds.probabilities", f"{_WHERE}, argument targets", got=p[(p < 0) | (p > 1)][0])
    positive, weight = getattr(loss, "pos_weight", None), getattr(loss, "weight", None)
    u = np.stack([1 - p, p * (1.0 if positive is None else _array(positive).astype(np.float64))], axis=-1)
    if weight is not None:
        u = u * np.broadcast_to(_array(weight).astype(np.float64), p.shape)[..., np.newaxis]
    return u, float(p.size)


def _classes(loss: object, y: NDArray[Any]) -> tuple[Numbers, float]:
    weight = getattr(loss, "weight", None)
    weights = None if weight is None else _array(weight).astype(np.float64)  # (K,)
    smoothing = float(getattr(loss, "label_smoothing", 0.0))
    if y.ndim == 2 and y.shape[1] > 1:
        share = y.astype(np.float64)  # (n, K)
        count = float(len(share))
    elif y.size == len(y):
        numbers = y.reshape(len(y))
        numbers = numbers[numbers != getattr(loss, "ignore_index", -100)]
        if numbers.dtype.kind not in "iu" or not len(numbers) or numbers.min() < 0:
            raise DataError("bounds.class_numbers", f"{_WHERE}, argument targets")
        kinds = int(numbers.max()) + 1 if weights is None else len(weights)
        share = np.eye(max(2, kinds))[numbers]
        count = float(len(numbers) if weights is None else weights[numbers].sum())
    else:
        raise ShapeError("bounds.class_shape", f"{_WHERE}, argument targets", got=y.shape)
    share = share * (1 - smoothing) + smoothing / share.shape[1]
    u = share if weights is None else share * weights
    return u[:, np.newaxis, :], count


def _best_constants(kind: str | None, loss: object, columns: Numbers) -> Numbers | None:
    """The best constant answer of each column; None for a loss that is not known."""
    if kind == "MSELoss":
        return np.asarray(columns.mean(axis=0))
    if kind == "L1Loss":
        return np.asarray(np.median(columns, axis=0))
    if kind not in ("SmoothL1Loss", "HuberLoss"):
        return None
    low, high = columns.min(axis=0), columns.max(axis=0)
    width = _width(kind, loss)
    for _ in range(80):  # the slope of the loss grows with the answer: halve to where it is 0
        middle = (low + high) / 2
        rising = np.clip(middle - columns, -width, width).sum(axis=0) > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return np.asarray((low + high) / 2)


def _width(kind: str | None, loss: object) -> float:
    return float(getattr(loss, "delta" if kind == "HuberLoss" else "beta", 1.0))


def _distance(kind: str | None, loss: object, off: Numbers) -> Numbers:
    size = np.abs(off)
    if kind == "MSELoss":
        return off**2
    width = _width(kind, loss)
    if kind == "L1Loss" or width == 0:
        return size
    huber = np.where(size < width, off**2 / 2, width * (size - width / 2))
    return huber if kind == "HuberLoss" else huber / width
