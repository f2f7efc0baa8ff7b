"""Cutting gradients back: by the norm of all of them together, or element by element."""

from collections.abc import Iterable
from math import inf
from typing import Any

from chainrule.errors import ArgumentError, DtypeError, GradientError
from chainrule.optim.ranges import as_number
from chainrule.tape.mode import mode, no_grad
from chainrule.tape.region import region
from chainrule.tensors.creation import zeros
from chainrule.tensors.tensor import Tensor


@region("square_sum", compiled=True)
def _square_sum(g: Tensor) -> Tensor:
    return (g * g).sum()


@region("power_sum", compiled=True)
def _power_sum(g: Tensor, power: float) -> Tensor:
    return (g.abs() ** power).sum()


@region("clip_share", compiled=True)
def _share(norm: Tensor, max_norm: float) -> Tensor:
    # Not max_norm / (norm + 1e-6) as in PyTorch: the norm shall be max_norm afterwards, a short gradient stay as it is.
    return max_norm / norm.maximum(max_norm)


@region("clip_norm", compiled=True)
def _shortened(g: Tensor, share: Tensor) -> Tensor:
    return share * g


@region("clip_value", compiled=True)
def _bounded(g: Tensor, bound: float) -> Tensor:
    return g.maximum(-bound).minimum(bound)


@no_grad()
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Shorten all gradients by the same share, so that together they are no longer than `max_norm`.

    g ← g · max_norm / max(‖g‖, max_norm),  ‖g‖ over the elements of all gradients

    Args:
        parameters: a tensor, or tensors; those without a gradient are left out.
        max_norm: above 0; `float("inf")` measures and changes nothing.
        norm_type: 2 for the Euclidean norm, any p ≥ 1, or `float("inf")` for the largest magnitude.
        error_if_nonfinite: refuse a norm that is infinite or NaN. A step that does so cannot be recorded.

    Returns:
        Tensor: the norm before clipping, one number.

    Raises:
        ArgumentError: a limit or norm that is none.
        DtypeError: something that is no tensor.
        GradientError: a norm that is not finite, and `error_if_nonfinite`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> w = nn.Parameter(cr.tensor([3.0, 4.0]))
        >>> (w * w / 2).sum().backward()
        >>> nn.utils.clip_grad_norm_([w], max_norm=1.0), w.grad
        (tensor(5.), tensor([0.6, 0.8]))

    Source:
        R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks (2013), algorithm 1.
    """
    limit = as_number(max_norm, "clip_grad_norm_, argument max_norm")
    power = as_number(norm_type, "clip_grad_norm_, argument norm_type")
    if not limit > 0:
        raise ArgumentError("optim.max_norm", "clip_grad_norm_, argument max_norm", got=max_norm)
    if not power >= 1:
        raise ArgumentError("optim.norm_type", "clip_grad_norm_, argument norm_type", got=norm_type)
    owners = _with_gradients(parameters, "clip_grad_norm_")
    if not owners:
        return zeros(())
    norm = _norm([owner.grad for owner in owners], power)
    if error_if_nonfinite and not bool(norm.isfinite()):
        raise GradientError("optim.nonfinite", "clip_grad_norm_", got=norm.item())
    if limit < inf:
        share = _share(norm, _control("max_norm", limit))
        for owner in owners:
            gradient = owner.grad
            assert gradient is not None
            # A new tensor: the old array may be that of another gradient too.
            owner.grad = _shortened(gradient, share.to(gradient.dtype))
    return norm


@no_grad()
def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Hold every element of every gradient between -clip_value and clip_value; this changes their direction.

    Args:
        parameters: a tensor, or tensors; those without a gradient are left out.
        clip_value: at least 0.

    Raises:
        ArgumentError: a negative limit.
        DtypeError: something that is no tensor.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> w = nn.Parameter(cr.tensor([3.0, -0.5]))
        >>> (w * w / 2).sum().backward()
        >>> nn.utils.clip_grad_value_([w], 1.0)
        >>> w.grad
        tensor([ 1. , -0.5])
    """
    bound = as_number(clip_value, "clip_grad_value_, argument clip_value")
    if not bound >= 0:
        raise ArgumentError("optim.clip_value", "clip_grad_value_, argument clip_value", got=clip_value)
    bound = _control("clip_value", bound)
    for owner in _with_gradients(parameters, "clip_grad_value_"):
        assert owner.grad is not None
        owner.grad = _bounded(owner.grad, bound)


def _with_gradients(parameters: Any, where: str) -> list[Tensor]:
    found = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for place, owner in enumerate(found):
        if not isinstance(owner, Tensor):
            raise DtypeError("optim.not_parameter", f"{where}, parameters[{place}]", got=type(owner).__name__)
    return [owner for owner in found if owner.grad is not None]


def _norm(gradients: list[Any], power: float) -> Tensor:
    if power == inf:
        norm = gradients[0].abs().amax()
        for gradient in gradients[1:]:
            norm = norm.maximum(gradient.abs().amax())
        return norm  # type: ignore[no-any-return]  # a list of gradients, none of them None
    parts = [_square_sum(gradient) if power == 2 else _power_sum(gradient, power) for gradient in gradients]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total.sqrt() if power == 2 else total ** (1 / power)  # type: ignore[no-any-return]


def _control(name: str, number: float) -> Any:
    """The number; in a recording a control, with a number of its own for every call."""
    recorder = mode.recorder
    if recorder is None:
        return number
    calls = sum(recorder.values[i].name.startswith(f"{name}[") for i in recorder.controls)
    return recorder.control(f"{name}[{calls}]", number)
