"""A time series as rows to learn from: windows of the past, and what came next."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chainrule.data.arrays import Floats, all_finite, numbers, whole
from chainrule.errors import ShapeError


def windows(series: object, length: int, horizon: int = 1, step: int = 1) -> tuple[Floats, Floats]:
    """Each window of a time series, and the values that follow it.

    Window i begins at i * step: inputs[i] = series[i step : i step + length], and targets[i] are the `horizon` values
    behind it.

    Args:
        series: (time,) or (time, features), finite.
        length: values in a window, at least 1.
        horizon: values to foretell, at least 1.
        step: from one window to the next, at least 1.

    Returns:
        inputs (n, length) and targets (n, horizon), or (n, length, features) and (n, horizon, features): new arrays,
        float32 where the series was float32, otherwise float64; n = (time - length - horizon) // step + 1.

    Raises:
        ShapeError: for a series of another shape, or shorter than a window and what follows it.
        DataError: for NaN or infinity.
        ArgumentError: for a length, horizon or step below 1.

    Example:
        >>> import chainrule.data
        >>> inputs, targets = chainrule.data.windows([1.0, 2.0, 3.0, 4.0, 5.0], length=3)
        >>> inputs.tolist(), targets.tolist()
        ([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], [[4.0], [5.0]])
    """
    where = "windows, argument series"
    values = numbers(series, where)
    if values.ndim not in (1, 2):
        raise ShapeError("data.series_axes", where, got=values.shape)
    past = whole(length, "windows, argument length", least=1)
    future = whole(horizon, "windows, argument horizon", least=1)
    stride = whole(step, "windows, argument step", least=1)
    if len(values) < past + future:
        raise ShapeError("data.series_short", where, got=len(values), length=past, horizon=future)
    all_finite(values, where)
    if values.dtype != np.float32:
        values = values.astype(np.float64, copy=False)
    cut = sliding_window_view(values, past + future, axis=0)[::stride]
    cut = np.moveaxis(cut, -1, 1)  # (n, length + horizon[, features])
    return np.array(cut[:, :past], order="C"), np.array(cut[:, past:], order="C")
