"""Whether the engine runs the steps of a fit, and why not."""

from time import perf_counter
from typing import TYPE_CHECKING

from chainrule import config
from chainrule.language import say
from chainrule.train.callbacks.events import callback_reads, listens
from chainrule.train.engine.refused import Refused
from chainrule.train.engine.report import Report, Row
from chainrule.train.engine.warming import Warming
from chainrule.train.feed import ArrayFeed

if TYPE_CHECKING:
    from chainrule.train.engine.judged import Judged
    from chainrule.train.engine.running import Running
    from chainrule.train.engine.stepwise import Stepwise
    from chainrule.train.fitting import Fitting

WATCHED = ("on_batch_start", "on_before_step", "on_batch_end")


OFTEN = 4  # epochs from which on the validation is prepared to run with the steps
AGAIN = 8  # times that steps are recorded in one fit


Parts = tuple["Running | None", "Stepwise | None"]


def started(fitting: "Fitting", again: str = "", *, goes_on: bool = False) -> Parts:
    """The engine's part in a fit that is about to begin an epoch: many steps in a call, or one, or none.

    The report of the Trainer says why it is none.

    Args:
        fitting: the fit.
        again: what has changed since it was asked last.
        goes_on: whether it takes over from NumPy, having been compiled meanwhile.
    """
    trainer = fitting.trainer
    if again:
        report = trainer._report
        report.again.append(again)
        if len(report.again) >= AGAIN:
            report.give_up(Refused(say("train.engine_restless", reason=again)))
            return None, None
    elif goes_on:
        report = trainer._report
        report.reason = ""
    else:
        report = trainer._report = Report()
    if (trainer.engine or config.engine()) != "numba":
        return None, None
    try:
        _look(fitting)
        return _parts(fitting, report)
    except Refused as error:
        report.give_up(error)
        if fitting.warming is None or fitting.warming.over:
            trainer._steps = None
        return None, None


def _look(fitting: "Fitting") -> None:
    """What can be told before anything is recorded."""
    optimizer = fitting.trainer.optimizer
    name = type(optimizer).__name__
    if fitting.trainer._needs_closure:
        raise Refused(say("train.engine_closure", optimizer=name))
    if "step" in vars(optimizer):
        raise Refused(say("train.engine_own_step", optimizer=name))


def _parts(fitting: "Fitting", report: Report) -> Parts:
    looking = any(
        callback_reads(callback) != "nonfinite" and any(listens(callback, event) for event in WATCHED)
        for callback in fitting.events.callbacks
    )
    if not isinstance(fitting.feed, ArrayFeed) or looking or not _all_updated(fitting):
        report.engine = "numba"
        return None, step_by_step(fitting)
    return _running(fitting, fitting.feed, report), None


def step_by_step(fitting: "Fitting") -> "Stepwise":
    """The engine's part where Python looks at every batch."""
    from chainrule.train.engine.stepwise import Stepwise

    apart, watched = bool(fitting.events.listeners["on_before_step"]), bool(fitting.events.callbacks)
    return Stepwise(fitting.trainer, apart, watched)


def _all_updated(fitting: "Fitting") -> bool:
    """Whether every gradient shows in what it changes; asked where somebody waits for one that is not finite."""
    if all(callback_reads(callback) != "nonfinite" for callback in fitting.events.callbacks):
        return True
    held = {id(parameter) for group in fitting.trainer.optimizer.param_groups for parameter in group["params"]}
    return all(id(parameter) in held or not parameter.requires_grad for parameter in fitting.trainer.model.parameters())


def _judged(fitting: "Fitting") -> "Judged | None":
    """The validation, where the engine can run it right behind the steps, and often enough."""
    from chainrule.train.engine.judged import Judged

    few = fitting.plan.epochs is not None and fitting.plan.epochs < OFTEN
    if not isinstance(fitting.validation, ArrayFeed) or few:
        return None
    try:
        return Judged(fitting.trainer, fitting.validation, bool(fitting.measures))
    except Refused:
        return None


def _running(fitting: "Fitting", feed: ArrayFeed, report: Report) -> "Running":
    from chainrule.train.engine.running import Running
    from chainrule.train.engine.steps import Steps

    trainer, plan = fitting.trainer, fitting.plan
    begun = perf_counter()
    trainer.optimizer.zero_grad()
    wanted = (plan.batch_size, fitting.join_single, bool(fitting.measures))
    steps = trainer._steps
    if fitting.warming is not None:
        fitting.warming.finish()
    if steps is not None and steps.fits(feed, *wanted) and steps.changed() is None:
        steps.feed_from(feed)
        steps.check()
    else:
        steps = trainer._steps = Steps(trainer, feed, *wanted)
        steps.check()
        if trainer.warm_start and not fitting.warming:
            fitting.warming = Warming(steps)
            raise Refused(say("train.engine_warming"))
        steps.build()
        report.capture += perf_counter() - begun
    running = Running(fitting, steps, _judged(fitting))
    report.engine = "numba"
    report.rows = [Row(kind.rows, len(kind.program.entries), kind.kernels, kind.seconds) for kind in steps.kinds]
    return running
