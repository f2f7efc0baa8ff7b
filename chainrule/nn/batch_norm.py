"""Batch norm: layers that know what they have seen."""

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.arguments import whole
from chainrule.nn.forgotten_eval import asleep, note, note_asleep
from chainrule.nn.functional._batch_norm import batch_norm
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor


class BatchNorm(Module):
    """What batch norms of all ranks share; use `BatchNorm1d` or `BatchNorm2d`."""

    ranks: tuple[int, ...]
    shapes: str

    weight: Parameter | None  # γ, (num_features,)
    bias: Parameter | None  # β, (num_features,)
    running_mean: Tensor | None  # (num_features,)
    running_var: Tensor | None  # (num_features,)
    num_batches_tracked: Tensor | None  # int64, ()

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, *, bias: bool = True,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.num_features = whole(num_features, f"{name}, argument num_features")
        if momentum is not None and not 0 <= momentum <= 1:
            raise ArgumentError("layers.momentum", f"{name}, argument momentum", got=momentum)
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        size, kind = self.num_features, default_dtype()
        self.register_parameter("weight", Parameter(wrap(np.ones(size, kind))) if affine else None)
        self.register_parameter("bias", Parameter(wrap(np.zeros(size, kind))) if affine and bias else None)
        self.register_buffer("running_mean", wrap(np.zeros(size, kind)) if track_running_stats else None)
        self.register_buffer("running_var", wrap(np.ones(size, kind)) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", wrap(np.zeros((), np.int64)) if track_running_stats else None)

    def forward(self, input: Tensor) -> Tensor:
        """`input` normalised by the batch in training, by the running statistics otherwise.

        Raises:
            ShapeError: for an input of another rank, or with another number of channels.
            DataError: in training, for one number a channel.
        """
        x = as_tensor(input)
        shape = x.shape
        if len(shape) not in self.ranks:
            raise ShapeError("layers.rank", type(self).__name__, shape=shape, want=self.shapes)
        if shape[1] != self.num_features:
            raise ShapeError(
                "layers.channels", type(self).__name__, channels=shape[1], shape=shape, want=self.num_features
            )
        mean, var, seen = self.running_mean, self.running_var, self.num_batches_tracked
        training = self.training or mean is None
        if self.training:
            note(self)
        elif asleep:
            note_asleep(self)
        momentum: float | Tensor = 0.0 if self.momentum is None else self.momentum
        if self.training and mean is not None and seen is not None and self.momentum is None:
            momentum = 1.0 / (seen + 1).to(mean.dtype)  # the plain average of all batches so far
        y = batch_norm(x, mean, var, self.weight, self.bias, training, momentum, self.eps)
        if self.training and seen is not None and 0 not in shape:
            with no_grad():
                seen.add_(1)
        return y

    def reset_running_stats(self) -> None:
        """Forget what was seen: mean 0, variance 1, no batches."""
        with no_grad():
            for buffer, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
                if buffer is not None:
                    buffer.fill_(value)

    def extra_repr(self) -> str:
        """Sizes and options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(BatchNorm):
    """Batch norm of rows or sequences: every feature with mean 0 and variance 1 over the batch, scaled and shifted.

    y = γ (x - μ) / √(σ² + ε) + β

    In training μ and σ² (divided by n) are those of the batch; the running statistics, whose variance is divided by
    n - 1, move towards them by `momentum`. In evaluation mode the running statistics are used: what one row becomes
    never depends on its neighbours. A bias of the layer before is taken away again by μ and can be left out.

    Args:
        num_features: C, the size of axis 1 of the input.
        eps: added to the variance; default 1e-5.
        momentum: the share of each new batch in the running statistics, 0 … 1, default 0.1; None averages all batches.
        affine: False leaves out γ and β.
        track_running_stats: False keeps no running statistics, and always uses those of the batch.
        bias: False leaves out β.

    Raises:
        ArgumentError: for sizes below 1, or a momentum outside 0 … 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.BatchNorm1d(1)(cr.tensor([[1.0], [2.0], [3.0]])).detach()
        tensor([[-1.2247],
                [ 0.    ],
                [ 1.2247]])

    Source:
        S. Ioffe, C. Szegedy, Batch normalization (2015), algorithms 1 and 2.
    """

    ranks = (2, 3)
    shapes = "(N, C), (N, C, L)"

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, *, bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias)


class BatchNorm2d(BatchNorm):
    """Batch norm of images: every channel with mean 0 and variance 1 over batch, rows and columns, scaled and shifted.

    y = γ (x - μ) / √(σ² + ε) + β

    In training μ and σ² (divided by n) are those of the batch; the running statistics, whose variance is divided by
    n - 1, move towards them by `momentum`. In evaluation mode the running statistics are used.

    Args:
        num_features: C, the size of axis 1 of the input (N, C, H, W).
        eps: added to the variance; default 1e-5.
        momentum: the share of each new batch in the running statistics, 0 … 1, default 0.1; None averages all batches.
        affine: False leaves out γ and β.
        track_running_stats: False keeps no running statistics, and always uses those of the batch.
        bias: False leaves out β.

    Raises:
        ArgumentError: for sizes below 1, or a momentum outside 0 … 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.BatchNorm2d(3)(cr.randn(2, 3, 4, 4)).shape
        (2, 3, 4, 4)

    Source:
        S. Ioffe, C. Szegedy, Batch normalization (2015), section 3.2.
    """

    ranks = (4,)
    shapes = "(N, C, H, W)"

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, *, bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias)
