"""What all norms share: numbers brought to mean 0 and variance 1 over some axes, then scaled and shifted."""

from math import prod

from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor

Axes = tuple[int, ...]


@region("normalize", outputs=3)
def normalize(x: Tensor, eps: float, *, axes: Axes) -> tuple[Tensor, Tensor, Tensor]:
    """x̂ = (x - μ) / √(σ² + ε) over `axes`; with it μ and σ², their axes kept with size 1."""
    # Distances from one of the numbers: where all are equal they are 0, exactly, however large the numbers are.
    one = x.slice(tuple(("slice", 0, 1, None) if i in axes else ("slice", None, None, None) for i in range(x.ndim)))
    off = x - one
    mean = off.mean(axes, keepdim=True)
    centred = off - mean
    var = (centred * centred).mean(axes, keepdim=True)
    return centred / (var + eps).sqrt(), mean + one, var


@normalize.derivative
def normalize_slopes(
    d: Tensor | None, d_mean: Tensor | None, d_var: Tensor | None, x: Tensor, eps: float,
    xhat: Tensor, mean: Tensor, var: Tensor, *, axes: Axes,
) -> tuple[Tensor, None]:
    """dx = (d - mean(d) - x̂ mean(d x̂)) / √(σ² + ε), and what arrives at μ and σ²."""
    s = (var + eps).sqrt()
    parts = []
    if d is not None:
        parts.append((d - d.mean(axes, keepdim=True) - xhat * (d * xhat).mean(axes, keepdim=True)) / s)
    count = prod(x.shape[axis] for axis in axes)
    if d_mean is not None:
        parts.append((d_mean / count).expand(x.shape))
    if d_var is not None:
        parts.append(xhat * (s * d_var * (2.0 / count)))
    return sum(parts[1:], parts[0]), None


def scale_and_shift(xhat: Tensor, weight: Tensor | None, bias: Tensor | None, shape: tuple[int, ...]) -> Tensor:
    """x̂ γ + β, with γ and β in a shape that stretches to that of x̂; either may be left out."""
    scaled = xhat if weight is None else xhat * weight.reshape(shape)
    return scaled if bias is None else scaled + bias.reshape(shape)


def scale_and_shift_slopes(
    d: Tensor, xhat: Tensor, weight: Tensor | None, bias: Tensor | None, shape: tuple[int, ...]
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The gradients of x̂, γ and β."""
    dweight = None if weight is None else (d * xhat).sum_to(shape).reshape(weight.shape)
    dbias = None if bias is None else d.sum_to(shape).reshape(bias.shape)
    return d if weight is None else d * weight.reshape(shape), dweight, dbias


def channel_shape(rank: int, channels: int) -> tuple[int, ...]:
    """The shape in which one number a channel stretches to (N, channels, …)."""
    return (1, channels) + (1,) * (rank - 2)
