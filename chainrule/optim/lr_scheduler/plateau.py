"""The scheduler that watches a metric."""

from collections.abc import Sequence
from math import inf
from typing import Any

from chainrule.errors import ArgumentError, DtypeError
from chainrule.optim.lr_scheduler.scheduler import LRScheduler
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.schedules.schedule import not_negative, whole

_MODES, _THRESHOLDS = ("min", "max"), ("rel", "abs")


class ReduceLROnPlateau(LRScheduler):
    """The rate falls to a share of itself when a metric has not become better for some epochs.

    lr ← max(factor · lr, min_lr)  after more than `patience` epochs in a row without a new best

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        mode: "min" when smaller is better (a loss), "max" when larger is (an accuracy).
        factor: below 1.
        patience: epochs without a new best that are let pass, at least 0.
        threshold: how much better a new best must be.
        threshold_mode: "rel": by this share of the magnitude of the best, which may be negative; "abs": by this much.
        cooldown: epochs after a fall in which nothing is counted, at least 0.
        min_lr: no rate falls below it; or a list with one for each group.
        eps: a fall by no more than this is left out.

    Raises:
        ArgumentError: a number out of range, an unknown mode, a list that is not as long as there are groups.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        >>> for val_loss in [1.0, 0.9, 0.9, 0.9]:
        ...     scheduler.step(val_loss)
        >>> scheduler.get_last_lr()
        [0.05]
    """

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
        threshold_mode: str = "rel", cooldown: int = 0, min_lr: float | Sequence[float] = 0.0, eps: float = 1e-8,
    ) -> None:
        super().__init__(optimizer)
        for name, value, known in (("mode", mode, _MODES), ("threshold_mode", threshold_mode, _THRESHOLDS)):
            if value not in known:
                where = f"ReduceLROnPlateau, argument {name}"
                raise ArgumentError("optim.choice", where, got=repr(value), known=", ".join(known))
        if not 0 <= factor < 1:
            raise ArgumentError("optim.factor", "ReduceLROnPlateau, argument factor", got=factor)
        whole("ReduceLROnPlateau", 0, patience=patience, cooldown=cooldown)
        not_negative("ReduceLROnPlateau", eps=eps)
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, (list, tuple)) and len(min_lr) != groups:
            raise ArgumentError("optim.one_each", "ReduceLROnPlateau, argument min_lr", got=len(min_lr), groups=groups)
        self.mode, self.threshold_mode, self.threshold = mode, threshold_mode, threshold
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.min_lrs: list[Any] = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * groups
        self.best = inf if mode == "min" else -inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self._last_lr = self._rates()

    def step(self, metric: Any = None) -> None:
        """One epoch is over, and `metric` is what it has reached.

        Raises:
            ArgumentError: without a metric.
            DtypeError: when it is no number.
        """
        if metric is None:
            raise ArgumentError("optim.no_metric", "ReduceLROnPlateau.step, argument metric")
        try:
            now = float(metric)
        except (TypeError, ValueError):
            raise DtypeError("optim.metric", "ReduceLROnPlateau.step, argument metric", got=repr(metric)) from None
        self.optimizer._habits.move_on(type(self).__name__)
        self.last_epoch += 1
        if self.is_better(now, self.best):
            self.best, self.num_bad_epochs = now, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._rates()

    def is_better(self, a: float, best: float) -> bool:
        """Whether `a` is better than `best` by more than the threshold; NaN never is."""
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            # Of the magnitude: with PyTorch's best · (1 - threshold), standing still below zero is always a new best.
            return sign * a > sign * best * (1 + (sign if best > 0 else -sign) * self.threshold)
        return sign * a > sign * best + self.threshold

    def _rates(self) -> list[float]:
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        lowest = [*self.min_lrs, *([self.min_lrs[-1]] * (len(groups) - len(self.min_lrs)))]
        for group, least in zip(groups, lowest, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                group["lr"] = new
