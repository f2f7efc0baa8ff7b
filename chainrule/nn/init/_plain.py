"""Constants and plain distributions, written into a tensor."""

from math import erf, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError, DtypeError
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, default_generator
from chainrule.tensors.tensor import Tensor


def filled(tensor: Tensor, numbers: Any, where: str) -> Tensor:
    """The tensor, its numbers replaced in its own memory."""
    if not isinstance(tensor, Tensor):
        raise DtypeError("layers.init_tensor", where, got=type(tensor).__name__)
    with no_grad():
        return tensor.copy_(wrap(np.asarray(numbers).astype(tensor.dtype)))


def stream(generator: Generator | None) -> np.random.Generator:
    """NumPy's generator at the next draw of a stream."""
    return (default_generator if generator is None else generator).numpy()


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere.

    Args:
        tensor: changed in place.
        val: the number.

    Returns:
        Tensor: `tensor` itself.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.init.constant_(cr.zeros(2), 0.1)
        tensor([0.1, 0.1])
    """
    return filled(tensor, val, "constant_")


def zeros_(tensor: Tensor) -> Tensor:
    """Zero everywhere.

    Args:
        tensor: changed in place.

    Returns:
        Tensor: `tensor` itself.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.init.zeros_(cr.ones(2))
        tensor([0., 0.])
    """
    return filled(tensor, 0, "zeros_")


def ones_(tensor: Tensor) -> Tensor:
    """One everywhere.

    Args:
        tensor: changed in place.

    Returns:
        Tensor: `tensor` itself.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.init.ones_(cr.zeros(2))
        tensor([1., 1.])
    """
    return filled(tensor, 1, "ones_")


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Numbers of which all from a to b are equally likely.

    Args:
        tensor: changed in place.
        a: the lower end; default 0.
        b: the upper end; default 1.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> bool((nn.init.uniform_(cr.zeros(100), 2.0, 3.0) >= 2.0).all())
        True
    """
    return filled(tensor, stream(generator).uniform(a, b, np.shape(tensor)), "uniform_")


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Numbers of the normal distribution N(mean, std²).

    Args:
        tensor: changed in place.
        mean: the middle; default 0.
        std: the standard deviation; default 1.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.init.normal_(cr.zeros(2, 3), std=0.01).shape
        (2, 3)
    """
    return filled(tensor, mean + std * stream(generator).standard_normal(np.shape(tensor)), "normal_")


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Numbers of the normal distribution N(mean, std²) that lie from a to b: what lies outside is drawn again.

    The limits are numbers, not multiples of `std`; the spread of what is left is smaller than `std`.

    Args:
        tensor: changed in place.
        mean: the middle of the whole distribution; default 0.
        std: the standard deviation of the whole distribution, above 0; default 1.
        a: the lower limit; default -2.
        b: the upper limit; default 2.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ArgumentError: when `std` is not above 0, `a` not below `b`, or both more than 2 `std` to one side of `mean`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> bool((nn.init.trunc_normal_(cr.zeros(1000)).abs() <= 2).all())
        True
    """
    if not (std > 0 and a < b and a - mean <= 2 * std and mean - b <= 2 * std):
        raise ArgumentError("layers.init_spread", "trunc_normal_", std=std, low=a, high=b, mean=mean)
    draw, shape = stream(generator), np.shape(tensor)
    low, high = (a - mean) / std, (b - mean) / std
    found: npt.NDArray[np.float64] = np.empty(0)
    count = int(np.prod(shape))
    while found.size < count:
        found = np.concatenate([found, _between(draw, low, high, count - found.size)])
    return filled(tensor, (mean + std * found[:count]).reshape(shape), "trunc_normal_")


def _between(draw: np.random.Generator, low: float, high: float, missing: int) -> npt.NDArray[np.float64]:
    """About as many standard normal draws between two limits as are missing."""
    if high - low < 2:  # few normal draws fall into a narrow interval: uniform ones, kept by their density
        x = draw.uniform(low, high, 2 * missing + 8)
        top = min(max(0.0, low), high)  # where the density is largest
        return x[draw.random(x.size) < np.exp((top * top - x * x) / 2)]
    kept = (erf(high / sqrt(2)) - erf(low / sqrt(2))) / 2  # the share that falls between them
    x = draw.standard_normal(int(missing / kept * 1.1) + 8)
    return x[(x >= low) & (x <= high)]
