"""Convolutional layers."""

from math import prod, sqrt
from typing import Any

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError
from chainrule.nn.functional._conv import conv1d, conv2d, padding_sides
from chainrule.nn.functional._conv_transpose import conv_transpose2d
from chainrule.nn.functional._images import pair, sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import default_generator
from chainrule.tensors.tensor import Tensor


class _Convolution(Module):
    """What all convolutions own: filters and biases, drawn from U(-1/√fan_in, 1/√fan_in) as in PyTorch."""

    weight: Parameter
    bias: Parameter | None
    rank: int
    turned = False
    output_padding: tuple[int, ...] = (0, 0)

    def _own(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        groups: int, bias: bool, padding_mode: str,
    ) -> None:
        where, rank = type(self).__name__, self.rank
        self.in_channels, = sizes(in_channels, 1, "in_channels", where)
        self.out_channels, = sizes(out_channels, 1, "out_channels", where)
        self.groups, = sizes(groups, 1, "groups", where)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ArgumentError(
                "images.groups", f"{where}, argument groups", groups=groups, inputs=in_channels, outputs=out_channels
            )
        self.kernel_size = sizes(kernel_size, rank, "kernel_size", where)
        self.stride = sizes(stride, rank, "stride", where)
        self.dilation = sizes(dilation, rank, "dilation", where)
        if padding_mode != "zeros":
            raise ArgumentError("images.padding_mode", f"{where}, argument padding_mode", got=padding_mode)
        self.padding_mode = padding_mode
        self.padding: tuple[int, ...] | str
        if isinstance(padding, str) and not self.turned:
            step = pair(self.stride, rank, "stride", where)
            padding_sides(padding, rank, (1, 1), step, (1, 1), where)  # refuses what is unknown
            self.padding = padding
        else:
            self.padding = sizes(padding, rank, "padding", where, least=0)
        outputs, inputs = (in_channels, out_channels) if self.turned else (out_channels, in_channels)
        inner = inputs // groups
        bound = 1 / sqrt(inner * prod(self.kernel_size))
        draw = default_generator.numpy()
        stored = draw.uniform(-bound, bound, (*self.kernel_size, inner, outputs)).astype(default_dtype())
        axes = (rank + 1, rank, *range(rank))
        self.weight = Parameter(wrap(stored.transpose(axes)))
        if bias:
            draw = default_generator.numpy()
            self.bias = Parameter(wrap(draw.uniform(-bound, bound, (out_channels,)).astype(default_dtype())))
        else:
            self.register_parameter("bias", None)

    def extra_repr(self) -> str:
        """Channels, window, and every argument that is not its default."""
        words = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        if self.padding != (0,) * self.rank:
            words.append(f"padding={self.padding}")
        if self.dilation != (1,) * self.rank:
            words.append(f"dilation={self.dilation}")
        if any(self.output_padding):
            words.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            words.append(f"groups={self.groups}")
        if self.bias is None:
            words.append("bias=False")
        return ", ".join(words)


