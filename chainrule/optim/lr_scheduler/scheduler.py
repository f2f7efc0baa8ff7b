"""What every scheduler has, and what those have that are functions of the epoch."""

from collections import Counter
from collections.abc import Mapping
from math import isnan, nan
from typing import Any

from chainrule.errors import ChainruleWarning, DtypeError, StateError, warn
from chainrule.optim.optimizer import Optimizer
from chainrule.tape.mode import mode


class LRScheduler:
    """The base of every scheduler.

    Args:
        optimizer: the optimizer whose groups get their rates from it.

    Attributes:
        optimizer: as given.
        last_epoch: how often `step` has been called.

    Raises:
        DtypeError: something that is no optimizer.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> isinstance(optim.lr_scheduler.StepLR(optimizer, step_size=10), optim.lr_scheduler.LRScheduler)
        True
    """

    def __init__(self, optimizer: Optimizer) -> None:
        given: object = optimizer
        if not isinstance(given, Optimizer):
            where = f"{type(self).__name__}, argument optimizer"
            raise DtypeError("optim.no_optimizer", where, got=type(given).__name__)
        self.optimizer = optimizer
        self.last_epoch = 0
        self._last_lr: list[float] = []

    def step(self, metric: Any = None) -> None:
        """One epoch (or whatever is counted) is over: change the rates. Only ReduceLROnPlateau looks at `metric`.

        Raises:
            StateError: in this class, which has no rule.
        """
        raise StateError("optim.no_step", type(self).__name__, name=type(self).__name__)

    def get_last_lr(self) -> list[float]:
        """The rate of each group as this scheduler has left it."""
        return list(self._last_lr)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions, as plain data."""
        return {
            name: list(value) if isinstance(value, list) else value
            for name, value in vars(self).items()
            if name not in ("optimizer", "_own", "_set_back") and not _has_functions(value)
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over `state_dict`, of this library or of PyTorch; the rates stay those of the optimizer."""
        for name in vars(self).keys() & state_dict.keys():
            value = state_dict[name]
            if isinstance(value, Counter):  # PyTorch's milestones
                value = list(value.elements())
            if not _has_functions(getattr(self, name)):
                setattr(self, name, list(value) if isinstance(value, list) else value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(last_epoch={self.last_epoch}, lr={self._last_lr})"


def _has_functions(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return any(callable(part) or isinstance(part, LRScheduler) for part in parts)


class EpochScheduler(LRScheduler):
    """A scheduler whose rate is a function of the epoch; it multiplies whatever others have made of the rate.

    In each step the rate r(t) of its own goes on to r(t + 1), and the group's rate by the same share. Where r(t) is
    zero no share could be read off, and the last one known is kept.
    """

    _set_back: int = 0  # steps in a row before which somebody gave the first group its first rate again

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        super().__init__(optimizer)
        self.base_lrs: list[float] = []
        self._scale: list[float] = []
        self._own: list[float] = []
        if last_epoch < 0:
            self.last_epoch = -1
            self._adopt()
            self._move()
            return
        if not all("initial_lr" in group for group in optimizer.param_groups):
            raise StateError("optim.initial_lr", f"{type(self).__name__}, argument last_epoch", got=last_epoch)
        self.last_epoch = last_epoch + 1  # the rates of the optimizer are those of this epoch already
        self._adopt()
        self._last_lr = [float(group["lr"]) for group in optimizer.param_groups]
        self._scale = [rate / own if own else 1.0 for rate, own in zip(self._last_lr, self._own, strict=True)]

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        raise NotImplementedError

    def step(self, metric: Any = None) -> None:
        """One epoch (or whatever is counted) is over: change the rates. A `metric` is not looked at."""
        self.optimizer._habits.move_on(type(self).__name__)
        self._adopt()
        self._move()

    def _adopt(self) -> None:
        """Take notice of groups that were added."""
        for index, group in enumerate(self.optimizer.param_groups[len(self.base_lrs) :], start=len(self.base_lrs)):
            self.base_lrs.append(float(group.setdefault("initial_lr", float(group["lr"]))))
            self._scale.append(1.0)
            self._last_lr.append(nan)
            self._own.append(self.rate(index, self.last_epoch) if self.last_epoch >= 0 else self.base_lrs[-1])

    def _move(self) -> None:
        self.last_epoch += 1
        for index, group in enumerate(self.optimizer.param_groups):
            found, before, after = float(group["lr"]), self._own[index], self.rate(index, self.last_epoch)
            if index == 0:
                self._note_set_back(found)
            if found != self._last_lr[index] and before != 0:
                self._scale[index] = found / before
            if after != before:
                group["lr"] = self._scale[index] * after
            self._last_lr[index] = float(group["lr"])
            self._own[index] = after

    def _note_set_back(self, found: float) -> None:
        """Say once that somebody gives the first group its first rate again, step after step."""
        last = self._last_lr[0]
        back = found == self.base_lrs[0] != last and not isnan(last)
        self._set_back = self._set_back + 1 if back else 0
        if self._set_back == 2 and not mode.trusting:
            warn(ChainruleWarning(
                "optim.set_back", f"{type(self).__name__}.step", rate=f"{found:g}", last=f"{last:g}"
            ))

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over `state_dict`, of this library or of PyTorch; the rates stay those of the optimizer."""
        super().load_state_dict(state_dict)
        self._own = [self.rate(index, self.last_epoch) for index in range(len(self.base_lrs))]
        if "_scale" not in state_dict:
            self._last_lr = [nan] * len(self.base_lrs)
