"""The body of a scan: one step, traced as a Program, with what its backward pass will need."""

from ast import literal_eval
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.ops.program import PRIMITIVES, WEAK, Program, Value
from chainrule.ops.scan import SCAN_PREAMBLE
from chainrule.ops.text import compile_program
from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.trace import recording

Source = tuple[str, int]
Piece = tuple[str, tuple[Source, ...]]
Step = Callable[..., Sequence[Any]]


@dataclass(eq=False)
class Body:
    """One step of a scan: its Program, the states it carries, the sequences it reads.

    Args:
        call: the step as a function of tensors.
        base: the body that was enlarged into this one by results that its backward pass needs.
        extra: for each value of the base's trace that was added, its place among the results.
    """

    program: Program
    states: int
    sequences: int
    call: Step
    base: "Body | None" = None
    extra: dict[int, int] = field(default_factory=dict)
    enlarged: dict[Any, "Body"] = field(default_factory=dict)
    backwards: dict[Any, "Backwards"] = field(default_factory=dict)
    _run: Callable[..., Any] | None = None

    def loop(self, arrays: Sequence[Any], steps: int, reverse: bool) -> tuple[Any, ...]:
        """The whole scan on arrays."""
        if self._run is None:
            self._run = compile_program(self.program, "body")
        n, m = self.states, self.sequences
        results: tuple[Any, ...] = _LOOP(self._run, steps, reverse, arrays[:n], arrays[n : n + m], arrays[n + m :])
        return results

    def inputs(self, recorder: Recorder) -> list[Any]:
        """Tensors to trace the step with, all floats wanting a gradient."""
        made = [recorder.input(self.program.values[i]) for i in self.program.inputs]
        for x in made:
            x.requires_grad = x.dtype.kind == "f"
        return made


@dataclass(eq=False)
class Backwards:
    """One step of the backward pass, as a body of its own, and what to feed it.

    A source says where a stacked array comes from: ("d_result", i), ("sequence", i), ("result", i) or ("constant", i)
    of the forward scan, ("saved", value) of its trace until that is found among its results, ("made", i) by the
    backward scan. A piece says how a term of a constant's gradient is put together when the loop is over.
    """

    body: Body
    sequences: list[Source]
    constants: list[Source]
    saved: list[int]  # values of the trace that the forward scan must stack
    state_slopes: list[int | None]
    sequence_slopes: list[int | None]
    pieces: dict[int, list[Piece]]
    again: Body | None = None  # the forward scan to run once more, for what it did not keep the first time


def _loop() -> Callable[..., Any]:
    namespace: dict[str, Any] = {"np": np}
    exec(compile(SCAN_PREAMBLE, "<chainrule scan>", "exec"), namespace)  # noqa: S102 - our own text
    loop: Callable[..., Any] = namespace["scan"]
    return loop


_LOOP = _loop()


def trace_body(call: Step, values: Sequence[Value], states: int, sequences: int) -> Body:
    """The body that a step is for arguments of these descriptions."""
    recorder = Recorder(concrete=False)
    with recording(recorder, grad=False):
        inputs = [recorder.input(value._replace(name="", grad_of=None)) for value in values]
        program, _ = recorder.finish(list(call(*inputs)))
    return Body(program, states, sequences, call)


def with_results(body: Body, saved: Sequence[int]) -> Body:
    """The body with some values of its trace added to its results."""
    recorder = Recorder(concrete=False)
    with recording(recorder, grad=True):
        outs = list(body.call(*body.inputs(recorder)))
        mode.grad = False
        count = len(outs) - body.states
        program, _ = recorder.finish([*outs, *(recorder.tensor(value) for value in saved)])
    extra = {value: count + i for i, value in enumerate(saved)}
    return Body(program, body.states, body.sequences, interpreter(program), body, extra)


def interpreter(program: Program) -> Step:
    """A Program as a function of tensors, run entry by entry, so that it can be recorded and differentiated again."""

    def run(*args: Any) -> list[Any]:
        recorder = mode.recorder
        assert recorder is not None  # a body is only ever called to be traced
        held: dict[int, Any] = dict(zip(program.inputs, args, strict=True))
        for i, value in enumerate(program.values):
            if value.origin == "constant" and value.dtype == WEAK:
                held[i] = float(value.name) if value.name.lstrip("-") in ("inf", "nan") else literal_eval(value.name)
        for entry in program.entries:
            static = entry.static
            if entry.body is not None:
                sizes: dict[str, Any] = dict(static)
                inner = Body(entry.body, sizes["states"], sizes["sequences"], interpreter(entry.body))
                static = (("body", inner), *static)
            outs = recorder.apply(PRIMITIVES[entry.primitive], tuple(held[a] for a in entry.args), static)
            held.update(zip(entry.outs, outs, strict=True))
        return [held[o] for o in program.outputs]

    return run
