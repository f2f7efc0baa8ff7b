"""Which classes are taken for which."""

from collections.abc import Sequence

import numpy as np

from chainrule.errors import DataError, ShapeError
from chainrule.language import say
from chainrule.plots._arrays import array
from chainrule.plots._chart import Chart, Heat, Panel
from chainrule.plots._classes import class_names
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._outputs import class_numbers, decide
from chainrule.plots._palette import SEQUENTIAL

_WHERE = "plots.confusion"


def confusion(
    y_true: object,
    y_pred: object,
    *,
    names: Sequence[str] = (),
    threshold: float = 0.5,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """The confusion matrix: row i, column j counts the rows of class i that were taken for class j.

    A cell's colour is its share of its row, so that rare classes are seen as well as common ones.

    Args:
        y_true: (n,) or (n, 1) classes, or (n, K) one column a class.
        y_pred: (n,) classes, (n, K) outputs of a network (the largest wins), or (n, 1) one output.
        names: of the classes; default "class 0" …
        threshold: above it, one output means the second class; default 0.5, give 0 for logits.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ShapeError: when the two do not have as many rows.
        DataError: when there are no rows, or a class is predicted that y_true cannot have.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = confusion([0, 0, 1], [0, 1, 1], backend="plotly")
        >>> picture["data"][0]["text"]
        [['1', '1'], ['0', '1']]
    """
    answers = array(y_pred)
    if not answers.size:
        raise DataError("plots.empty", f"{_WHERE}, argument y_pred")
    width = answers.shape[1] if answers.ndim == 2 else 1
    if width == 1 and answers.dtype.kind != "f":
        both = np.concatenate([array(y_true).reshape(-1), answers.reshape(-1)])
        numbers, labels = class_numbers(both, 1, _WHERE)
        truth, chosen = numbers[: -len(answers)], numbers[-len(answers) :]
    else:
        truth, labels = class_numbers(y_true, width, f"{_WHERE}, argument y_true")
        chosen, _ = decide(answers, labels, threshold, f"{_WHERE}, argument y_pred")
    if len(truth) != len(chosen):
        raise ShapeError("plots.lengths", f"{_WHERE}, argument y_pred", got=len(chosen), want=len(truth))
    counts = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (truth, chosen), 1)
    share = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    right = float((truth == chosen).mean())
    small = len(labels) <= 20

    def build(lang: str) -> Chart:
        called = class_names(labels, names, _WHERE, lang)
        texts = [[str(count) for count in row] for row in counts] if small else []
        heat = Heat(share, SEQUENTIAL, 0.0, 1.0, called, called, texts, bar=not small)
        axes = say("plots.predicted_class", lang), say("plots.true_class", lang)
        panel = Panel([heat], say("plots.confusion", lang, share=right), *axes, legend=False, grid=False)
        side = min(1000, 360 + 55 * len(labels))
        return Chart("", [panel], side + 60, side)

    return draw(build, backend, lang, _WHERE)
