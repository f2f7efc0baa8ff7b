"""Programs without numbers: run a function of tensors on shapes alone, and compile what it recorded."""

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.ops.program import Program, Value
from chainrule.ops.text import compile_program
from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.tracked import Tracked


class recording:  # noqa: N801 - used like a function
    """Operations inside the block go to `recorder`; gradients are recorded only where asked for."""

    def __init__(self, recorder: Recorder, grad: bool) -> None:
        self._new = (recorder, grad, False)

    def __enter__(self) -> None:
        self._before = (mode.recorder, mode.grad, mode.parts)
        mode.recorder, mode.grad, mode.parts = self._new

    def __exit__(self, *error: object) -> None:
        mode.recorder, mode.grad, mode.parts = self._before


class Compiled:
    """A text that runs on some of the arguments it was traced with.

    Args:
        run: the text as a function.
        used: which of the arguments it takes.
        program: what was traced.
        results: the place of each result in what `run` gives; None where there is none.
        count: how many arguments there were.
    """

    __slots__ = ("program", "results", "run", "slopes", "used", "whole")

    def __init__(
        self, run: Callable[..., tuple[Any, ...]], used: tuple[int, ...], program: Program,
        results: tuple[int | None, ...], count: int,
    ) -> None:
        self.run, self.used, self.program, self.results = run, used, program, results
        self.whole = used == tuple(range(count))
        self.slopes: dict[Any, Callable[..., Sequence[Any]]] = {}  # what a region's backward pass is, by its needs


def compile_traced(
    function: Callable[..., Sequence[Any]], args: Sequence[object], name: str
) -> Compiled:
    """Trace `function` on descriptions, and compile what its results need.

    Args:
        args: a `Value` for what arrives as an array or number, anything else is passed on as it is.
    """
    recorder = Recorder(concrete=False)
    with recording(recorder, grad=False):
        given = [recorder.input(arg) if isinstance(arg, Value) else arg for arg in args]
        results = function(*given)
    kept = [result for result in results if isinstance(result, Tracked)]
    program, new = recorder.finish(kept, keep_inputs=False)  # type: ignore[arg-type]  # all tensors are of one class
    used = tuple(i for i, arg in enumerate(given) if isinstance(arg, Tracked) and arg._id in new)
    places: list[int | None] = []
    for result in results:
        places.append(sum(p is not None for p in places) if isinstance(result, Tracked) else None)
    return Compiled(compile_program(program, name), used, program, tuple(places), len(given))
