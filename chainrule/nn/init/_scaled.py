"""Initial weights whose spread follows from the number of inputs and outputs: Glorot, He, LeCun.

The articles print two forms under other names. √(1 / fan_in), called Xavier in the first, is LeCun's:
`lecun_normal_`. √(2 / fan_in), called Xavier in the second too, is He's: `kaiming_normal_` with "relu". Glorot's own
is √(2 / (fan_in + fan_out)): `xavier_normal_`.
"""

from math import prod, sqrt

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.init._plain import filled, stream
from chainrule.tensors.random import Generator
from chainrule.tensors.tensor import Tensor

_GAINS = {
    **dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d", "sigmoid"), 1.0),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1.0),
    "tanh": 5 / 3, "relu": sqrt(2), "selu": 3 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights are to be larger because of the activation behind them.

    Args:
        nonlinearity: "linear", "conv1d" … "conv_transpose3d", "sigmoid" (1), "tanh" (5/3), "relu" (√2),
            "leaky_relu" (√(2 / (1 + slope²))) or "selu" (3/4).
        param: the slope of leaky ReLU; default 0.01.

    Returns:
        float: the factor.

    Raises:
        ArgumentError: for another name.

    Example:
        >>> from chainrule import nn
        >>> round(nn.init.calculate_gain("relu"), 4)
        1.4142

    Source:
        K. He et al., Delving deep into rectifiers (2015), eq. 15.
    """
    if nonlinearity == "leaky_relu":
        return sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        where, known = "calculate_gain, argument nonlinearity", ", ".join([*_GAINS, "leaky_relu"])
        raise ArgumentError("layers.choice", where, got=repr(nonlinearity), known=known)
    return _GAINS[nonlinearity]


def fans(tensor: Tensor, where: str) -> tuple[int, int]:
    """Inputs and outputs of one unit: sizes of axes 1 and 0, times the places of a convolution's kernel."""
    shape = np.shape(tensor)
    if len(shape) < 2:
        raise ShapeError("layers.init_fans", where, shape=shape)
    places = prod(shape[2:])
    return shape[1] * places, shape[0] * places


def _normal(tensor: Tensor, std: float, generator: Generator | None, where: str) -> Tensor:
    return filled(tensor, std * stream(generator).standard_normal(np.shape(tensor)), where)


def _uniform(tensor: Tensor, std: float, generator: Generator | None, where: str) -> Tensor:
    bound = sqrt(3) * std  # the uniform distribution on ±√3 s has the standard deviation s
    return filled(tensor, stream(generator).uniform(-bound, bound, np.shape(tensor)), where)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Glorot's weights, for sigmoid and tanh; also called `glorot_normal_`.

    N(0, s²) with s = gain · √(2 / (fan_in + fan_out))

    The articles call other forms Xavier: √(1 / fan_in) is LeCun's (`lecun_normal_`), √(2 / fan_in) is He's
    (`kaiming_normal_`). All three differ: for 64 inputs and 32 outputs s is 0.1443, 0.125 and 0.1768.

    Args:
        tensor: (outputs, inputs, …), changed in place.
        gain: a factor; default 1.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ShapeError: for fewer than two axes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.init.xavier_normal_(cr.zeros(32, 64)).shape
        (32, 64)

    Source:
        X. Glorot, Y. Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), eq. 12.
    """
    fan_in, fan_out = fans(tensor, "xavier_normal_")
    return _normal(tensor, gain * sqrt(2 / (fan_in + fan_out)), generator, "xavier_normal_")


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Glorot's weights, uniform, for sigmoid and tanh; also called `glorot_uniform_`.

    U(-c, c) with c = gain · √(6 / (fan_in + fan_out)), of standard deviation gain · √(2 / (fan_in + fan_out))

    Args:
        tensor: (outputs, inputs, …), changed in place.
        gain: a factor; default 1.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ShapeError: for fewer than two axes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> bool((nn.init.xavier_uniform_(cr.zeros(2, 4)).abs() <= 1).all())
        True

    Source:
        X. Glorot, Y. Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), eq. 16.
    """
    fan_in, fan_out = fans(tensor, "xavier_uniform_")
    return _uniform(tensor, gain * sqrt(2 / (fan_in + fan_out)), generator, "xavier_uniform_")


