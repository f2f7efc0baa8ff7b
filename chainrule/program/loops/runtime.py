"""Threaded code: a program as calls of compiled functions, run by one call from Python.

Which task does what is fixed when the code is made, never by who runs it: the same bytes come out with any number of
threads, and with helpers that come late or not at all.
"""

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chainrule import config
from chainrule.program.loops.leader import WITH_STEP, leader
from chainrule.program.loops.threads import pool

WORTH = 100_000  # nanoseconds of work under which nobody helps

Table = npt.NDArray[np.int64]


class Call(NamedTuple):
    """One call of a function over the range of its task, times `factor`: `function(table, start, stop, t)`.

    `function` is the address of a compiled one, or a Python callable where nothing is compiled.
    """

    function: int | Callable[[Table, int, int, int], object]
    table: Table
    factor: int = 1


@dataclass(frozen=True)  # a named tuple's `count` is another thing
class Loop:
    """Calls that run in order, `count` times, with t = 0, 1, 2 ...: a scan inside one shard."""

    count: int
    calls: tuple[Call, ...]


class Task(NamedTuple):
    """What one thread does in one piece: one shard, from `start` to `stop`."""

    calls: tuple[Call | Loop, ...]
    start: int
    stop: int


class Stage(NamedTuple):
    """Tasks that do not touch what another of them writes; the next stage begins when all are finished."""

    tasks: tuple[Task, ...]


class _Group(NamedTuple):
    """Calls number `first` to `end`, run `turns` times, or once with the schedule's step."""

    first: int
    end: int
    turns: int


class Code:
    """Stages in order, laid out for the compiled loops.

    Args:
        stages: what runs in one step.
        parallel: whether helpers may take tasks; `False` where a step is too short to be shared.
    """

    def __init__(self, stages: Sequence[Stage], parallel: bool) -> None:
        self.stages = tuple(stage for stage in stages if stage.tasks)
        self.widest = max((len(stage.tasks) for stage in self.stages), default=1) if parallel else 1
        self.compiled = all(isinstance(call.function, int) for call in self._calls())
        self._rows: list[Table] = []  # kept alive: the addresses below point into them
        self.groups = self.steps = (0, 0)
        if self.compiled:
            self._lay_out()

    def _calls(self) -> Iterator[Call]:
        for stage in self.stages:
            for task in stage.tasks:
                for item in task.calls:
                    yield from item.calls if isinstance(item, Loop) else (item,)

    def _lay_out(self) -> None:
        tables: dict[int, int] = {}  # addresses by identity: the shards of a call have one table
        calls: list[tuple[int, ...]] = []
        in_tasks: list[_Group] = []
        bounds = [0]  # of each task in these
        everything: list[_Group] = []
        for stage in self.stages:
            for task in stage.tasks:
                groups = [_group(item, task, calls, tables) for item in task.calls]
                in_tasks += _joined(groups)
                bounds.append(len(in_tasks))
                everything += groups
        base = self._place(calls, 4)[0]

        def cells(groups: list[_Group]) -> list[tuple[int, ...]]:
            return [(base + 32 * first, base + 32 * end, turns) for first, end, turns in groups]

        self.groups = self._place(cells(_joined(everything)), 3)
        if self.widest > 1:
            first = self._place(cells(in_tasks), 3)[0]
            at = self._place([(first + 24 * begin, first + 24 * end) for begin, end in pairwise(bounds)], 2)[0]
            rows = []
            for stage in self.stages:
                rows.append((len(stage.tasks), at))
                at += 16 * len(stage.tasks)
            self.steps = self._place(rows, 2)

    def _place(self, rows: Sequence[tuple[int, ...]], width: int) -> tuple[int, int]:
        """Put rows of cells into memory; where they begin and end."""
        array = np.array(rows, np.int64).reshape(len(rows), width)
        self._rows.append(array)
        begin = _address(array)
        return begin, begin + array.nbytes

    def interpret(self, t0: int, t1: int) -> None:
        """Run the steps t0 to t1 in Python, with functions that are Python's own."""
        for t in range(t0, t1):
            for stage in self.stages:
                for task in stage.tasks:
                    for item in task.calls:
                        if isinstance(item, Loop):
                            for s in range(item.count):
                                _interpret(item.calls, task, s)
                        else:
                            _interpret((item,), task, t)


class Schedule:
    """Codes one after the other, each for a range of steps; everything is prepared once.

    Args:
        segments: (code, t0, t1): all stages of the code for t from t0 to t1.
    """

    def __init__(self, segments: Sequence[tuple[Code, int, int]]) -> None:
        self.segments = tuple((code, t0, t1) for code, t0, t1 in segments if t0 < t1)
        self._widest = max((code.widest for code, _, _ in self.segments), default=1)
        self._work = math.inf  # nanoseconds for one thread, as far as is known
        self._compiled = all(code.compiled for code, _, _ in self.segments)
        if not self._compiled:
            return
        self._leader = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(leader())
        rows = [(t0, t1, *code.groups, *code.steps) for code, t0, t1 in self.segments]
        self._rows = np.array(rows, np.int64).reshape(len(rows), 6)
        begin = _address(self._rows)
        end = begin + self._rows.nbytes
        self._heads = np.array([[begin, end, 0], [begin, end, pool.address]], np.int64)
        self._alone = _address(self._heads)
        self._shared = self._alone + 24

    def run(self, threads: int | None = None) -> None:
        """Run it, with at most so many threads; default `chainrule.config.threads()`.

        The caller runs alone where no code is parallel, where a run has shown how little work it is, and while the
        helpers serve another thread of Python.
        """
        if not self._compiled:
            for code, t0, t1 in self.segments:
                code.interpret(t0, t1)
            return
        if self._widest > 1 and self._work > WORTH:
            helpers = min(config.threads() if threads is None else threads, self._widest) - 1
            if helpers > 0:
                work = pool.run(self._leader, self._shared, helpers)
                if work:
                    self._work = work
                    return
        self._leader(self._alone)


def _group(item: Call | Loop, task: Task, calls: list[tuple[int, ...]], tables: dict[int, int]) -> _Group:
    """Append the calls of one item; where they stand and how often they run."""
    first = len(calls)
    for function, table, factor in item.calls if isinstance(item, Loop) else (item,):
        assert isinstance(function, int)
        at = tables.get(id(table))
        if at is None:
            assert table.dtype == np.int64
            assert table.flags.c_contiguous
            at = tables[id(table)] = _address(table)
        calls.append((function, at, task.start * factor, task.stop * factor))
    return _Group(first, len(calls), item.count if isinstance(item, Loop) else WITH_STEP)


def _joined(groups: list[_Group]) -> list[_Group]:
    """The same calls in as few groups as there can be."""
    rows: list[_Group] = []
    for group in groups:
        if rows and rows[-1].turns == group.turns == WITH_STEP:
            rows[-1] = _Group(rows[-1].first, group.end, WITH_STEP)
        else:
            rows.append(group)
    return rows


def _interpret(calls: tuple[Call, ...], task: Task, t: int) -> None:
    for call in calls:
        assert callable(call.function)
        call.function(call.table, task.start * call.factor, task.stop * call.factor, t)


def _address(array: Table) -> int:
    return int(array.__array_interface__["data"][0])
