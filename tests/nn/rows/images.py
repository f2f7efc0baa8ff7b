"""Convolution and pooling."""

import numpy as np

from tests.nn.contract import FunctionRow, ModuleRow

IMAGE = (3, 4, 7, 6)
LINE = (3, 4, 9)
ROUNDED = np.round(np.random.default_rng(2).normal(size=IMAGE) * 50) / 50  # apart enough for differences
ROUNDED += np.arange(ROUNDED.size).reshape(IMAGE) * 1e-4


def both(name, *args, **kwargs):
    return ModuleRow(name, args, kwargs, (LINE if name.endswith("1d") else IMAGE,))


def apart(name, *args, **kwargs):
    return ModuleRow(name, args, kwargs, (ROUNDED[..., 0] if name.endswith("1d") else ROUNDED,))


MODULES = [
    both("Conv2d", 4, 5, 3), both("Conv2d", 4, 5, (3, 2), stride=(2, 1), padding=(1, 0)),
    both("Conv2d", 4, 6, 3, padding="same", dilation=(2, 1), groups=2),
    both("Conv2d", 4, 5, 3, padding="valid", bias=False), both("Conv2d", 4, 5, 1), both("Conv2d", 4, 5, 1, stride=2),
    both("Conv2d", 4, 5, 1, padding=1), both("Conv2d", 4, 4, 3, groups=4, padding=1),
    both("Conv2d", 4, 8, 3, stride=2, groups=4), both("Conv2d", 4, 2, (7, 6)), both("Conv2d", 4, 2, 2, stride=2),
    ModuleRow("Conv2d", (1, 3, 3), {"padding": 1}, ((2, 1, 6, 5),)),
    ModuleRow("Conv2d", (8, 3, 3), {"padding": 1}, ((2, 8, 6, 5),)),
    ModuleRow("Conv2d", (16, 4, 3), {"groups": 2}, ((2, 16, 4, 5),)),
    both("Conv1d", 4, 5, 3), both("Conv1d", 4, 6, 3, stride=2, padding=2, dilation=2, groups=2),
    both("Conv1d", 4, 5, 3, padding="same", bias=False), both("Conv1d", 4, 5, 1),
    both("ConvTranspose2d", 4, 5, 3), both("ConvTranspose2d", 4, 5, 2, stride=2, bias=False),
    both("ConvTranspose2d", 4, 6, (3, 2), stride=(3, 2), padding=(2, 1), output_padding=1, groups=2, dilation=(2, 1)),
    both("ConvTranspose2d", 4, 4, 3, stride=2, padding=1, output_padding=1, groups=4),
    both("ConvTranspose2d", 4, 3, 1, padding=1),
    apart("MaxPool2d", 2), apart("MaxPool2d", 3, stride=1, padding=1), apart("MaxPool2d", (3, 2), dilation=(1, 2)),
    apart("MaxPool2d", 3, stride=2, padding=1, ceil_mode=True), apart("MaxPool2d", 2, return_indices=True),
    apart("MaxPool1d", 2), apart("MaxPool1d", 3, stride=2, padding=1, dilation=2, ceil_mode=True),
    both("AvgPool2d", 2), both("AvgPool2d", 3, stride=1, padding=1), both("AvgPool2d", (3, 2), count_include_pad=False),
    both("AvgPool2d", 3, stride=2, padding=1, ceil_mode=True),
    both("AvgPool2d", 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    both("AvgPool2d", 2, divisor_override=3),
    both("AvgPool1d", 2), both("AvgPool1d", 3, stride=2, padding=1, ceil_mode=True),
    both("AdaptiveAvgPool2d", 1), both("AdaptiveAvgPool2d", (3, 4)), both("AdaptiveAvgPool2d", (None, 9)),
    both("AdaptiveAvgPool1d", 1), both("AdaptiveAvgPool1d", 4),
]

FUNCTIONS = [
    FunctionRow("conv2d", (IMAGE, (5, 4, 3, 3), (5,)), {"padding": 1}),
    FunctionRow("conv2d", (IMAGE, (6, 2, 3, 2)), {"stride": 2, "groups": 2}),
    FunctionRow("conv2d", (IMAGE, (5, 4, 1, 1), (5,))),
    FunctionRow("conv1d", (LINE, (5, 4, 3), (5,)), {"padding": "same"}),
    FunctionRow("conv1d", (LINE, (6, 2, 3)), {"dilation": 2, "groups": 2}),
    FunctionRow("conv_transpose2d", (IMAGE, (4, 5, 3, 2), (5,)), {"stride": 2, "padding": 1, "output_padding": 1}),
    FunctionRow("conv_transpose2d", (IMAGE, (4, 3, 2, 2)), {"groups": 2}),
    FunctionRow("max_pool2d", (ROUNDED,), {"kernel_size": 2}),
    FunctionRow("max_pool2d", (ROUNDED,), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    FunctionRow("max_pool1d", (ROUNDED[..., 0],), {"kernel_size": 2, "stride": 1, "dilation": 2}),
    FunctionRow("avg_pool2d", (IMAGE,), {"kernel_size": 2}),
    FunctionRow("avg_pool2d", (IMAGE,), {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    FunctionRow("avg_pool1d", (LINE,), {"kernel_size": 3, "padding": 1, "ceil_mode": True}),
    FunctionRow("adaptive_avg_pool2d", (IMAGE,), {"output_size": (3, 4)}),
    FunctionRow("adaptive_avg_pool2d", (IMAGE,), {"output_size": 1}),
    FunctionRow("adaptive_avg_pool1d", (LINE,), {"output_size": 4}),
]
