"""Dropout: units left out at random while training."""

from chainrule.errors import ArgumentError
from chainrule.tape.apply import value_of
from chainrule.tape.control import module_control
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.random import Generator, default_generator
from chainrule.tensors.tensor import Tensor


def dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, generator: Generator | None = None
) -> Tensor:
    """Each number replaced by 0 with probability p while training, the others divided by 1 - p.

    y = x · keep / (1 - p), with keep = (u >= p) and u uniform in [0, 1)

    So the mean stays what it was, and nothing has to be done in prediction (inverted dropout). The older form keeps the
    numbers as they are while training and multiplies by 1 - p in prediction: the same up to the scale of a step.

    Args:
        input: any shape.
        p: the probability of leaving a number out, 0 ≤ p < 1; default 0.5.
        training: False gives the input back.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.
        generator: the stream of the draws; default the one `manual_seed` sets.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ArgumentError: for p below 0, or of 1 and more.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> y = F.dropout(cr.ones(1000), p=0.25)
        >>> sorted(set(y.tolist())), bool(abs(y.mean() - 1) < 0.1)
        ([0.0, 1.3333333730697632], True)

    Source:
        N. Srivastava et al., Dropout (2014), sections 4 and 10.
    """
    return _dropped(input, p, training, generator, channels=False, where="dropout")


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, generator: Generator | None = None
) -> Tensor:
    """Whole channels of sequences left out: dropout with one draw for each (N, C).

    Args:
        input: (N, C, L), or (C, L) for one sequence.
        p: the probability of leaving a channel out, 0 ≤ p < 1; default 0.5.
        training: False gives the input back.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.
        generator: the stream of the draws; default the one `manual_seed` sets.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ArgumentError: for p below 0, or of 1 and more.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.dropout1d(cr.ones(2, 3, 4), p=0.5).amax(-1).shape
        (2, 3)

    Source:
        J. Tompson et al., Efficient object localization using convolutional networks (2015), section 3.2.
    """
    return _dropped(input, p, training, generator, channels=True, where="dropout1d")


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, generator: Generator | None = None
) -> Tensor:
    """Whole channels of images left out: dropout with one draw for each (N, C).

    Args:
        input: (N, C, H, W).
        p: the probability of leaving a channel out, 0 ≤ p < 1; default 0.5.
        training: False gives the input back.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.
        generator: the stream of the draws; default the one `manual_seed` sets.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ArgumentError: for p below 0, or of 1 and more.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.dropout2d(cr.ones(2, 3, 4, 4), p=0.5).shape
        (2, 3, 4, 4)

    Source:
        J. Tompson et al., Efficient object localization using convolutional networks (2015), section 3.2.
    """
    return _dropped(input, p, training, generator, channels=True, where="dropout2d")


def checked_probability(p: float, where: str) -> float:
    """A probability with which numbers can be left out."""
    if not 0 <= p < 1:
        raise ArgumentError("layers.probability", f"{where}, argument p", got=p)
    return p


def _dropped(
    input: Tensor, p: float, training: bool, generator: Generator | None, channels: bool, where: str
) -> Tensor:
    checked_probability(p, where)
    if not training or p == 0:
        return as_tensor(input)
    x = floating(as_tensor(input))
    stream = default_generator if generator is None else generator
    if channels:
        kept = min(2, max(1, x.ndim - 1))  # (N, C), or (C,) of a single sequence
        u = stream.uniform(x.shape[:kept] + (1,) * (x.ndim - kept))
    else:
        u = _uniform(x, stream)
    return _dropout(x, u, module_control("p", p))  # type: ignore[no-any-return]  # a region gives what its function gives


def _uniform(x: Tensor, stream: Generator) -> Tensor:
    """One draw for each number, lying in memory as the numbers do: images stay (N, H, W, C)."""
    if x.ndim < 3:
        return stream.uniform(x.shape)
    order = value_of(x).order  # axes, slowest first
    back = tuple(sorted(range(x.ndim), key=order.__getitem__))
    return stream.uniform(tuple(x.shape[axis] for axis in order)).permute(back)


@region("dropout")
def _dropout(x: Tensor, u: Tensor, p: float) -> tuple[Tensor, Tensor]:
    keep = u >= p
    return x * keep / (1.0 - p), keep


@_dropout.derivative
def _(d: Tensor, x: Tensor, u: Tensor, p: float, y: Tensor, keep: Tensor) -> tuple[Tensor, None, None]:
    return d * keep / (1.0 - p), None, None
