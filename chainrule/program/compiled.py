"""`cr.compile`: an ordinary function of tensors, recorded as it runs and replayed from then on."""

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from time import perf_counter
from types import MethodType
from typing import Any, overload

import numpy as np

from chainrule import config
from chainrule.errors import CaptureError, DtypeError, StateError
from chainrule.ops.program import Program
from chainrule.program.agreement import difference, forget_writes, fresh_slots, same_numbers, settled
from chainrule.program.arguments import Arguments
from chainrule.program.assumptions import broken
from chainrule.program.capture import Recording, flat, record
from chainrule.program.effects import watching
from chainrule.program.engines import runner
from chainrule.program.known import Known, changed_inside, look, made_known, names_of
from chainrule.program.reach import Reach
from chainrule.program.report import Report
from chainrule.tape.mode import mode

MOST = 32
"""So many kinds of calls are remembered; the one that was not used for longest is forgotten first."""
_ONE_RECORDING = RLock()
"""Printing is noticed for the whole process."""
_PASSING = {"program.hooked", "program.array_argument", "program.gradient_argument"}
"""Reasons that concern one kind of call, not the function."""


class Compiled:
    """A function that is recorded and replayed; made by `compile`."""

    def __init__(self, function: Callable[..., Any], engine: str | None, fallback: bool) -> None:
        update_wrapper(self, function, updated=())
        self._function = function
        self._engine = engine
        self._fallback = fallback
        self._known: list[Known] = []
        self._report = Report(_name(function))
        self._lock = RLock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if mode.recorder is not None or self._report.stopped is not None:
            self._report.eager += 1
            return self._function(*args, **kwargs)
        with self._lock:  # buffers of a compiled replay serve one call at a time
            for place, known in enumerate(self._known):
                if known.holds(args, kwargs):
                    if place:
                        self._known.insert(0, self._known.pop(place))
                    if known.run is not None:
                        return self._replay(known, args, kwargs)
                    if known.refused is None:
                        return self._record(args, kwargs, known)
                    break
            else:
                return self._record(args, kwargs, None)
        self._report.eager += 1
        return self._function(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_function" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self._function, name)  # a compiled module is asked for its parameters

    def __repr__(self) -> str:
        return f"compiled {self._function!r}"

    # --- what is known ------------------------------------------------------------------------------------------

    @property
    def programs(self) -> list[Program]:
        """The Programs of all kinds of calls that are known, the last used first."""
        return [known.recording.program for known in self._known if known.refused is None]

    @property
    def program(self) -> Program:
        """The Program of the last call; `print(program)` lists it.

        Raises:
            StateError: when nothing is recorded.
        """
        return self._last().recording.program

    def source(self) -> str:
        """The text that runs for the last call, complete: it can be read, stepped through, and run by itself.

        Raises:
            StateError: when nothing is recorded.
        """
        known = self._last()
        run = known.run if known.run is not None else runner(known.recording, "numpy")[0]
        text: str = run.source()
        return text

    def report(self) -> Report:
        """What was recorded and why again, what stays eager and why, which engine runs it, and the time it took.

        Returns:
            Report: a snapshot; `print` shows it in words.
        """
        return self._report.snapshot(self._known)

    def _last(self) -> Known:
        for known in self._known:
            if known.refused is None:
                return known
        raise StateError("program.nothing_recorded", _name(self._function))

    # --- replay -------------------------------------------------------------------------------------------------

    def _replay(self, known: Known, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        begun = perf_counter()
        inputs, controls, recording = known.gather(args, kwargs), known.controls(), known.recording
        try:
            result = known.run(*inputs, **controls)
        except (IndexError, ValueError, ZeroDivisionError):
            self._report.eager += 1  # nothing has been written yet: the function itself says in words what is wrong
            return self._function(*args, **kwargs)
        if recording.history is not None:
            result = recording.results(result, inputs, controls)
        for tensor in recording.cleared:
            tensor.grad = None
        known.replays += 1
        known.seconds += perf_counter() - begun
        return result

    # --- recordings ---------------------------------------------------------------------------------------------

    def _record(self, args: tuple[Any, ...], kwargs: dict[str, Any], known: Known | None) -> Any:
        """Run the function for real, and keep what it did."""
        begun = perf_counter()
        self._report.eager += 1
        reach, arguments = look(self._function, args, kwargs)
        if reach.refused is not None:
            self._refuse(reach.refused, Recording(Program((), ()), [], {}), reach, arguments)
            return self._function(*args, **kwargs)

        def call(*tensors: Any) -> Any:
            given, named = arguments.with_tensors(tensors)
            return self._function(*given, **named)

        with _ONE_RECORDING, watching() as effects:
            result, recording = record(
                call, *arguments.tensors, names=names_of(reach), labels=arguments.labels, lenient=self._fallback,
                history=True,
            )
        if recording.history is not None:
            recording.history.run = runner(_backward(recording), "numpy")[0]
        refused = recording.refused or effects.refused or _changed(recording, reach, arguments)
        if refused is not None:
            self._refuse(refused, recording, reach, arguments)
            return result
        made = made_known(recording, reach, arguments)
        made.capture = perf_counter() - begun
        if self._known:
            made.again = broken(self._known[0].checks, self._known[0].space, args, kwargs)
        if known is not None:
            self._known.remove(known)
            made.again, made.capture = known.again, made.capture + known.capture
            unlike = difference(known.recording, recording)
            if unlike is None and not same_numbers(known.recording, recording):
                unlike = "controls"
            if unlike is not None:
                error = CaptureError("program.unsteady", _name(self._function), difference=unlike)
                self._refuse(error, recording, reach, arguments)
                return result
        self._trust(made, known)
        self._keep(made)
        return result

    def _trust(self, made: Known, known: Known | None) -> None:
        """Let a recording run that another one confirms: of a call of the same kind, or of any other kind."""
        one = made.recording
        alike = [other for other in self._known if other.refused is None and difference(other.recording, one) is None]
        confirming = known or next((other for other in alike if same_numbers(other.recording, one)), None)
        if confirming is None:
            return
        engine = self._engine or config.engine()
        running = next((other for other in alike if other.run is not None and other.engine == engine), None)
        if running is None:
            running = confirming if confirming.run is None else made
            fresh = fresh_slots(one, confirming.recording)
            forget_writes(confirming.recording, fresh)
            running.run, running.reason = runner(settled(one, fresh), engine)
            running.engine = engine
            if running.recording.history is not None:
                running.recording.history.run, _ = runner(_backward(running.recording), engine)
        made.run, made.reason, made.engine = running.run, running.reason, engine
        if one.history is not None and running.recording.history is not None:
            one.history.run = running.recording.history.run

    def _keep(self, made: Known) -> None:
        self._known.insert(0, made)
        if len(self._known) > MOST:
            self._known.pop()
            self._report.forgotten += 1

    def _refuse(self, error: CaptureError, recording: Recording, reach: Reach, arguments: Arguments) -> None:
        """Stay eager, for calls of this kind or for good, and remember why; where that was asked for, aloud."""
        if not self._fallback:
            raise error
        if error.key not in _PASSING:
            self._report.stopped = error
            self._known.clear()
            return
        made = made_known(recording, reach, arguments)
        made.refused = error
        self._keep(made)


@overload
def compile(function: Callable[..., Any], *, engine: str | None = None, fallback: bool = True) -> Compiled: ...
@overload
def compile(
    function: None = None, *, engine: str | None = None, fallback: bool = True
) -> Callable[[Callable[..., Any]], Compiled]: ...
def compile(function: Any = None, *, engine: str | None = None, fallback: bool = True) -> Any:
    """Record a function as it runs, and replay the recording from then on: the same results, in less time.

    The function may do a whole training step: forward pass, `backward()`, clipping, `optimizer.step()`. Its first two
    calls run as ever and are recorded; when both recordings agree, further calls are replayed. Whatever the recording
    relies on is checked before each replay (shapes, dtypes, train or eval, Python values that the code can see, which
    parameters there are): what changes is recorded anew. Learning rates and other numbers of the optimizers,
    probabilities of dropout, random draws, data and all tensors are read afresh at every call. A function that looks at
    the numbers of its tensors, prints, or changes Python values of its own stays eager; `report()` says why.

    Args:
        function: of tensors, plain values, and lists, tuples or dicts of them; a module, too. Left out in
            `@cr.compile(engine="numpy")`.
        engine: "numba" or "numpy"; default the one in force, see `settings`.
        fallback: False raises instead of staying eager.

    Returns:
        Compiled: to be called like the function; it has `report()`, `source()`, `program` and `programs`.

    Raises:
        ArgumentError: for an unknown engine.
        CaptureError: at a call, where the function cannot be replayed, and not `fallback`.
        DtypeError: for something that cannot be called.

    Example:
        >>> import chainrule as cr
        >>> double = cr.compile(lambda x: x * 2.0)
        >>> [double(cr.tensor([float(i)])).item() for i in range(4)]
        [0.0, 2.0, 4.0, 6.0]
        >>> double.report().replayed
        2
    """
    config.check_engine(engine, "compile, argument engine")
    if function is None:
        return lambda given: compile(given, engine=engine, fallback=fallback)
    if not callable(function):
        raise DtypeError("program.not_callable", "compile, argument function", got=type(function).__name__)
    return Compiled(function, engine, fallback)


def _backward(recording: Recording) -> Recording:
    """The backward pass of a call as a recording of its own."""
    assert recording.history is not None
    program = recording.history.backward
    numbers = {program.values[i].name: recording.controls[program.values[i].name] for i in program.controls}
    return Recording(program, [], numbers, flat(len(program.outputs)))


def _name(function: Any) -> str:
    return str(getattr(function, "__qualname__", None) or type(function).__name__)


def _changed(recording: Recording, reach: Reach, arguments: Arguments) -> CaptureError | None:
    """What the step has done to the things that it depends on."""
    changed = changed_inside(reach, arguments.args, arguments.kwargs)
    if changed is not None:
        return CaptureError("program.changed_inside", changed.words, old=changed.old, new=changed.new)
    written = [recording.slots[slot] for slot, _ in recording.program.writes]
    for label, given in zip(arguments.labels, arguments.tensors, strict=True):
        if any(np.may_share_memory(given._array, tensor._array) for tensor in written):
            return CaptureError("program.overlap", f"argument {label}")
    return None
