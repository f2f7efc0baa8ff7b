"""The data themselves: rows of several classes in the plane."""

from collections.abc import Sequence

from chainrule.errors import ArgumentError, ShapeError
from chainrule.language import say
from chainrule.plots._arrays import rows_of_features
from chainrule.plots._chart import Chart, Panel
from chainrule.plots._classes import class_names, class_points, feature_names
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._outputs import class_numbers
from chainrule.plots._palette import PAPER

_WHERE = "plots.scatter"


def scatter(
    X: object,
    y: object,
    *,
    columns: tuple[int, int] = (0, 1),
    names: Sequence[str] = (),
    features: Sequence[str] = (),
    title: str | None = None,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """Two columns of the data, one colour a class.

    Args:
        X: (n, features) rows, at least two columns.
        y: (n,) or (n, 1) classes, or (n, K) one column a class.
        columns: which two columns to show, default the first two.
        names: of the classes; default "class 0" …
        features: names of all columns of X; default "feature 1" …
        title: over the picture; default "Classification data".
        backend: `"matplotlib"` (default) or `"plotly"`; for Plotly at most 20,000 rows are shown,
            and the legend says every how many-th.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for columns that X does not have.
        ShapeError: when X and y do not have as many rows.
        DataError: when X has values that are not finite, or y is not classes.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = scatter([[0.0, 1.0], [2.0, 3.0]], [0, 1], backend="plotly")
        >>> [trace["x"] for trace in picture["data"]]
        [[0.0], [2.0]]
    """
    rows = rows_of_features(X, f"{_WHERE}, argument X")
    shown = [column for column in columns if -rows.shape[1] <= column < rows.shape[1]]
    if len(shown) != 2:
        raise ArgumentError("plots.columns", f"{_WHERE}, argument columns", got=columns, features=rows.shape[1])
    classes, labels = class_numbers(y, 1, f"{_WHERE}, argument y")
    if len(classes) != len(rows):
        raise ShapeError("plots.lengths", f"{_WHERE}, argument y", got=len(classes), want=len(rows))

    def build(lang: str) -> Chart:
        marks = class_points(rows[:, shown], classes, class_names(labels, names, _WHERE, lang))
        x_label, y_label = feature_names(features, shown, rows.shape[1], _WHERE, lang)
        panel = Panel(marks, x_label=x_label, y_label=y_label)
        return Chart(say("plots.scatter", lang) if title is None else title, [panel], 600, 400, paper=PAPER)

    return draw(build, backend, lang, _WHERE)
