"""Losses as a teacher writes them. Each is shown only where it gives the very numbers that the Program gives."""

from collections.abc import Mapping
from typing import Any

import numpy as np

LOSSES: Mapping[str, tuple[str, ...]] = {
    "bce_with_logits": ("-y * log(p) - (1 - y) * log(1 - p)",),
    "bce": ("-y * log({answer}) - (1 - y) * log(1 - {answer})",),
    "mse": ("({answer} - y) ** 2",),
    "cross_entropy": ("(-Y * log(p)).sum(1)", "(-y * log(p)).sum(1)"),
}
TOTALS = ("mean(losses)", "sum(losses)")
SLOPES: Mapping[str, tuple[str, ...]] = {
    "bce_with_logits": ("(p - y) / {size}", "p - y"),
    "cross_entropy": ("(p - Y) / {rows}", "p - Y", "(p - y) / {rows}", "p - y"),
    "mse": ("2 * ({answer} - y) / {size}", "2 * ({answer} - y)"),
    "l1": ("sign({answer} - y) / {size}", "sign({answer} - y)"),
    "bce": ("({answer} - y) / ({answer} * (1 - {answer})) / {size}", "({answer} - y) / ({answer} * (1 - {answer}))"),
}
NORMS: Mapping[str, tuple[str, ...]] = {
    "var": ("{x}.var(0, keepdims=True)", "{x}.var(-1, keepdims=True)", "{x}.var((0, 2, 3), keepdims=True)"),
    "xhat": (
        "({x} - {x}.mean(0)) / sqrt({var} + {eps})", "({x} - {x}.mean(-1, keepdims=True)) / sqrt({var} + {eps})",
        "({x} - {x}.mean((0, 2, 3), keepdims=True)) / sqrt({var} + {eps})",
    ),
    "slope": (
        "{scale} / sqrt({var} + {eps}) * ({d} - {d}.mean(0) - {xhat} * ({d} * {xhat}).mean(0))",
        (
            "({d} * {scale} - ({d} * {scale}).mean(-1, keepdims=True)"
            " - {xhat} * ({d} * {scale} * {xhat}).mean(-1, keepdims=True)) / sqrt({var} + {eps})"
        ),
    ),
}


def fitting(forms: tuple[str, ...], words: Mapping[str, Any], held: Mapping[str, Any], value: Any) -> str | None:
    """The first of some forms, with `words` put in, that gives this value; None where none does."""
    for form in forms:
        try:
            text = form.format(**words)
            numbers = computed(text, held)
        except (KeyError, NameError, ValueError):  # a name that this step does not have, other shapes
            continue
        close = 1e-6 * float(np.abs(value).max(initial=0.0)) + 1e-12
        if np.shape(numbers) == np.shape(value) and np.allclose(numbers, value, rtol=1e-5, atol=close):
            return text
    return None


def computed(text: str, held: Mapping[str, Any]) -> Any:
    """What an expression of ours gives for these numbers."""
    space: dict[str, Any] = {
        name: getattr(np, name)
        for name in ("mean", "sum", "log", "exp", "abs", "sign", "sqrt", "tanh", "maximum", "minimum", "log1p", "where")
    }
    with np.errstate(all="ignore"):
        return eval(text, {**space, "sigmoid": sigmoid, **held})  # noqa: S307 - our own text


def sigmoid(z: Any) -> Any:
    """1 / (1 + e^-z) without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)
