"""Known mistakes where the backward pass begins: the derivative of the loss."""

from collections.abc import Iterator

import numpy as np

from chainrule.glass.examining.derivation import Array, Derivation
from chainrule.glass.examining.suspicion import Suspicion

CLIPS = (1e-15, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def loss_slopes(of: Derivation) -> Iterator[Suspicion]:
    """Every known wrong beginning of this backward pass."""
    start = of.names.slope.get(of.answer)
    if start is None or "y" not in of:
        return
    right = of[start]
    yield from _some_rows(of, start, right)
    function = of.loss.function
    y = of["Y"] if "Y" in of else of["y"]
    if y.shape != of[of.answer].shape:
        return
    if function in ("bce_with_logits", "cross_entropy"):
        yield from _from_logits(of, start, y)
    elif function in ("bce", "mse"):
        yield from _from_answers(of, start, y)


def _some_rows(of: Derivation, start: str, right: Array) -> Iterator[Suspicion]:
    for finding, row in (("first_sample_only", 0), ("last_sample_only", -1)):
        if len(right) > 1:
            alone = np.zeros_like(right)
            alone[row] = right[row]
            yield Suspicion(finding, "loss", {start: alone})
            yield Suspicion(finding, "loss", {start: alone * of.rows})


def _from_logits(of: Derivation, start: str, y: Array) -> Iterator[Suspicion]:
    z, p = of[of.answer], of["p"] if "p" in of else of[of.answer]
    divided = _divisor(of, start, p - y)
    binary = of.loss.function == "bce_with_logits"
    forms: list[tuple[str, Array]] = [
        ("mse_slope_under_cross_entropy", 2 * (p - y) * p * (1 - p)),
        ("mse_slope_under_cross_entropy", (p - y) * p * (1 - p)),
        ("raw_output_instead_of_probability", z - y),
        ("rounded_prediction", np.round(p) - y),
        ("half_of_cross_entropy", -y * (1 - p)),
        ("activation_derivative_missing", (p - y) / np.maximum(p * (1 - p), 1e-300)),
        ("squared_error_as_slope", (p - y) ** 2),
        ("target_missing", p),
    ]
    if not binary:
        e = np.exp(z - z.max(0))
        weighted = (p - y) * p
        forms += [
            ("one_hot_missing", p), ("one_hot_off_by_one", p - np.roll(y, 1, axis=-1)),
            ("one_hot_off_by_one", p - np.roll(y, -1, axis=-1)),
            ("softmax_over_the_rows", e / e.sum(0) - y),
            ("softmax_not_normalized", np.exp(z) - y),
            ("mse_slope_under_cross_entropy", weighted - p * weighted.sum(-1, keepdims=True)),
            ("mse_slope_under_cross_entropy", 2 * (weighted - p * weighted.sum(-1, keepdims=True))),
            ("half_of_cross_entropy", -y * (1 - p)),
            ("sigmoid_instead_of_softmax", 1 / (1 + np.exp(-z)) - y),
        ]
        forms = [row for row in forms if row[0] != "target_missing"]
    else:
        for least in CLIPS:
            held = np.clip(p, least, 1 - least)
            forms.append(("clip_kills_gradient", (held - y) / (held * (1 - held)) * p * (1 - p)))
            forms.append(("clip_kills_gradient", held - y))
            forms.append(("clip_kills_gradient", np.where((p < least) | (p > 1 - least), 0.0, p - y)))
    for finding, slope in forms:
        yield Suspicion(finding, "loss", {start: slope / divided}, {"function": of.loss.function})


def _from_answers(of: Derivation, start: str, y: Array) -> Iterator[Suspicion]:
    """Where an activation stands between the last dense layer and the loss, or none at all."""
    a = of[of.answer]
    number = max(of.dense, default=0)
    dz = of.names.slope.get(f"z{number}")
    error = a - y
    through = number in of.activation and dz is not None and dz != start
    size = float(np.size(a))
    sums = np.allclose(of[start] * (1 if of.loss.function == "bce" else 0.5), _unreduced(of, error), rtol=1e-6)
    divided = 1.0 if sums else size
    if of.loss.function == "mse":
        yield Suspicion("absolute_slope_under_squares", "loss", {start: np.sign(error) / divided})
        yield Suspicion("squared_error_as_slope", "loss", {start: error**2 / divided})
        yield Suspicion("rounded_prediction", "loss", {start: 2 * (np.round(a) - y) / divided})
        if through and dz is not None:
            for factor in (1.0, 2.0):
                yield Suspicion("cross_entropy_slope_under_mse", "loss", {dz: factor * error / divided})
    elif through and dz is not None:
        inner = a * (1 - a)
        for factor in (1.0, 2.0):
            yield Suspicion("mse_slope_under_cross_entropy", "loss", {dz: factor * error * inner / divided})
        yield Suspicion("half_of_cross_entropy", "loss", {dz: -y * (1 - a) / divided})
        for least in CLIPS:
            held = np.clip(a, least, 1 - least)
            yield Suspicion("clip_kills_gradient", "loss", {dz: (held - y) / (held * (1 - held)) * inner / divided})


def _unreduced(of: Derivation, error: Array) -> Array:
    a = of[of.answer]
    return error if of.loss.function == "mse" else error / np.maximum(a * (1 - a), 1e-12)


def _divisor(of: Derivation, start: str, slope: Array) -> float:
    """What the right slope is divided by."""
    right = of[start]
    best = np.unravel_index(np.argmax(np.abs(slope)), slope.shape)
    return float(slope[best] / right[best]) if right[best] else float(of.rows)
