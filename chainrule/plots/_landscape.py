"""The loss around the weights of a network, over two random directions."""

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._arrays import array
from chainrule.plots._chart import Chart, Contours, Mark, Numbers, Panel, Points
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import CLASSES, HEIGHTS
from chainrule.plots._path import even_levels
from chainrule.tape.mode import no_grad
from chainrule.tensors.creation import tensor

_WHERE = "plots.landscape"
_MOST = 101


def landscape(
    network: Any,
    X: object,
    y: object,
    *,
    loss: Any = None,
    reach: float = 1.0,
    resolution: int = 31,
    seed: int = 0,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """The loss at w + α d₁ + β d₂, where w are the network's weights and d₁, d₂ random directions.

    Every row of a weight's direction is as long as that row of the weight, so that layers of other
    scales count alike; biases stay where they are. The network is asked in evaluation mode, and its
    weights are the same bits afterwards.

    Args:
        network: a Trainer, or a Module together with `loss`.
        X: rows that the network takes.
        y: targets that the loss takes.
        loss: of outputs and targets; default the Trainer's.
        reach: α and β go from −reach to reach, above 0; default 1, as far as the weights are long.
        resolution: points along each axis, 3 … 101; default 31.
        seed: of the two directions; default 0.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for what is no network, a missing loss, or a reach or resolution out of range.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> from chainrule import nn
        >>> layer = nn.Linear(2, 1)
        >>> mse = lambda out, y: ((out - y) ** 2).mean()
        >>> picture = landscape(layer, [[0.0, 1.0]], [[1.0]], loss=mse, resolution=5, backend="plotly")
        >>> len(picture["data"][0]["z"])
        5

    Source:
        H. Li et al., Visualizing the loss landscape of neural nets (2018), section 4.
    """
    model = getattr(network, "model", network)
    measure = loss if loss is not None else getattr(network, "loss", None)
    if not hasattr(model, "named_parameters"):
        raise ArgumentError("plots.network", f"{_WHERE}, argument network", got=type(network).__name__)
    if not callable(measure):
        raise ArgumentError("plots.no_loss", f"{_WHERE}, argument loss", got=measure)
    if not 3 <= resolution <= _MOST:
        raise ArgumentError("plots.resolution", f"{_WHERE}, argument resolution", got=resolution, most=_MOST)
    if not (np.isfinite(reach) and reach > 0):
        raise ArgumentError("plots.reach", f"{_WHERE}, argument reach", got=reach)
    steps = np.linspace(-reach, reach, resolution)
    z = _heights(model, measure, X, y, steps, seed)
    here = z[resolution // 2, resolution // 2] if resolution % 2 else float("nan")

    def build(lang: str) -> Chart:
        marks: list[Mark] = [
            Contours(steps, steps, z, even_levels(z), HEIGHTS, say("plots.loss", lang)),
            Points(np.zeros(1), np.zeros(1), CLASSES[2], say("plots.here", lang), "star", 16.0, 1.0),
        ]
        title = say("plots.landscape", lang)
        title = say("plots.landscape_here", lang, height=here) if np.isfinite(here) else title
        return Chart(title, [Panel(marks, x_label="α", y_label="β", grid=False)], 700, 560)

    return draw(build, backend, lang, _WHERE)


def _heights(model: Any, measure: Any, X: object, y: object, steps: Numbers, seed: int) -> Numbers:
    parameters = [parameter for _, parameter in model.named_parameters()]
    before = [array(parameter).copy() for parameter in parameters]
    first, second = _directions(before, seed), _directions(before, seed, stream=1)
    dtype = parameters[0].dtype if parameters else None
    rows, targets = array(X), array(y)
    inputs = tensor(rows, dtype=dtype if rows.dtype.kind == "f" else None)
    goals = tensor(targets, dtype=dtype if targets.dtype.kind == "f" else None)
    was_training = model.training
    found = np.empty((len(steps), len(steps)))
    model.eval()
    try:
        with no_grad():
            for row, beta in enumerate(steps):
                for column, alpha in enumerate(steps):
                    for parameter, start, d1, d2 in zip(parameters, before, first, second, strict=True):
                        parameter.copy_(tensor(start + alpha * d1 + beta * d2, dtype=start.dtype))
                    found[row, column] = float(array(measure(model(inputs), goals)))
    finally:
        with no_grad():
            for parameter, start in zip(parameters, before, strict=True):
                parameter.copy_(tensor(start, dtype=start.dtype))
        model.train(was_training)
    finite = found[np.isfinite(found)]
    return np.nan_to_num(found, nan=float(finite.max()) if finite.size else 0.0, posinf=float(finite.max(initial=0.0)))


def _directions(weights: list[Any], seed: int, stream: int = 0) -> list[Numbers]:
    """A random direction whose rows are as long as those of the weights; zero for biases."""
    draws = np.random.Generator(np.random.Philox(key=np.array([seed, stream], np.uint64)))
    found = []
    for weight in weights:
        if weight.ndim < 2:
            found.append(np.zeros(weight.shape))
            continue
        direction = draws.normal(size=weight.shape)
        axes = tuple(range(1, weight.ndim))
        length = np.sqrt((direction**2).sum(axis=axes, keepdims=True))
        found.append(direction / length * np.sqrt((weight.astype(np.float64) ** 2).sum(axis=axes, keepdims=True)))
    return found
