"""Losses as a teacher writes them. Each is shown only where it gives the very numbers that the Program gives."""

from collections.abc import Mapping
from math import erf
from typing import Any

import numpy as np

_CLASSES = ("(-Y * log(p)).sum(1)", "(-q * log(p)).sum(1)", "(-y * log(p)).sum(1)")
LOSSES: Mapping[str, tuple[str, ...]] = {
    "bce_with_logits": (
        "-y * log(p) - (1 - y) * log(1 - p)", "-pos_weight * y * log(p) - (1 - y) * log(1 - p)",
        "output_weights * (-y * log(p) - (1 - y) * log(1 - p))",
    ),
    "bce": (
        "-y * log({answer}) - (1 - y) * log(1 - {answer})",
        "output_weights * (-y * log({answer}) - (1 - y) * log(1 - {answer}))",
    ),
    "mse": ("({answer} - y) ** 2",),
    "l1": ("abs({answer} - y)",),
    "huber": (
        "where(abs({answer} - y) <= {delta}, ({answer} - y) ** 2 / 2, {delta} * (abs({answer} - y) - {delta} / 2))",
    ),
    "smooth_l1": (
        "where(abs({answer} - y) < {beta}, ({answer} - y) ** 2 / (2 * {beta}), abs({answer} - y) - {beta} / 2)",
    ),
    "cross_entropy": (
        *_CLASSES, *(f"w * {form}" for form in _CLASSES), *(f"where(y == -100, 0, {form})" for form in _CLASSES),
    ),
    "nll": ("-{answer}[arange({rows}), y]", "-w * {answer}[arange({rows}), y]"),
}
TOTALS = (
    "sum(losses) / sum(weights * w)", "sum(losses) / sum(weights)", "sum(losses) / (sum(weights) * {outputs})",
    "sum(losses) / sum(w)", "mean(losses)", "sum(losses)",
)
SLOPES: Mapping[str, tuple[str, ...]] = {
    "bce_with_logits": ("(p - y)", "((1 - y) * p - pos_weight * y * (1 - p))", "output_weights * (p - y)"),
    "cross_entropy": tuple(f"{w}(p - {target})" for w in ("", "w[:, None] * ") for target in ("Y", "q", "y")),
    "mse": ("2 * ({answer} - y)",),
    "nll": ("-1 * (y[:, None] == arange({outputs}))", "-w[:, None] * (y[:, None] == arange({outputs}))"),
    "l1": ("sign({answer} - y)",),
    "huber": ("clip({answer} - y, -{delta}, {delta})",),
    "smooth_l1": ("clip({answer} - y, -{beta}, {beta})", "clip(({answer} - y) / {beta}, -1, 1)"),
    "bce": ("({answer} - y) / ({answer} * (1 - {answer}))",),
}
ACTIVATIONS: Mapping[str, tuple[str, str]] = {
    "softplus": ("log(1 + exp({z}))", "{da} * sigmoid({z})"),
    "softsign": ("{z} / (1 + abs({z}))", "{da} / (1 + abs({z})) ** 2"),
    "elu": ("where({z} > 0, {z}, exp({z}) - 1)", "{da} * where({z} > 0, 1, exp({z}))"),
    "gelu": (
        "{z} * (1 + erf({z} / sqrt(2))) / 2",
        "{da} * ((1 + erf({z} / sqrt(2))) / 2 + {z} * exp(-{z} ** 2 / 2) / sqrt(2 * pi))",
    ),
}
"""The commonest activations, and dz behind each."""
DIVIDED = (" / {size}", " / {rows}", "", " / sum(w)")
"""What the slope of a loss may be divided by."""
WEIGHED = (" / (sum(weights) * {outputs})", " / sum(weights)", " / sum(weights * w)", "")
"""The same where the rows have weights."""


def loss_forms(function: str) -> tuple[str, ...]:
    """How the losses of the single rows may be written, rows with weights included."""
    forms = LOSSES.get(function, ())
    lead = "weights * " if function == "cross_entropy" else "weights[:, None] * "
    return (*forms, *(lead + (f"({form})" if " - " in form and form[0] == "-" else form) for form in forms))


def slope_forms(function: str) -> tuple[str, ...]:
    """How the derivative of a loss may be written, rows with weights included."""
    forms = SLOPES.get(function, ())
    plain = tuple(form + divided for form in forms for divided in DIVIDED)
    return (*plain, *(f"weights[:, None] * {form}{divided}" for form in forms for divided in WEIGHED))


NORMS: Mapping[str, tuple[str, ...]] = {
    "var": (
        "{x}.var(0)", "{x}.var((0, 2, 3))", "{x}.var(0, keepdims=True)", "{x}.var(-1, keepdims=True)",
        "{x}.var((0, 2, 3), keepdims=True)",
    ),
    "xhat": (
        "({x} - {x}.mean(0)) / sqrt({var} + {eps})", "({x} - {x}.mean(-1, keepdims=True)) / sqrt({var} + {eps})",
        "({x} - {x}.mean((0, 2, 3), keepdims=True)) / sqrt({var} + {eps})",
    ),
    "dscale": tuple(f"({{d}} * {{xhat}}).sum({axes})" for axes in ("0", "(0, 1)", "(0, 2, 3)")),
    "dshift": tuple(f"{{d}}.sum({axes})" for axes in ("0", "(0, 1)", "(0, 2, 3)")),
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
        except (KeyError, NameError, ValueError, IndexError, TypeError):
            continue  # a name that this step does not have, other shapes
        sizes = np.abs(np.asarray(value, dtype=float))
        close = 1e-6 * float(sizes[np.isfinite(sizes)].max(initial=0.0)) + 1e-12
        if np.shape(numbers) == np.shape(value) and np.allclose(numbers, value, rtol=1e-5, atol=close):
            return text
    return None


def computed(text: str, held: Mapping[str, Any]) -> Any:
    """What an expression of ours gives for these numbers."""
    space: dict[str, Any] = {
        name: getattr(np, name)
        for name in ("mean", "sum", "log", "exp", "abs", "sign", "sqrt", "tanh", "maximum", "minimum", "log1p", "where",
                     "expm1", "clip", "pi", "arange")
    }
    space["erf"] = np.vectorize(erf, otypes=[float])
    with np.errstate(all="ignore"):
        return eval(text, {**space, "sigmoid": sigmoid, **held})  # noqa: S307 - our own text


def sigmoid(z: Any) -> Any:
    """1 / (1 + e^-z) without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)
