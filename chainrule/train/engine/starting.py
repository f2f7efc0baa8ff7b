"""Whether the engine runs the steps of a fit, and why not."""

from time import perf_counter
from typing import TYPE_CHECKING

from chainrule import config
from chainrule.language import say
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
    listeners = fitting.events.listeners
    if not isinstance(fitting.feed, ArrayFeed) or any(listeners[event] for event in WATCHED):
        from chainrule.train.engine.stepwise import Stepwise

        report.engine = "numba"
        apart, watched = bool(listeners["on_before_step"]), bool(fitting.events.callbacks)
        return None, Stepwise(fitting.trainer, apart, watched)
    return _running(fitting, fitting.feed, report), None


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
