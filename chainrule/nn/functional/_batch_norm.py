"""Batch norm: each channel normalised over the rows of the batch, or by what it has seen before."""

from math import prod

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.nn.functional._normalize import (
    Axes,
    channel_shape,
    normalize,
    scale_and_shift,
    scale_and_shift_slopes,
)
from chainrule.tape.control import module_control
from chainrule.tape.mode import no_grad
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float | Tensor = 0.1, eps: float = 1e-5,
) -> Tensor:
    """Each channel with mean 0 and variance 1 over the batch, then scaled and shifted.

    y = γ (x - μ) / √(σ² + ε) + β

    In training μ and σ² (divided by n) are those of the batch, and the running statistics move towards them:
    running ← (1 - momentum) running + momentum · new, the variance divided by n - 1. Otherwise the running statistics
    are used, and no row depends on its neighbours.

    Args:
        input: (N, C), (N, C, L) or (N, C, H, W).
        running_mean: (C,), changed in place in training; None keeps none.
        running_var: (C,), changed in place in training; None keeps none.
        weight: γ, (C,); None leaves it out.
        bias: β, (C,); None leaves it out.
        training: whether to use the statistics of the batch; default False.
        momentum: the share of the new batch in the running statistics, 0 … 1; default 0.1.
        eps: added to the variance; default 1e-5.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ShapeError: for an input without channels, or with another number of channels than the statistics.
        DataError: in training, for one number a channel: it has no variance.
        ArgumentError: neither training nor running statistics.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.batch_norm(cr.tensor([[1.0], [2.0], [3.0]]), None, None, training=True)
        tensor([[-1.2247],
                [ 0.    ],
                [ 1.2247]])

    Source:
        S. Ioffe, C. Szegedy, Batch normalization (2015), algorithm 1.
    """
    x = floating(as_tensor(input))
    if x.ndim < 2:
        raise ShapeError("layers.rank", "batch_norm", shape=x.shape, want="(N, C), (N, C, L), (N, C, H, W)")
    channels = x.shape[1]
    for known in (running_mean, weight):
        if known is not None and known.shape != (channels,):
            raise ShapeError("layers.channels", "batch_norm", channels=channels, shape=x.shape, want=known.shape[0])
    if not training:
        if running_mean is None or running_var is None:
            raise ArgumentError("layers.no_statistics", "batch_norm, argument training")
        return _batch_norm_eval(x, running_mean, running_var, weight, bias, eps)  # type: ignore[no-any-return]
    axes = (0, *range(2, x.ndim))
    count = prod([x.shape[axis] for axis in axes])
    if count == 1:
        raise DataError("layers.batch_of_one", "batch_norm", shape=x.shape)
    y, mean, var = _batch_norm(x, weight, bias, eps, axes=axes)
    if running_mean is not None and running_var is not None and count:
        with no_grad():
            share = momentum if isinstance(momentum, Tensor) else module_control("momentum", momentum)
            new_mean, new_var = _running_statistics(running_mean, running_var, mean, var, share, count / (count - 1))
            running_mean.copy_(new_mean)
            running_var.copy_(new_var)
    return y  # type: ignore[no-any-return]


@region("batch_norm", outputs=3)
def _batch_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, *, axes: Axes
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    xhat, mean, var = normalize(x, eps, axes=axes)
    return scale_and_shift(xhat, weight, bias, channel_shape(x.ndim, x.shape[1])), mean, var, xhat


# μ and σ² leave for the running statistics alone, through which no gradient passes.
@_batch_norm.derivative
def _(
    d: Tensor, d_mean: None, d_var: None, x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float,
    y: Tensor, mean: Tensor, var: Tensor, xhat: Tensor, *, axes: Axes,
) -> tuple[Tensor | None, ...]:
    count = max(1, prod(x.shape[axis] for axis in axes))
    dbeta, dgamma = d.sum(axes, keepdim=True), (d * xhat).sum(axes, keepdim=True)
    dx = (d - dbeta / count - xhat * (dgamma / count)) / (var + eps).sqrt()
    return (
        dx if weight is None else dx * weight.reshape(channel_shape(x.ndim, x.shape[1])),
        None if weight is None else dgamma.reshape(weight.shape),
        None if bias is None else dbeta.reshape(bias.shape), None,
    )


@region("running_statistics", outputs=2, compiled=True)
def _running_statistics(
    mean: Tensor, var: Tensor, new_mean: Tensor, new_var: Tensor, share: float | Tensor, unbiased: float
) -> tuple[Tensor, Tensor]:
    kept = 1.0 - share
    return (
        mean * kept + new_mean.reshape(mean.shape) * share,
        var * kept + new_var.reshape(var.shape) * unbiased * share,
    )


@region("batch_norm_eval")
def _batch_norm_eval(
    x: Tensor, mean: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor]:
    shape = channel_shape(x.ndim, x.shape[1])
    xhat = (x - mean.reshape(shape)) / (var.reshape(shape) + eps).sqrt()
    return scale_and_shift(xhat, weight, bias, shape), xhat


# The running statistics are constants here, as in PyTorch.
@_batch_norm_eval.derivative
def _(
    d: Tensor, x: Tensor, mean: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float,
    y: Tensor, xhat: Tensor,
) -> tuple[Tensor | None, ...]:
    shape = channel_shape(x.ndim, x.shape[1])
    dxhat, dweight, dbias = scale_and_shift_slopes(d, xhat, weight, bias, shape)
    return dxhat / (var.reshape(shape) + eps).sqrt(), None, None, dweight, dbias, None
