"""L-BFGS: a quasi-Newton method that remembers only the last steps."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.ranges import NOT_NEGATIVE, Range
from chainrule.optim.wolfe import Point, strong_wolfe
from chainrule.tape.mode import enable_grad, mode
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor

Flat = npt.NDArray[Any]

_CURVED = 1e-10  # a step whose gradient changed by less says nothing about the curvature


class LBFGS(Optimizer):
    """L-BFGS: steps along -H g, with H made from the last steps and how the gradient changed in them.

    It needs the loss at many points, so `step` takes a closure; it wants all rows at once, not batches; all
    parameters are one group.

    Args:
        params: parameters, see `Optimizer`.
        lr: length of the first trial step in units of H g, at least 0.
        max_iter: iterations in one `step`, at least 1.
        max_eval: evaluations of the closure in one `step`; default 1.25 `max_iter`.
        tolerance_grad: stop when no element of the gradient is larger.
        tolerance_change: stop when step, slope or loss change by less.
        history_size: how many steps are remembered, at least 1.
        line_search_fn: None for steps of fixed length, or "strong_wolfe" for a line search, which is safer.

    Raises:
        ArgumentError: a number out of range, an unknown line search, several groups; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([-1.2, 1.0]))
        >>> optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe", max_iter=50)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
        ...     loss.backward()
        ...     return loss
        >>> for _ in range(3):
        ...     loss = optimizer.step(closure)
        >>> w.detach().round()
        tensor([1., 1.])

    Source:
        D. Liu, J. Nocedal, On the limited memory BFGS method for large scale optimization (1989); the two loops are
        algorithm 7.4 of J. Nocedal, S. Wright, Numerical optimization (2006).
    """

    _ranges: ClassVar[Mapping[str, Range]] = {
        **dict.fromkeys(("lr", "tolerance_grad", "tolerance_change"), NOT_NEGATIVE),
        **dict.fromkeys(("max_iter", "max_eval", "history_size"), Range(1.0)),
    }

    def __init__(
        self, params: Any, lr: float = 1.0, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if line_search_fn not in (None, "strong_wolfe"):
            raise ArgumentError("optim.line_search", "LBFGS, argument line_search_fn", got=repr(line_search_fn))
        if max_eval is None and isinstance(max_iter, int):
            max_eval = max(max_iter * 5 // 4, 1)
        super().__init__(params, dict(
            lr=lr, max_iter=max_iter, max_eval=max_eval, tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change, history_size=history_size, line_search_fn=line_search_fn,
        ))

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Take the parameters.

        Args:
            param_group: a dict with "params".

        Raises:
            ArgumentError: for a second group: all parameters are one vector.
        """
        if self.param_groups:
            raise ArgumentError("optim.one_group", "LBFGS, argument params")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Iterate up to `max_iter` times.

        Args:
            closure: clears the gradients, computes the loss, calls `backward()`, and returns the loss.

        Returns:
            What `closure` returned at the beginning.

        Raises:
            ArgumentError: without a closure.
        """
        if closure is None:
            raise ArgumentError("optim.no_closure", "LBFGS.step, argument closure")
        if not self._habits.stepped:
            self._habits.first_step(self)
        before, mode.grad = mode.grad, False
        try:
            return self._iterate(closure)
        finally:
            mode.grad = before

    def _iterate(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        params, most, smallest = group["params"], group["max_eval"], float(group["tolerance_change"])
        lr = float(group["lr"])
        state = self.state[params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        def evaluated() -> tuple[Any, float, Flat]:
            with enable_grad():
                loss = closure()
            state["func_evals"] += 1
            gradients = [np.zeros_like(p._array) if p.grad is None else p.grad._array for p in params]
            return loss, float(loss), _flat(gradients)

        first, loss, g = evaluated()
        evaluations = 1
        if np.abs(g).max() <= group["tolerance_grad"]:
            return first
        x = _flat([p._array for p in params])
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = self._direction(state, g, group["history_size"])
            t = lr if state["n_iter"] > 1 else lr * min(1.0, 1.0 / float(np.abs(g).sum()))
            slope, before = float(g @ d), loss
            state.update(d=wrap(d), t=t, prev_flat_grad=wrap(g), prev_loss=loss)
            if slope > -smallest:
                break
            if group["line_search_fn"] is not None:

                def at(t: float, x: Flat = x, d: Flat = d) -> Point:
                    _write(params, x + t * d)
                    _, loss, g = evaluated()
                    return Point(t, loss, g, float(g @ d))

                longest = float(np.abs(d).max())
                found, count = strong_wolfe(at, Point(0.0, loss, g, slope), t, longest, most - evaluations)
                t, loss, g = found.t, found.loss, found.gradient
                state["t"] = t
                evaluations += count
                x = x + t * d
                _write(params, x)
            else:
                x = x + t * d
                _write(params, x)
                if iteration < group["max_iter"]:  # the next step begins with an evaluation anyway
                    _, loss, g = evaluated()
                    evaluations += 1
            if (
                evaluations >= most or np.abs(g).max() <= group["tolerance_grad"]
                or np.abs(t * d).max() <= smallest or abs(loss - before) < smallest
            ):
                break
        return first

    def _direction(self, state: dict[str, Any], g: Flat, history_size: int) -> Flat:
        """-H g, by the two loops over the remembered steps s and changes of the gradient y."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -g
        ys, ss, rhos = state["old_dirs"], state["old_stps"], state["ro"]
        y, s = g - state["prev_flat_grad"]._array, float(state["t"]) * state["d"]._array
        curvature = float(y @ s)
        if curvature > _CURVED:
            ys.append(wrap(y))
            ss.append(wrap(s))
            rhos.append(1.0 / curvature)
            for kept in (ys, ss, rhos):
                del kept[:-history_size]
            state["H_diag"] = curvature / float(y @ y)
        q = -g
        alphas = []
        for y, s, rho in zip(reversed(ys), reversed(ss), reversed(rhos), strict=True):
            alphas.append(float(s._array @ q) * float(rho))
            q = q - alphas[-1] * y._array
        d = float(state["H_diag"]) * q
        for y, s, rho, alpha in zip(ys, ss, rhos, reversed(alphas), strict=True):
            d = d + (alpha - float(y._array @ d) * float(rho)) * s._array
        return d


def _flat(arrays: list[Any]) -> Flat:
    return np.concatenate([np.asarray(array).reshape(-1) for array in arrays])


def _write(params: list[Tensor], x: Flat) -> None:
    place = 0
    for parameter in params:
        size = parameter._array.size
        parameter._store(x[place : place + size].reshape(parameter._array.shape))
        place += size
