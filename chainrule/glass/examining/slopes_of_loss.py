"""Known mistakes where the backward pass begins: the derivative of the loss."""

from collections.abc import Iterator

import numpy as np

from chainrule.glass.examining.classes import from_classes
from chainrule.glass.examining.derivation import Array, Derivation
from chainrule.glass.examining.suspicion import Suspicion
from chainrule.glass.explaining.teaching import sigmoid

CLIPS = (1e-15, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
_SQUARES, _LOGITS, _CLASSES = "MSELoss", "BCEWithLogitsLoss", "CrossEntropyLoss"


def loss_slopes(of: Derivation) -> Iterator[Suspicion]:
    """Every known wrong beginning of this backward pass."""
    start = of.names.slope.get(of.answer)
    if start is None or "y" not in of:
        return
    function = of.loss.function
    if of["y"].shape == of[of.answer].shape:
        if function == "bce_with_logits":
            yield from _from_logits(of, start, of["y"])
        elif function in ("bce", "mse"):
            yield from _from_answers(of, start, of["y"])
        yield from _of_other_losses(of, start)
        yield from _without_weights(of, start)
        yield from _of_other_rows(of, start)
    elif function == "cross_entropy":
        yield from from_classes(of, start)
    yield from _some_rows(of, start)
    yield Suspicion("sign_lost", "loss", {start: np.abs(of[start])})


def _some_rows(of: Derivation, start: str) -> Iterator[Suspicion]:
    right = of[start]
    if len(right) < 2:
        return
    for finding, row in (("first_sample_only", 0), ("last_sample_only", -1)):
        alone = np.zeros_like(right)
        alone[row] = right[row]
        yield Suspicion(finding, "loss", {start: alone})
        yield Suspicion(finding, "loss", {start: alone * of.rows})
        others = right.copy()
        others[row] = 0
        for factor in (1.0, of.rows / (of.rows - 1)):
            yield Suspicion("sample_missing", "loss", {start: others * factor}, {"row": row % of.rows})


def _of_other_rows(of: Derivation, start: str) -> Iterator[Suspicion]:
    """Targets that belong to other rows: shifted, or in the opposite order."""
    y = of["y"]
    for turned in (np.roll(y, 1, axis=0), np.roll(y, -1, axis=0), y[::-1]):
        slope = of.slope_for_targets(start, turned)
        if slope is not None:
            yield Suspicion("targets_of_other_rows", "loss", {start: slope})


def _without_weights(of: Derivation, start: str) -> Iterator[Suspicion]:
    """Rows, or answers, that the loss weighs and the learner does not."""
    a, y = of[of.answer], of["y"]
    plain = {"mse": 2 * (a - y), "l1": np.sign(a - y), "bce_with_logits": sigmoid(a) - y}.get(of.loss.function)
    if plain is None:
        return
    shares = of[start][plain != 0] / plain[plain != 0]
    if shares.size and np.ptp(shares) > 1e-6 * np.abs(shares).max():
        for size in (a.size, of.rows, 1):
            yield Suspicion("weights_missing", "loss", {start: plain / size})


def _of_other_losses(of: Derivation, start: str) -> Iterator[Suspicion]:
    """The slope of a loss that the Trainer does not have."""
    a, y = of[of.answer], of["y"]
    error, function = a - y, of.loss.function
    shown = {"mse": _SQUARES, "l1": "L1Loss", "huber": "HuberLoss", "bce_with_logits": _LOGITS, "bce": "BCELoss"}
    forms = [
        ("mse", _SQUARES, 2 * error), ("mse", _SQUARES, error), ("l1", "L1Loss", np.sign(error)),
        ("huber", "HuberLoss", np.clip(error, -1, 1)), ("bce_with_logits", _LOGITS, sigmoid(a) - y),
    ]
    if a.ndim == 2 and a.shape[1] > 1:
        e = np.exp(a - a.max(1, keepdims=True))
        forms.append(("cross_entropy", _CLASSES, e / e.sum(1, keepdims=True) - y))
    for other, name, slope in forms:
        if other == function or (function, other) == ("smooth_l1", "huber"):
            continue
        finding = "absolute_slope_under_squares" if (function, other) == ("mse", "l1") else "slope_of_another_loss"
        for size in dict.fromkeys((a.size, of.rows, 1)):
            words = {"other": name, "function": shown.get(function, function)}
            yield Suspicion(finding, "loss", {start: slope / size}, words)


def _from_logits(of: Derivation, start: str, y: Array) -> Iterator[Suspicion]:
    z, p = of[of.answer], sigmoid(of[of.answer])
    share = _share(of[start], p - y)
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
    if z.ndim == 2 and z.shape[1] > 1:
        e = np.exp(z - z.max(1, keepdims=True))
        forms.append(("softmax_instead_of_sigmoid", e / e.sum(1, keepdims=True) - y))
    for least in CLIPS:
        held = np.clip(p, least, 1 - least)
        forms.append(("clip_kills_gradient", (held - y) / (held * (1 - held)) * p * (1 - p)))
        forms.append(("clip_kills_gradient", held - y))
        forms.append(("clip_kills_gradient", np.where((p < least) | (p > 1 - least), 0.0, p - y)))
    for finding, slope in forms:
        yield Suspicion(finding, "loss", {start: slope * share}, {"function": of.loss.function, "number": 0})


def _from_answers(of: Derivation, start: str, y: Array) -> Iterator[Suspicion]:
    """Where an activation stands between the last dense layer and the loss, or none at all."""
    a = of[of.answer]
    number = max(of.dense, default=0)
    stage = of.activation.get(number)
    dz = of.names.slope.get(f"z{number}") if of.output(stage) == of.answer else None
    error, squares = a - y, of.loss.function == "mse"
    plain = 2 * error if squares else error / np.maximum(a * (1 - a), 1e-300)
    share = _share(of[start], plain)
    if squares:
        yield Suspicion("squared_error_as_slope", "loss", {start: error**2 * share})
        yield Suspicion("rounded_prediction", "loss", {start: 2 * (np.round(a) - y) * share})
        yield Suspicion("target_missing", "loss", {start: 2 * a * share})
    if stage is None or dz is None:
        return
    inner = a * (1 - a)
    forms: list[tuple[str, Array]] = []
    if squares and stage.function in ("sigmoid", "softmax"):
        forms = [("cross_entropy_slope_under_mse", error)]
        if a.size != 2 * of.rows:  # the mean of cross-entropy may be over the rows alone
            forms.append(("cross_entropy_slope_under_mse", error * (a.size / of.rows)))
    elif not squares and stage.function == "sigmoid":
        forms = [
            ("mse_slope_under_cross_entropy", error * inner), ("mse_slope_under_cross_entropy", 2 * error * inner),
            ("half_of_cross_entropy", -y * (1 - a)), ("target_missing", a), ("rounded_prediction", np.round(a) - y),
            ("squared_error_as_slope", error**2), ("raw_output_instead_of_probability", of[f"z{number}"] - y),
        ]
        for least in CLIPS:
            held = np.clip(a, least, 1 - least)
            forms.append(("clip_kills_gradient", (held - y) / (held * (1 - held)) * inner))
    for finding, slope in forms:
        yield Suspicion(finding, "loss", {dz: slope * share}, {"function": of.loss.function})


def _share(right: Array, plain: Array) -> Array:
    """What each number of the plain slope is multiplied by in the right one: 1 / rows, weights."""
    safe = np.where(plain == 0, 1.0, plain)
    usual = float(np.median((right / safe)[plain != 0])) if (plain != 0).any() else 1.0
    return np.where(plain == 0, usual, right / safe)
