"""Activations that bend exponentially: ELU and its relatives, softplus, the logarithm of sigmoid."""

from chainrule.errors import ArgumentError
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor

# The fixed point of mean 0 and variance 1 (Klambauer et al. 2017, eq. 14), to the last digit of float64.
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """The exponential linear unit.

    a = z for z > 0, else α (e^z - 1)

    Args:
        input: any shape.
        alpha: how far below zero it goes; default 1.

    Returns:
        Tensor: of the shape of `input`, above -α.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.elu(cr.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.    ])

    Source:
        D. Clevert, T. Unterthiner, S. Hochreiter, Fast and accurate deep network learning by ELUs (2016).
    """
    return _elu(floating(as_tensor(input)), alpha)  # type: ignore[no-any-return]  # a region gives what its function gives


@region("elu")
def _elu(z: Tensor, alpha: float) -> Tensor:
    return z.maximum(0) + z.minimum(0).expm1() * alpha


@_elu.derivative
def _(d: Tensor, z: Tensor, alpha: float, a: Tensor) -> tuple[Tensor, None]:
    return d.where(z > 0, d * z.minimum(0).exp() * alpha), None


def selu(input: Tensor) -> Tensor:
    """The self-normalising unit: a scaled ELU that drives activations to mean 0 and variance 1.

    a = λ z for z > 0, else λ α (e^z - 1), with λ ≈ 1.0507, α ≈ 1.6733

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, above -λα ≈ -1.758.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.selu(cr.tensor([-1.0, 1.0]))
        tensor([-1.1113,  1.0507])

    Source:
        G. Klambauer et al., Self-normalizing neural networks (2017), eq. 2.
    """
    return _selu(floating(as_tensor(input)))  # type: ignore[no-any-return]


@region("selu")
def _selu(z: Tensor) -> Tensor:
    return (z.maximum(0) + z.minimum(0).expm1() * _SELU_ALPHA) * _SELU_SCALE


@_selu.derivative
def _(d: Tensor, z: Tensor, a: Tensor) -> tuple[Tensor]:
    d = d * _SELU_SCALE
    return (d.where(z > 0, d * z.minimum(0).exp() * _SELU_ALPHA),)


def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """ELU whose slope has no jump at zero, whatever α.

    a = z for z > 0, else α (e^(z/α) - 1)

    Args:
        input: any shape.
        alpha: how far below zero it goes, above 0; default 1.

    Returns:
        Tensor: of the shape of `input`, above -α.

    Raises:
        ArgumentError: when `alpha` is not above 0.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.celu(cr.tensor([-1.0, 2.0]), alpha=0.5)
        tensor([-0.4323,  2.    ])

    Source:
        J. Barron, Continuously differentiable exponential linear units (2017).
    """
    if not alpha > 0:
        raise ArgumentError("layers.positive", "celu, argument alpha", got=alpha)
    return _celu(floating(as_tensor(input)), alpha)  # type: ignore[no-any-return]


@region("celu")
def _celu(z: Tensor, alpha: float) -> Tensor:
    return z.maximum(0) + (z.minimum(0) / alpha).expm1() * alpha


@_celu.derivative
def _(d: Tensor, z: Tensor, alpha: float, a: Tensor) -> tuple[Tensor, None]:
    return d * (z.minimum(0) / alpha).exp(), None


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ReLU with a round corner; its slope is the sigmoid.

    a = ln(1 + e^(βz)) / β, computed as (max(βz, 0) + ln(1 + e^-|βz|)) / β

    Args:
        input: any shape.
        beta: how sharp the corner is, above 0; default 1.
        threshold: from βz = `threshold` on it is the line itself; default 20.

    Returns:
        Tensor: of the shape of `input`, nowhere negative.

    Raises:
        ArgumentError: when `beta` is not above 0.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.softplus(cr.tensor([-1000.0, 0.0, 1000.0]))
        tensor([   0.    ,    0.6931, 1000.    ])

    Source:
        C. Dugas et al., Incorporating second-order functional knowledge for better option pricing (2001).
    """
    if not beta > 0:
        raise ArgumentError("layers.positive", "softplus, argument beta", got=beta)
    return _softplus(floating(as_tensor(input)), beta, threshold)  # type: ignore[no-any-return]


@region("softplus")
def _softplus(z: Tensor, beta: float, threshold: float) -> Tensor:
    s = z * beta
    return z.where(s > threshold, (s.maximum(0) + (-s.abs()).exp().log1p()) / beta)


@_softplus.derivative
def _(d: Tensor, z: Tensor, beta: float, threshold: float, a: Tensor) -> tuple[Tensor, None, None]:
    s = z * beta
    return d.where(s > threshold, d * s.sigmoid()), None, None


def logsigmoid(input: Tensor) -> Tensor:
    """The logarithm of the sigmoid, exact where the sigmoid itself has become 0.

    a = ln σ(z), computed as min(z, 0) - ln(1 + e^-|z|)

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, nowhere positive.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.logsigmoid(cr.tensor([-1000.0, 0.0]))
        tensor([-1000.    ,    -0.6931])
    """
    return _logsigmoid(floating(as_tensor(input)))  # type: ignore[no-any-return]


@region("logsigmoid")
def _logsigmoid(z: Tensor) -> Tensor:
    return z.minimum(0) - (-z.abs()).exp().log1p()


@_logsigmoid.derivative
def _(d: Tensor, z: Tensor, a: Tensor) -> tuple[Tensor]:
    return (d * (-z).sigmoid(),)