def kaiming_normal_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """He's weights, for ReLU and its relatives; also called `he_normal_`.

    N(0, s²) with s = gain / √fan; for ReLU s = √(2 / fan_in)

    Args:
        tensor: (outputs, inputs, …), changed in place.
        a: the slope of leaky ReLU below zero; default 0, which is ReLU.
        mode: "fan_in" (default) keeps the spread of activations, "fan_out" that of gradients.
        nonlinearity: the activation behind the weights, as in `calculate_gain`.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ShapeError: for fewer than two axes.
        ArgumentError: for another `mode` or `nonlinearity`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.init.kaiming_normal_(cr.zeros(32, 64), nonlinearity="relu").shape
        (32, 64)

    Source:
        K. He et al., Delving deep into rectifiers (2015), eq. 10 and 14.
    """
    std = _he(tensor, a, mode, nonlinearity, "kaiming_normal_")
    return _normal(tensor, std, generator, "kaiming_normal_")


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """He's weights, uniform, for ReLU and its relatives; also called `he_uniform_`.

    U(-c, c) with c = gain · √(3 / fan); for ReLU c = √(6 / fan_in)

    Args:
        tensor: (outputs, inputs, …), changed in place.
        a: the slope of leaky ReLU below zero; default 0, which is ReLU.
        mode: "fan_in" (default) keeps the spread of activations, "fan_out" that of gradients.
        nonlinearity: the activation behind the weights, as in `calculate_gain`.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ShapeError: for fewer than two axes.
        ArgumentError: for another `mode` or `nonlinearity`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> bool((nn.init.kaiming_uniform_(cr.zeros(2, 6)).abs() <= 1).all())
        True

    Source:
        K. He et al., Delving deep into rectifiers (2015), eq. 10 and 14.
    """
    std = _he(tensor, a, mode, nonlinearity, "kaiming_uniform_")
    return _uniform(tensor, std, generator, "kaiming_uniform_")


def _he(tensor: Tensor, a: float, mode: str, nonlinearity: str, where: str) -> float:
    fan_in, fan_out = fans(tensor, where)
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError("layers.choice", f"{where}, argument mode", got=repr(mode), known='"fan_in", "fan_out"')
    return calculate_gain(nonlinearity, a) / sqrt(max(1, fan_in if mode == "fan_in" else fan_out))


def lecun_normal_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """LeCun's weights, for SELU: what leaves a layer of linear units spreads as what enters it.

    N(0, s²) with s = √(1 / fan_in), not truncated

    Args:
        tensor: (outputs, inputs, …), changed in place.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ShapeError: for fewer than two axes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.init.lecun_normal_(cr.zeros(32, 64)).shape
        (32, 64)

    Source:
        Y. LeCun et al., Efficient backprop (1998), eq. 16.
    """
    fan_in, _ = fans(tensor, "lecun_normal_")
    return _normal(tensor, sqrt(1 / max(1, fan_in)), generator, "lecun_normal_")


def lecun_uniform_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """LeCun's weights, uniform.

    U(-c, c) with c = √(3 / fan_in), of standard deviation √(1 / fan_in)

    Args:
        tensor: (outputs, inputs, …), changed in place.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ShapeError: for fewer than two axes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> bool((nn.init.lecun_uniform_(cr.zeros(2, 3)).abs() <= 1).all())
        True

    Source:
        Y. LeCun et al., Efficient backprop (1998), eq. 16.
    """
    fan_in, _ = fans(tensor, "lecun_uniform_")
    return _uniform(tensor, sqrt(1 / max(1, fan_in)), generator, "lecun_uniform_")


# The same functions under the family names of their authors, as their papers and Keras have them.
glorot_normal_ = xavier_normal_
glorot_uniform_ = xavier_uniform_
he_normal_ = kaiming_normal_
he_uniform_ = kaiming_uniform_
