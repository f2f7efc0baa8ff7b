"""Schedules that count something else than this training does: epochs instead of steps, or steps instead of epochs."""

from chainrule.errors import ArgumentError, ChainruleWarning
from chainrule.train.guard.scene import Findings, Scene

SPANS = ("total_steps", "T_max", "total_iters")  # what schedulers call their length
PLENTY = 20  # steps: in fewer a rate may well fall to zero half way


def by_the_epoch(scene: Scene) -> Findings:
    """A scheduler as long as all steps, which is moved on after every epoch and never gets far."""
    plan = scene.plan
    if plan is None or plan.epochs is None:
        return
    batches = scene.feed.count(plan.batch_size)
    for scheduler in scene.trainer.rates.schedulers:
        for span in SPANS:
            length = getattr(scheduler, span, None)
            if batches > 1 and plan.epochs > 1 and length == plan.epochs * batches:
                yield ArgumentError(
                    "guard.scheduler_steps", f"Trainer, schedule {type(scheduler).__name__}, {span}",
                    span=span, got=length, epochs=plan.epochs, batches=batches,
                )
                return


def over_too_soon(scene: Scene) -> Findings:
    """A schedule over the steps that has come to zero before half of them are made: it was given the epochs."""
    plan, rate = scene.plan, scene.trainer.rates.of_step
    if plan is None or rate is None or not str(getattr(rate, "__module__", "")).startswith("chainrule."):
        return  # what users write of their own may well end early
    begun = scene.trainer.step if plan.first_step is None else plan.first_step
    steps = plan.steps if plan.epochs is None else plan.epochs * scene.feed.count(plan.batch_size)
    if steps is None or steps < PLENTY:
        return
    if rate(begun) > 0 and rate(begun + steps // 2) == 0 == rate(begun + steps - 1):
        yield ChainruleWarning("guard.schedule_over", "Trainer, argument schedule", steps=steps)


def no_rate(scene: Scene) -> Findings:
    """A learning rate of 0 that nothing will change; one epoch of it only measures."""
    trainer, plan = scene.trainer, scene.plan
    if plan is None or plan.epochs == 1:
        return
    if trainer.rates.of_step is not None or trainer.rates.schedulers or scene.watched:
        return
    if not any(group.get("lr", 1.0) for group in trainer.optimizer.param_groups):
        yield ChainruleWarning("optim.no_rate", f"Trainer, {type(trainer.optimizer).__name__}, lr")
