"""Another learning rate."""

from chainrule.doctor.change import Change
from chainrule.train.lr_range_test import set_rate
from chainrule.train.rates import Rates
from chainrule.train.trainer import Trainer


def learning_rate(rate: float, before: float) -> Change:
    """Every group gets the rate, in the ratios that they have; a schedule of steps is scaled along."""

    def alter(trainer: Trainer) -> None:
        factor = rate / trainer.rates.now if trainer.rates.of_step is None else rate / before
        of_step = trainer.rates.of_step
        set_rate(trainer, rate)
        if of_step is not None:
            trainer.schedule = lambda step: of_step(step) * factor
            trainer.rates = Rates(trainer.schedule, trainer.optimizer)
        for scheduler in trainer.rates.schedulers:
            if hasattr(scheduler, "base_lrs"):
                scheduler.base_lrs = [base * factor for base in scheduler.base_lrs]

    return Change("learning_rate", {"rate": rate, "before": before}, alter)


def constant_rate(before: float) -> Change:
    """No schedule."""

    def alter(trainer: Trainer) -> None:
        trainer.schedule = None
        trainer.rates = Rates(None, trainer.optimizer)
        set_rate(trainer, before)

    return Change("constant_rate", {"rate": before}, alter)