class Conv1d(_Convolution):
    """Filters that slide over sequences.

    z[n, o, t] = b[o] + Σ_{c, k} weight[o, c, k] x[n, c, t · stride + k · dilation - padding]

    Args:
        in_channels: channels of the input, at least 1.
        out_channels: filters, at least 1.
        kernel_size: places of a filter.
        stride: steps from window to window.
        padding: zeros at both ends, `"same"` or `"valid"`.
        dilation: steps from place to place of a filter.
        groups: so many parts of the channels are filtered apart; divides both numbers of channels.
        bias: False leaves b out.
        padding_mode: `"zeros"`.

    Raises:
        ArgumentError: for sizes below 1, groups that do not divide the channels, an unknown padding.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Conv1d(2, 4, 3, padding=1)(cr.zeros(5, 2, 10)).shape
        (5, 4, 10)
    """

    rank = 1  # of weight (outputs, inputs / groups, K); in memory (K, inputs / groups, outputs)

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        self._own(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)

    def forward(self, input: Tensor) -> Tensor:
        """Filtered sequences (N, outputs, T) of `input` (N, C, L)."""
        return conv1d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Conv2d(_Convolution):
    """Filters that slide over images.

    z[n, o, i, j] = b[o] + Σ_{c, k, l} weight[o, c, k, l] x[n, c, i · stride + k · dilation - padding, …]

    Args:
        in_channels: channels of the input, at least 1.
        out_channels: filters, at least 1.
        kernel_size: rows and columns of a filter; one number or (rows, columns), and so for the others.
        stride: steps from window to window.
        padding: zeros at each side, `"same"` or `"valid"`.
        dilation: steps from place to place of a filter.
        groups: so many parts of the channels are filtered apart; divides both numbers of channels.
        bias: False leaves b out.
        padding_mode: `"zeros"`.

    Raises:
        ArgumentError: for sizes below 1, groups that do not divide the channels, an unknown padding.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Conv2d(1, 8, 3, padding=1)(cr.zeros(5, 1, 28, 28)).shape
        (5, 8, 28, 28)

    Source:
        Y. LeCun et al., Gradient-based learning applied to document recognition (1998), section II.
    """

    rank = 2  # of weight (outputs, inputs / groups, KH, KW); in memory (KH, KW, inputs / groups, outputs)

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        self._own(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)

    def forward(self, input: Tensor) -> Tensor:
        """Filtered images (N, outputs, OH, OW) of `input` (N, C, H, W)."""
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class ConvTranspose2d(_Convolution):
    """Filters laid down on a larger image, each weighted by one number of the input, and added up.

    z[n, o, i · stride + k · dilation - padding, …] += Σ_c weight[c, o, k, l] x[n, c, i, j]

    Args:
        in_channels: channels of the input, at least 1.
        out_channels: channels of the result, at least 1.
        kernel_size: rows and columns of a filter; one number or (rows, columns), and so for the others.
        stride: steps from filter to filter in the result.
        padding: rows and columns cut off at each side of the result.
        output_padding: rows and columns put on at the bottom and on the right; below `stride`.
        groups: so many parts of the channels are filtered apart; divides both numbers of channels.
        bias: False leaves b out.
        dilation: steps from place to place of a filter.
        padding_mode: `"zeros"`.

    Raises:
        ArgumentError: for sizes below 1, groups that do not divide the channels, `output_padding` from `stride` on.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.ConvTranspose2d(8, 1, 2, stride=2)(cr.zeros(5, 8, 7, 7)).shape
        (5, 1, 14, 14)

    Source:
        M. Zeiler et al., Deconvolutional networks (2010).
    """

    rank = 2  # of weight (inputs, outputs / groups, KH, KW); in memory (KH, KW, outputs / groups, inputs)
    turned = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        self.output_padding = sizes(output_padding, 2, "output_padding", "ConvTranspose2d", least=0)
        self._own(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        if any(more >= step for more, step in zip(self.output_padding, self.stride, strict=True)):
            where = "ConvTranspose2d, argument output_padding"
            raise ArgumentError("images.output_padding", where, got=output_padding, stride=self.stride)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """Enlarged images.

        Args:
            input: (N, C, H, W).
            output_size: (OH, OW), one of the sizes that a convolution would shrink to H, W; default as constructed.

        Returns:
            Tensor: (N, outputs, OH, OW).

        Raises:
            ArgumentError: for an `output_size` that is not one of them.
        """
        more = self.output_padding if output_size is None else self._more(input.shape[-2:], output_size)
        return conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )

    def _more(self, size: tuple[int, ...], output_size: Any) -> tuple[int, ...]:
        """The `output_padding` that leads to a wanted size."""
        where = "ConvTranspose2d, argument output_size"
        wanted = sizes(tuple(output_size)[-2:], 2, "output_size", "ConvTranspose2d")
        spans = (reach * (span - 1) + 1 for reach, span in zip(self.dilation, self.kernel_size, strict=True))
        pads = sizes(self.padding, 2, "padding", "ConvTranspose2d", least=0)
        low = tuple(
            (length - 1) * step + span - 2 * pad
            for length, step, span, pad in zip(size, self.stride, spans, pads, strict=True)
        )
        more = tuple(asked - least for asked, least in zip(wanted, low, strict=True))
        if any(not 0 <= extra < step for extra, step in zip(more, self.stride, strict=True)):
            high = tuple(least + step - 1 for least, step in zip(low, self.stride, strict=True))
            raise ArgumentError("images.output_size", where, got=wanted, low=low, high=high)
        return more
