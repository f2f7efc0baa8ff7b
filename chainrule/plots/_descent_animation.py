"""Gradient descent as a film: a GIF, or a page with a slider that needs no network."""

import base64
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path as File
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from chainrule.errors import ArgumentError
from chainrule.language import LANGUAGES, current, say
from chainrule.plots._chart import Chart
from chainrule.plots._descent import chart
from chainrule.plots._matplotlib import to_matplotlib
from chainrule.plots._path import Path, descend

if TYPE_CHECKING:
    from chainrule.plots._figure import Picture

_WHERE = "plots.descent_animation"
_ENDS = 3  # the last marks of the chart: path, start, end


def descent_animation(
    path: str | File,
    function: Callable[..., Any],
    start: float | Sequence[float],
    *,
    lr: float = 0.1,
    steps: int = 30,
    x_range: Sequence[float] | None = None,
    y_range: Sequence[float] | None = None,
    seconds: float = 6.0,
    lang: str | None = None,
) -> File:
    """Write gradient descent as a film, one frame a step.

    Args:
        path: where to; the ending says what: `.gif`, or `.html` for a page with a slider, with all
            its frames inside.
        function: of one tensor or two, giving a tensor: `lambda x: x**2`, `lambda x, y: x**2 + y**2`.
        start: one number or two.
        lr: the learning rate α; default 0.1.
        steps: how many, at least 1; default 30.
        x_range: from where to where to show x; default around the path.
        y_range: the same for the second number.
        seconds: how long the film runs, above 0; default 6.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        The path that was written.

    Raises:
        ArgumentError: for another ending, or a start, steps or ranges that cannot be.
        MissingExtraError: when Matplotlib is not installed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     descent_animation(f"{folder}/bowl.gif", lambda x: x**2, 4.0, steps=3).name
        'bowl.gif'
    """
    file = File(path)
    if file.suffix not in (".gif", ".html"):
        raise ArgumentError("plots.film", f"{_WHERE}, argument path", got=file.name)
    if lang not in (None, *LANGUAGES):
        raise ArgumentError("plots.lang", f"{_WHERE}, argument lang", got=repr(lang))
    if not seconds > 0:
        raise ArgumentError("plots.seconds", f"{_WHERE}, argument seconds", got=seconds)
    walked = descend(function, start, lr, steps, _WHERE)
    whole = chart(function, walked, lr, x_range, y_range)
    figure = to_matplotlib(lambda lang: _ground(whole(lang)), lang or current(), _WHERE)
    pause = 1000 * seconds / len(walked.heights)
    if file.suffix == ".gif":
        _write_gif(figure, walked, file, pause)
    else:
        _write_page(figure, walked, file, pause, say("plots.play", lang))
    return file


def _ground(whole: Chart) -> Chart:
    panel = whole.panels[0]
    return replace(whole, panels=[replace(panel, marks=panel.marks[:-_ENDS], legend=False)])


def _mover(figure: "Picture", walked: Path) -> Callable[[int], list[Any]]:
    """What brings the figure to the state after a number of steps."""
    from chainrule.plots._palette import CLASSES, INK

    axes = figure.axes[0]
    xs = walked.places[:, 0]
    ys = walked.heights if walked.places.shape[1] == 1 else walked.places[:, 1]
    (line,) = axes.plot([], [], "o-", color=CLASSES[0], linewidth=1.5, markersize=4)
    (head,) = axes.plot([], [], "o", color=CLASSES[2], markeredgecolor=INK, markersize=11)
    label = axes.text(0.02, 0.97, "", transform=axes.transAxes, va="top", fontsize=12, color=INK)
    label.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.8})

    def move(step: int) -> list[Any]:
        line.set_data(xs[: step + 1], ys[: step + 1])
        head.set_data(xs[step : step + 1], ys[step : step + 1])
        label.set_text(f"{step}:  f = {walked.heights[step]:.4g}")
        return [line, head, label]

    return move


def _write_gif(figure: "Picture", walked: Path, file: File, pause: float) -> None:
    from matplotlib.animation import FuncAnimation, PillowWriter

    film = FuncAnimation(figure, _mover(figure, walked), frames=len(walked.heights), interval=pause, blit=False)
    film.save(file, writer=PillowWriter(fps=max(1, round(1000 / pause))), dpi=80)


def _write_page(figure: "Picture", walked: Path, file: File, pause: float, play: str) -> None:
    move = _mover(figure, walked)
    frames = []
    for step in range(len(walked.heights)):
        move(step)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80)
        frames.append("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode())
    values = {"FRAMES": json.dumps(frames), "LAST": str(len(frames) - 1), "PAUSE": f"{pause:.0f}", "PLAY": escape(play)}
    page = _PAGE
    for name, value in values.items():
        page = page.replace(f"@{name}@", value)
    file.write_text(page, encoding="utf-8")


_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>chainrule</title>
<style>body { font-family: system-ui, sans-serif; text-align: center } img { max-width: 100% }</style></head>
<body><img id="frame" alt=""><p>
<button id="play">@PLAY@</button> <input id="step" type="range" min="0" max="@LAST@" value="0" style="width: 50%">
</p><script>
const frames = @FRAMES@, image = document.getElementById("frame"), step = document.getElementById("step");
let timer = null;
const show = () => { image.src = frames[step.value] };
const stop = () => { clearInterval(timer); timer = null };
const next = () => { step.value = (Number(step.value) + 1) % frames.length; show() };
step.oninput = () => { stop(); show() };
document.getElementById("play").onclick = () => { if (timer) stop(); else timer = setInterval(next, @PAUSE@) };
show();
</script></body></html>
"""
