"""Whether the engine runs the steps of a fit, and why not."""

from time import perf_counter
from typing import TYPE_CHECKING

from chainrule import config
from chainrule.language import say
from chainrule.train.engine.refused import Refused
from chainrule.train.engine.report import Report, Row
from chainrule.train.feed import ArrayFeed

if TYPE_CHECKING:
    from chainrule.train.engine.running import Running
    from chainrule.train.fitting import Fitting

WATCHED = ("on_batch_start", "on_before_step", "on_batch_end")


AGAIN = 8  # times that steps are recorded in one fit


def started(fitting: "Fitting", again: str = "") -> "Running | None":
    """The engine's part in a fit that is about to begin an epoch; None where NumPy runs it.

    The report of the Trainer says why.

    Args:
        fitting: the fit.
        again: what has changed since it was asked last.
    """
    trainer = fitting.trainer
    if again:
        report = trainer._report
        report.again.append(again)
        if len(report.again) >= AGAIN:
            report.engine, report.reason = "numpy", say("train.engine_restless", reason=again)
            return None
    else:
        report = trainer._report = Report()
    if (trainer.engine or config.engine()) != "numba":
        return None
    reason = _reason(fitting)
    if reason:
        report.reason = reason
        return None
    from chainrule.program.loops.kernel import KernelError
    from chainrule.program.loops.lower import Unsupported

    try:
        return _running(fitting, report)
    except (Refused, Unsupported, KernelError) as error:
        report.engine, report.reason = "numpy", str(error)
        trainer._steps = None
        return None


def _reason(fitting: "Fitting") -> str:
    """What can be told before anything is recorded."""
    if not isinstance(fitting.feed, ArrayFeed):
        return say("train.engine_loader")
    if fitting.trainer._needs_closure:
        return say("train.engine_closure", optimizer=type(fitting.trainer.optimizer).__name__)
    if "step" in vars(fitting.trainer.optimizer):
        return say("train.engine_own_step", optimizer=type(fitting.trainer.optimizer).__name__)
    for path, module in fitting.trainer.model.named_modules():
        if module._before or module._after:
            return say("train.engine_hook", layer=path or type(module).__name__)
    for event in WATCHED:
        for owner, _ in fitting.events.listeners[event]:
            return say("train.engine_event", callback=owner, event=event)
    return ""


def _running(fitting: "Fitting", report: Report) -> "Running":
    from chainrule.train.engine.running import Running
    from chainrule.train.engine.steps import Steps

    trainer, feed, plan = fitting.trainer, fitting.feed, fitting.plan
    assert isinstance(feed, ArrayFeed)
    begun = perf_counter()
    trainer.optimizer.zero_grad()
    wanted = (plan.batch_size, fitting.join_single, bool(fitting.measures))
    steps = trainer._steps
    if steps is not None and steps.fits(feed, *wanted) and steps.changed() is None:
        steps.feed_from(feed)
    else:
        steps = trainer._steps = Steps(trainer, feed, *wanted)
        report.capture += perf_counter() - begun
    running = Running(fitting, steps)
    report.engine = "numba"
    report.rows = [Row(kind.rows, len(kind.program.entries), kind.kernels, kind.seconds) for kind in steps.kinds]
    return running
