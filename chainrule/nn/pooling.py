"""Pooling layers: the largest number or the mean of every window."""

from typing import Any

from chainrule.nn.functional._adaptive_pool import adaptive_avg_pool1d, adaptive_avg_pool2d
from chainrule.nn.functional._avg_pool import avg_pool1d, avg_pool2d
from chainrule.nn.functional._images import sizes
from chainrule.nn.functional._max_pool import max_pool1d, max_pool2d
from chainrule.nn.module import Module
from chainrule.tensors.tensor import Tensor


class _MaxPool(Module):
    """What both max poolings keep."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def extra_repr(self) -> str:
        """The window, and how it moves."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest number of every window of a sequence.

    y[n, c, t] = max_k x[n, c, t · stride + k · dilation - padding]

    Args:
        kernel_size: places of a window.
        stride: steps from window to window; default `kernel_size`.
        padding: places of -inf put at both ends, at most half of a window.
        dilation: steps from place to place of a window.
        return_indices: True gives also where each maximum stood.
        ceil_mode: True keeps a last window that reaches beyond the end.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.MaxPool1d(2)(cr.zeros(5, 3, 10)).shape
        (5, 3, 5)
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima (N, C, T) of `input` (N, C, L)."""
        return max_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class MaxPool2d(_MaxPool):
    """The largest number of every window of an image.

    y[n, c, i, j] = max_{k, l} x[n, c, i · stride + k · dilation - padding, …]

    Args:
        kernel_size: rows and columns of a window; one number or (rows, columns), and so for the others.
        stride: steps from window to window; default `kernel_size`.
        padding: rows and columns of -inf put at each side, at most half of a window.
        dilation: steps from place to place of a window.
        return_indices: True gives also where each maximum stood.
        ceil_mode: True keeps last windows that reach beyond the image.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.MaxPool2d(2)(cr.zeros(5, 3, 28, 28)).shape
        (5, 3, 14, 14)
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima (N, C, OH, OW) of `input` (N, C, H, W)."""
        return max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class AvgPool1d(Module):
    """The mean of every window of a sequence.

    y[n, c, t] = Σ_k x[n, c, t · stride + k - padding] / K

    Args:
        kernel_size: places of a window.
        stride: steps from window to window; default `kernel_size`.
        padding: zeros put at both ends, at most half of a window.
        ceil_mode: True keeps a last window that reaches beyond the end.
        count_include_pad: False leaves the zeros of `padding` out of the mean.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.AvgPool1d(2)(cr.zeros(5, 3, 10)).shape
        (5, 3, 5)
    """

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = sizes(kernel_size, 1, "kernel_size", "AvgPool1d")
        self.stride = self.kernel_size if stride is None else sizes(stride, 1, "stride", "AvgPool1d")
        self.padding = sizes(padding, 1, "padding", "AvgPool1d", least=0)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The means (N, C, T) of `input` (N, C, L)."""
        return avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )

    def extra_repr(self) -> str:
        """The window, and how it moves."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The mean of every window of an image.

    y[n, c, i, j] = Σ_{k, l} x[n, c, i · stride + k - padding, …] / (KH · KW)

    Args:
        kernel_size: rows and columns of a window; one number or (rows, columns), and so for the others.
        stride: steps from window to window; default `kernel_size`.
        padding: rows and columns of zeros put at each side, at most half of a window.
        ceil_mode: True keeps last windows that reach beyond the image.
        count_include_pad: False leaves the zeros of `padding` out of the mean.
        divisor_override: divide every sum by this number instead.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.AvgPool2d(2)(cr.zeros(5, 3, 28, 28)).shape
        (5, 3, 14, 14)
    """

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means (N, C, OH, OW) of `input` (N, C, H, W)."""
        return avg_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        """The window, and how it moves."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool1d(Module):
    """Means of as many windows as are wanted, which cover a sequence evenly.

    y[n, c, t] = mean of x[n, c, ⌊t L / T⌋ … ⌈(t + 1) L / T⌉ - 1]

    Args:
        output_size: T, the wanted length; None keeps the length.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.AdaptiveAvgPool1d(4)(cr.zeros(5, 3, 10)).shape
        (5, 3, 4)
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The means (N, C, T) of `input` (N, C, L)."""
        return adaptive_avg_pool1d(input, self.output_size)

    def extra_repr(self) -> str:
        """The wanted length."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool2d(Module):
    """Means of as many windows as are wanted, which cover an image evenly; of one window, the mean of each channel.

    y[n, c, i, j] = mean of x[n, c, ⌊i H / OH⌋ … ⌈(i + 1) H / OH⌉ - 1, …]

    Args:
        output_size: (OH, OW), or one number for both; None in the place of either keeps that size.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.AdaptiveAvgPool2d(1)(cr.zeros(5, 3, 7, 9)).shape
        (5, 3, 1, 1)
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The means (N, C, OH, OW) of `input` (N, C, H, W)."""
        return adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        """The wanted size."""
        return f"output_size={self.output_size}"
