"""Which class a network answers where, over two columns of the data."""

from collections.abc import Sequence

from chainrule.errors import ShapeError
from chainrule.language import say
from chainrule.plots._arrays import rows_of_features
from chainrule.plots._chart import Chart, Mark, Panel, Regions
from chainrule.plots._classes import class_names, class_points, feature_names
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._grid import grid
from chainrule.plots._outputs import class_numbers, decide, outputs, threshold_of
from chainrule.plots._palette import PAPER

_WHERE = "plots.decision_boundary"


def decision_boundary(
    network: object,
    X: object,
    y: object,
    *,
    columns: tuple[int, int] = (0, 1),
    resolution: int = 200,
    margin: float | None = None,
    threshold: float | None = None,
    names: Sequence[str] = (),
    features: Sequence[str] = (),
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """The class that the network answers at every point of a plane, under the data.

    The grid has `resolution`² points whatever the range of the data. With more than two columns,
    the others are held at their means.

    Args:
        network: a Trainer or anything with `.predict(X)` that gives outputs, a Module, or a callable.
            One output a row is compared with `threshold`, of several the largest wins; labels are
            taken as they are.
        X: (n, features) rows, at least two columns.
        y: (n,) or (n, 1) classes, or (n, K) one column a class.
        columns: which two columns span the plane, default the first two.
        resolution: points along each axis, 2 … 300, default 200.
        margin: how far to go beyond the data, in the data's unit, at least 0; default 15 % of each
            column's range.
        threshold: above it, one output means the second class; default 0 where the outputs are
            logits (a Trainer whose loss takes logits, a Module without a final sigmoid), else 0.5.
        names: of the classes; default "class 0" …
        features: names of all columns of X; default "feature 1" …
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for columns, a resolution or a margin that cannot be.
        ShapeError: when X, y or the outputs have shapes that do not fit.
        DataError: when X has values that are not finite, or y is not classes.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> import numpy as np
        >>> X = np.array([[0.0, 0.0], [1.0, 1.0]])
        >>> picture = decision_boundary(lambda X: X[:, :1], X, [0, 1], resolution=3, margin=0, backend="plotly")
        >>> picture["data"][0]["z"]
        [[0, 0, 1], [0, 0, 1], [0, 0, 1]]
    """
    rows = rows_of_features(X, f"{_WHERE}, argument X")
    x, height, points = grid(rows, columns, resolution, margin, _WHERE)
    answers = outputs(network, points, _WHERE)
    width = answers.shape[1] if answers.ndim == 2 else 1
    truth, labels = class_numbers(y, width, f"{_WHERE}, argument y")
    if len(truth) != len(rows):
        raise ShapeError("plots.lengths", f"{_WHERE}, argument y", got=len(truth), want=len(rows))
    limit = threshold_of(network) if threshold is None else threshold
    chosen, margins = decide(answers, labels, limit, _WHERE)
    square = (resolution, resolution)

    def build(lang: str) -> Chart:
        titles = class_names(labels, names, _WHERE, lang)
        region = Regions(x, height, chosen.reshape(square), margins.reshape(-1, *square), len(labels), _title(lang))
        marks: list[Mark] = [region, *class_points(rows[:, list(columns)], truth, titles)]
        x_label, y_label = feature_names(features, columns, rows.shape[1], _WHERE, lang)
        panel = Panel(marks, x_label=x_label, y_label=y_label, grid=False)
        return Chart(_title(lang), [panel], 600, 450, paper=PAPER)

    return draw(build, backend, lang, _WHERE)


def _title(lang: str) -> str:
    return say("plots.boundary", lang)
