"""Why inputs that are all positive make gradient descent zig-zag."""

from dataclasses import dataclass

import numpy as np

from chainrule.language import say
from chainrule.plots._chart import Chart, Level, Line, Mark, Numbers, Panel, Points
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import CLASSES, FAINT, INK, series_color

_WHERE = "plots.zigzag"
_GOAL = np.array([1.0, -1.0])


@dataclass(frozen=True)
class _Walk:
    places: Numbers  # (steps + 1, 2)
    same_sign: float  # share of the steps in which both weights go the same way
    detour: float  # length of the walk, in units of the straight way


def zigzag(
    *, steps: int = 60, lr: float = 0.5, seed: int = 0, backend: Backend = "matplotlib", lang: str | None = None
) -> Drawing:
    """Two weights of one neuron on their way to (1, −1), fed by sigmoids and fed by tanhs.

    The gradient of both weights is δ·a. Where the inputs a come from sigmoids they are all positive,
    so both weights go up together or down together in every step, and the way between is a zig-zag.
    Where they come from tanhs, the signs are free. The panels are titled with what is measured: in
    which share of the steps both weights go the same way, and how long the walk is.

    Args:
        steps: one row each, at least 1; default 60.
        lr: the learning rate; default 0.5.
        seed: of the rows; default 0.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = zigzag(backend="plotly")
        >>> picture["layout"]["annotations"][0]["text"]
        'Sigmoid inputs: 100% same sign, way × 2.6'
    """
    stream = np.random.Generator(np.random.Philox(key=np.array([seed, 0], np.uint64)))
    z = stream.normal(size=(max(1, steps), 2)) * 2
    walks = {"plots.sigmoid_inputs": _walk(1 / (1 + np.exp(-z)), lr), "plots.tanh_inputs": _walk(np.tanh(z), lr)}

    def build(lang: str) -> Chart:
        panels = []
        for place, (words, walk) in enumerate(walks.items()):
            x, y = walk.places.T
            marks: list[Mark] = [
                Level(0.0, FAINT, dash="dot"),
                Line(x, y, series_color(1 - place), say("plots.path", lang), width=1.3, symbol="circle"),
                Points(x[:1], y[:1], INK, say("plots.path_start", lang), "square", 10.0, 1.0),
                Points(_GOAL[:1], _GOAL[1:], CLASSES[2], say("plots.goal", lang), "star", 16.0, 1.0),
            ]
            title = say(words, lang, share=walk.same_sign, detour=walk.detour)
            panels.append(Panel(marks, title, "w₁", "w₂", x_range=(-0.4, 1.4), y_range=(-1.4, 0.4), square=True))
        return Chart(say("plots.zigzag", lang), panels, 1100, 560, 2)

    return draw(build, backend, lang, _WHERE)


def _walk(inputs: Numbers, lr: float) -> _Walk:
    weights = np.zeros(2)
    places = [weights]
    for a in inputs:
        delta = a @ weights - a @ _GOAL
        weights = weights - lr * delta * a
        places.append(weights)
    walked = np.array(places)
    moves = np.diff(walked, axis=0)
    length = float(np.linalg.norm(moves, axis=1).sum())
    straight = max(1e-12, float(np.linalg.norm(walked[-1] - walked[0])))
    return _Walk(walked, float((moves[:, 0] * moves[:, 1] > 0).mean()), length / straight)
