"""How far one distribution is from another."""

from typing import Any

from chainrule.nn.functional._loss_checks import REDUCTIONS, bounded, explained, pair, want_log_probabilities
from chainrule.nn.functional._reduction import reduced, spread
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor

Slopes = tuple[Tensor | None, ...]


def kl_div(
    input: Any, target: Any, reduction: str = "mean", log_target: bool = False, weights: Any = None
) -> Tensor:
    """The Kullback-Leibler divergence of log-probabilities from the distribution they should be.

    l = t (ln t - x), with x = ln p; summed over the classes it is KL(t ‖ p), 0 only where p = t

    `"mean"` divides by all elements, as in PyTorch; the divergence itself is `"batchmean"`, which divides by the rows.

    Args:
        input: log-probabilities, any shape: what `log_softmax` gives.
        target: probabilities, or their logarithms with `log_target`, of the very same shape.
        reduction: `"mean"` (default), `"batchmean"`, `"sum"` or `"none"`.
        log_target: whether `target` is given as logarithms.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction.
        DataError: for probabilities instead of their logarithms in `input`, negative probabilities in `target`, a mean
            of nothing, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> t = cr.tensor([[0.5, 0.5]])
        >>> F.kl_div(cr.tensor([[0.25, 0.75]]).log(), t, reduction="batchmean")
        tensor(0.1438)

    Source:
        S. Kullback, R. Leibler, On information and sufficiency (1951).
    """
    where = "kl_div"
    x, t, w = pair(where, input, target, weights, reduction, (*REDUCTIONS, "batchmean"))
    want_log_probabilities(where, x)
    if not log_target:
        bounded(f"{where}, argument target", "losses.negative_probabilities", t, 0.0, float("inf"))
    return explained(where, _kl_div(x, t, w, log_target=bool(log_target), reduction=reduction), t)


def _gap(x: Tensor, t: Tensor, log_target: bool) -> tuple[Tensor, Tensor]:
    """t and ln t - x, the latter 0 where t is: what is never asked for costs nothing."""
    share = t.exp() if log_target else t
    some = share > 0
    log_t = t.where(some, 0.0) if log_target else t.where(some, 1.0).log()
    return share, (log_t - x).where(some, 0.0)


@region("kl_div")
def _kl_div(x: Tensor, t: Tensor, weights: Tensor | None, *, log_target: bool, reduction: str) -> Tensor:
    share, gap = _gap(x, t, log_target)
    return reduced(share * gap, weights, reduction)


@_kl_div.derivative
def _(
    d: Tensor, x: Tensor, t: Tensor, weights: Tensor | None, loss: Tensor, *, log_target: bool, reduction: str
) -> Slopes:
    share, gap = _gap(x, t, log_target)
    slope = share * (gap + 1.0) if log_target else (gap + 1.0).where(share > 0, 0.0)
    return spread(-share, d, weights, reduction), spread(slope, d, weights, reduction), None
