"""Activations that multiply a number by how open its gate is: GELU, SiLU, Mish, hard swish."""

from chainrule.errors import ArgumentError
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor

_SQRT_HALF = 0.7071067811865476  # 1 / sqrt(2)
_NORMAL_TOP = 0.3989422804014327  # 1 / sqrt(2 pi): the density of the normal distribution at 0
_SQRT_TWO_OVER_PI = 0.7978845608028654
_CUBE = 0.044715  # Hendrycks and Gimpel 2016, section 2


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """A number times the probability that a standard normal draw lies below it.

    a = z Φ(z); with `approximate="tanh"` a = z (1 + tanh(√(2/π) (z + 0.044715 z³))) / 2

    Args:
        input: any shape.
        approximate: "none" (default) for the exact form, "tanh" for the older approximation.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ArgumentError: for another `approximate`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.gelu(cr.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.1587,  0.    ,  0.8413])

    Source:
        D. Hendrycks, K. Gimpel, Gaussian error linear units (2016).
    """
    if approximate not in ("none", "tanh"):
        known = '"none", "tanh"'
        raise ArgumentError("layers.choice", "gelu, argument approximate", got=repr(approximate), known=known)
    z = floating(as_tensor(input))
    return _gelu(z) if approximate == "none" else _gelu_tanh(z)  # type: ignore[no-any-return]  # what its function gives


@region("gelu")
def _gelu(z: Tensor) -> tuple[Tensor, Tensor]:
    below = ((z * _SQRT_HALF).erf() + 1.0) * 0.5  # Φ(z)
    return z * below, below


@_gelu.derivative
def _(d: Tensor, z: Tensor, a: Tensor, below: Tensor) -> tuple[Tensor]:
    return (d * (below + z * ((z * z * -0.5).exp() * _NORMAL_TOP)),)


@region("gelu_tanh")
def _gelu_tanh(z: Tensor) -> tuple[Tensor, Tensor]:
    t = ((z + z * z * z * _CUBE) * _SQRT_TWO_OVER_PI).tanh()
    return z * (t + 1.0) * 0.5, t


@_gelu_tanh.derivative
def _(d: Tensor, z: Tensor, a: Tensor, t: Tensor) -> tuple[Tensor]:
    inner = (z * z * (3.0 * _CUBE) + 1.0) * _SQRT_TWO_OVER_PI
    return (d * ((t + 1.0) + z * (1.0 - t * t) * inner) * 0.5,)


def silu(input: Tensor) -> Tensor:
    """A number times its sigmoid, also called swish.

    a = z σ(z)

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, above -0.2785.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.silu(cr.tensor([-1000.0, 0.0, 1.0]))
        tensor([-0.    ,  0.    ,  0.7311])

    Source:
        S. Elfwing, E. Uchibe, K. Doya, Sigmoid-weighted linear units (2018).
    """
    return _silu(floating(as_tensor(input)))  # type: ignore[no-any-return]


@region("silu")
def _silu(z: Tensor) -> tuple[Tensor, Tensor]:
    s = z.sigmoid()
    return z * s, s


@_silu.derivative
def _(d: Tensor, z: Tensor, a: Tensor, s: Tensor) -> tuple[Tensor]:
    return (d * (s * (1.0 + z * (1.0 - s))),)


def mish(input: Tensor) -> Tensor:
    """A number times the tanh of its softplus.

    a = z tanh(ln(1 + e^z))

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, above -0.3089.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.mish(cr.tensor([0.0, 1.0]))
        tensor([0.    , 0.8651])

    Source:
        D. Misra, Mish: a self regularized non-monotonic activation function (2020).
    """
    return _mish(floating(as_tensor(input)))  # type: ignore[no-any-return]


@region("mish")
def _mish(z: Tensor) -> tuple[Tensor, Tensor]:
    t = (z.maximum(0) + (-z.abs()).exp().log1p()).tanh()
    return z * t, t


@_mish.derivative
def _(d: Tensor, z: Tensor, a: Tensor, t: Tensor) -> tuple[Tensor]:
    return (d * (t + z * z.sigmoid() * (1.0 - t * t)),)


def hardswish(input: Tensor) -> Tensor:
    """SiLU drawn with straight lines: a number times its hard sigmoid.

    a = z · min(max(z + 3, 0), 6) / 6

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, at least -0.375.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.hardswish(cr.tensor([-1.5, 0.0, 1.5, 4.0]))
        tensor([-0.375,  0.   ,  1.125,  4.   ])

    Source:
        A. Howard et al., Searching for MobileNetV3 (2019).
    """
    return _hardswish(floating(as_tensor(input)))  # type: ignore[no-any-return]


@region("hardswish")
def _hardswish(z: Tensor) -> Tensor:
    return z * ((z + 3.0).maximum(0).minimum(6) / 6.0)


@_hardswish.derivative
def _(d: Tensor, z: Tensor, a: Tensor) -> tuple[Tensor]:
    bent = d * (z / 3.0 + 0.5)
    return (d.where(z > 3, bent.where(z > -3, 0.0)),)
