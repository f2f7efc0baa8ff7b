"""What a compiled function tells about itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chainrule import language
from chainrule.errors import CaptureError
from chainrule.program.assumptions import Broken
from chainrule.program.known import Known


@dataclass(frozen=True)
class Row:
    """One kind of call.

    Args:
        inputs: names, dtypes and shapes of the tensors among the arguments.
        entries: operations of the Program; 0 where the call stays eager.
        again: what had changed when it was recorded, its old and its new value; None for the first.
        engine: "numpy", "numba", or "" where nothing runs it yet.
        reason: why another engine runs it than was asked for, or why it stays eager; "" where neither is so.
        replayed: calls that were replayed.
        kernels: compiled loops; 0 in NumPy.
        nbytes: of memory for what is computed on the way.
        capture: seconds for recording it.
        compiling: seconds for compiling it.
        running: seconds for all replays.
    """

    inputs: str
    entries: int
    again: Broken | None
    engine: str
    reason: str
    replayed: int
    kernels: int
    nbytes: int
    capture: float
    compiling: float
    running: float

    def __str__(self) -> str:
        say = language.say
        lines = [say("program.row", inputs=self.inputs or "-", entries=self.entries)]
        if self.again is not None:
            lines.append(say("program.again", words=self.again.words, old=self.again.old, new=self.again.new))
        if not self.engine:
            lines.append(say("program.stays_eager" if self.reason else "program.once", reason=self.reason))
            return "\n    ".join(lines)
        if self.reason:
            lines.append(say("program.instead", engine=self.engine, reason=self.reason))
        each = 1e6 * self.running / self.replayed if self.replayed else 0.0
        lines.append(
            say(
                "program.ran", engine=self.engine, kernels=self.kernels, nbytes=self.nbytes, replayed=self.replayed,
                capture=1e3 * self.capture, compiling=1e3 * self.compiling, each=each,
            )
        )
        return "\n    ".join(lines)


@dataclass
class Report:
    """What was recorded, what runs it, what stays eager and why. `print(report)` says it in words.

    Args:
        name: of the function.
        eager: calls that ran the function itself; recordings are among them.
        forgotten: kinds of calls that had to make room for others.
        stopped: why the function stays eager for good; None where it does not.
        rows: one for each kind of call, the last used first.
    """

    name: str
    eager: int = 0
    forgotten: int = 0
    stopped: CaptureError | None = None
    rows: list[Row] = field(default_factory=list)

    @property
    def replayed(self) -> int:
        """Calls that were replayed."""
        return sum(row.replayed for row in self.rows)

    def snapshot(self, known: Sequence[Known]) -> "Report":
        """The same with a row for each kind of call."""
        return replace(self, rows=[_row(one) for one in known])

    def __str__(self) -> str:
        say = language.say
        lines = [say("program.report", name=self.name, eager=self.eager, replayed=self.replayed)]
        if self.stopped is not None:
            lines.append(f"  {say('program.stays_eager', reason=one_line(self.stopped))}")
        lines += [f"  {row}" for row in self.rows]
        if self.forgotten:
            lines.append(f"  {say('program.forgotten', count=self.forgotten)}")
        return "\n".join(lines)


def one_line(error: CaptureError) -> str:
    """A refusal on one line: where, and what was got."""
    return f"{error.where}: {error.part('got')}; {error.part('try')}"


def _row(known: Known) -> Row:
    program, run = known.recording.program, known.run
    inputs = ", ".join(
        f"{program.values[i].name} {program.values[i].dtype}{list(program.values[i].shape)}" for i in program.inputs
    )
    kernels: Any = getattr(run, "kernels", None)
    reason = one_line(known.refused) if known.refused is not None else known.reason or ""
    return Row(
        inputs, len(program.entries), known.again,
        "" if run is None else "numpy" if kernels is None else "numba", reason, known.replays, kernels or 0,
        getattr(run, "nbytes", 0), known.capture, getattr(run, "seconds", 0.0), known.seconds,
    )
