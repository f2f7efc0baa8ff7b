"""One live line in a terminal."""

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, TextIO

from chainrule.train.plain import width_of
from chainrule.train.progress.display import Display
from chainrule.train.progress.standing import Standing

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY = 0.1  # seconds
BAR = 20  # places


class Terminal(Display):
    """A bar over the whole fit with epoch, numbers, speed and the time that is left; it stays when the fit has ended.

    Args:
        file: a terminal.
    """

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def start(self, standing: Standing) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        def cell(field: str, style: str) -> TextColumn:
            column = Column(no_wrap=True, overflow="ellipsis")
            return TextColumn(f"{{task.fields[{field}]}}", style=style, markup=False, table_column=column)

        console = Console(file=self.file, highlight=False)
        self._bar = Progress(
            cell("place", "bold"), BarColumn(bar_width=BAR), cell("rest", "cyan"),
            console=console, auto_refresh=False, redirect_stdout=sys.stdout.isatty(), redirect_stderr=True,
        )
        self._task = self._bar.add_task("", total=standing.all_steps, **self._fields(standing))
        self._bar.start()
        self.show(standing)

    def show(self, standing: Standing) -> None:
        assert self._bar is not None
        assert self._task is not None
        self._bar.update(self._task, completed=standing.steps, refresh=True, **self._fields(standing))
        self.due = perf_counter() + EVERY

    def finish(self, standing: Standing) -> None:
        if self._bar is None or self._task is None:
            return
        # A loader may have promised more batches than there were.
        total = standing.all_steps if standing.ended else standing.steps
        self._bar.update(self._task, total=total, completed=standing.steps, **self._fields(standing, running=False))
        self._bar.stop()
        if standing.ended:
            print(standing.ended, file=self.file, flush=True)
        self._bar, self._task = None, None

    def _fields(self, standing: Standing, *, running: bool = True) -> dict[str, Any]:
        width = 80 if self._bar is None else self._bar.console.width
        room = width - width_of(standing.place) - BAR - 3
        rest = fitted(standing.measures(running), standing.speed, standing.time, room)
        return {"place": standing.place, "rest": rest}


def fitted(measures: str, speed: str, time: str, room: int) -> str:
    """Numbers, speed and time in `room` places: where these are too few the speed goes first, then the last numbers."""
    for parts in ((measures, speed, time), (measures, time)):
        line = "  ".join(filter(None, parts))
        if width_of(line) <= room:
            return line
    cut = room - width_of(time) - 3
    return f"{measures[:cut]}…  {time}" if cut > 0 else time
