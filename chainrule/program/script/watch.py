"""The names that the library's own functions give to their values: what a script calls them too.

Every region and every rule of an optimizer is written by hand, with names such as `xhat`, `keep`, `v_hat`. While a step
is recorded, each function that returns is asked what it called the tensors it made.
"""

import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Self

from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.region import REGIONS, Region
from chainrule.tape.tracked import Tracked

_PACKAGE = str(Path(__file__).parents[2])
_SPEAKING = tuple(f"{_PACKAGE}/{room}" for room in ("nn", "optim"))
_FINISH = Recorder.finish.__code__


class Watch:
    """Inside the block, the names of values in the last recording that was finished.

    Attributes:
        names: value of the Program to what the function that made it called it.
        results: value to (region, place) where it is what a region gives; of nested regions the outermost.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.results: dict[int, tuple[str, int]] = {}
        self._names: dict[int, str] = {}
        self._results: dict[int, tuple[str, int]] = {}
        self._starts: dict[int, tuple[Recorder, int]] = {}
        self._regions: dict[CodeType, Region] = {}

    def __enter__(self) -> Self:
        self._before = sys.getprofile()
        sys.setprofile(self._event)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(self._before)

    def _event(self, frame: FrameType, event: str, given: Any) -> None:
        if event == "call":
            recorder = mode.recorder
            if recorder is not None and recorder.concrete:
                self._starts[id(frame)] = recorder, len(recorder.values)
        elif event == "return":
            start = self._starts.pop(id(frame), None)
            if frame.f_code is _FINISH:
                if given is not None and frame.f_locals["self"].concrete:
                    self._finished(given[1])
            elif start is not None and start[0] is mode.recorder:
                self._returned(frame, given, *start)

    def _returned(self, frame: FrameType, given: Any, recorder: Recorder, start: int) -> None:
        code = frame.f_code
        if code.co_filename.startswith(_PACKAGE) and not code.co_filename.startswith(_SPEAKING):
            return
        for name, thing in frame.f_locals.items():
            if isinstance(thing, Tracked) and thing._recorder is recorder and thing._id >= start:
                self._names.setdefault(thing._id, name)
        if len(self._regions) != len(REGIONS):  # some are only imported when a network first needs them
            self._regions = {region.function.__code__: region for region in REGIONS.values()}
        region = self._regions.get(code)
        if region is not None:
            for place, thing in enumerate((given if isinstance(given, tuple) else (given,))[: region.outputs]):
                if isinstance(thing, Tracked) and thing._recorder is recorder:
                    self._results[thing._id] = region.name, place

    def _finished(self, new: dict[int, int]) -> None:
        self.names = {new[old]: name for old, name in self._names.items() if old in new}
        self.results = {new[old]: found for old, found in self._results.items() if old in new}
        self._names, self._results = {}, {}
