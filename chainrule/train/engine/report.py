"""What the engine did in a fit, and why it did not do more."""

from dataclasses import dataclass, field

from chainrule.language import say


@dataclass(frozen=True)
class Row:
    """Batches of one size.

    Args:
        rows: in a batch.
        entries: operations of the recorded step.
        kernels: compiled texts.
        compiling: seconds for planning and compiling.
    """

    rows: int
    entries: int
    kernels: int
    compiling: float

    def __str__(self) -> str:
        return say(
            "train.engine_row", rows=self.rows, entries=self.entries, kernels=self.kernels,
            compiling=1e3 * self.compiling,
        )


@dataclass
class Report:
    """What ran the steps of the last fit. `print(report)` says it in words.

    Args:
        engine: `"numba"` or `"numpy"`; where the engine gave up in the middle, what ran the last step.
        reason: why it is NumPy though another engine was in force; empty where that is not so.
        steps: that the engine ran in this fit.
        calls: in how many calls.
        seconds: that these took.
        capture: seconds that recording took; 0 where steps of an earlier fit could be used.
        rows: one for each size of batch.
        again: what had changed, each time that the steps were recorded anew.
        looked: seconds that taking in the data and looking at them, at network and loss took, before the first step.
    """

    engine: str = "numpy"
    reason: str = ""
    steps: int = 0
    calls: int = 0
    seconds: float = 0.0
    capture: float = 0.0
    rows: list[Row] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    looked: float = 0.0

    def give_up(self, error: Exception) -> None:
        """Note that NumPy goes on, and why."""
        self.engine, self.reason = "numpy", str(error)

    def __str__(self) -> str:
        lines = [say("train.engine_report", engine=self.engine)]
        if self.reason:
            lines.append("  " + say("train.engine_reason", reason=self.reason))
        if self.steps:
            each = 1e6 * self.seconds / self.steps
            lines.append("  " + say("train.engine_ran", steps=self.steps, calls=self.calls, each=each))
        lines += [f"  {row}" for row in self.rows]
        lines += ["  " + say("train.engine_again", what=what) for what in self.again]
        if self.capture:
            lines.append("  " + say("train.engine_capture", capture=1e3 * self.capture))
        if self.looked:
            lines.append("  " + say("train.engine_looked", looked=1e3 * self.looked))
        return "\n".join(lines)
