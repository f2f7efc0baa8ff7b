"""Known mistakes in the gradient of one parameter, with everything above it as it should be."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule.glass.examining.derivation import Array, Derivation
from chainrule.glass.examining.nearness import Nearness, is_about
from chainrule.glass.examining.scales import scale_findings

Found = list[tuple[str, dict[str, Any]]]


def single(
    of: Derivation, name: str, got: Array, near: Nearness, rates: tuple[float, ...], others: Mapping[str, Array]
) -> Found:
    """What is wrong with one gradient; empty when nothing known is.

    Args:
        of: the backward pass, with the mistakes found so far.
        name: of the parameter.
        got: what the learner computed.
        near: when two gradients are the same.
        rates: learning rates of the optimizer.
        others: the right gradients of all parameters.
    """
    want = of.truth[name]
    natural = of.natural_size(name)
    words: dict[str, Any] = {"name": f"d{name}", "parameter": name, "got": got.shape, "want": want.shape}
    if got.shape != want.shape:
        other = next((other for other, array in others.items() if near.same(got, array, natural) and array.any()), None)
        return [("swapped", {**words, "other": f"d{other}"})] if other else _shapes(of, name, got, near, words)
    if not got.any() and want.any():
        return [("zero_gradient", words)]
    if want.ndim == 2 and want.shape[0] == want.shape[1] and near.same(got, want.T, natural):
        return [("transposed", words)]
    for finding, form, more in _forms(of, name):
        if near.same(got, form, natural + float(np.abs(form).max(initial=0.0))) and form.any():
            return [(finding, {**words, **more})]
    for other, array in others.items():
        if other != name and near.same(got, array, natural) and array.any():
            return [("swapped", {**words, "other": f"d{other}"})]
    ratio = near.ratio(got, want, natural)
    if ratio is not None and not is_about(ratio, 1.0):
        if name.startswith("b") and of.rows > 1 and is_about(ratio, 1 / of.rows):
            return [("bias_averaged", {**words, "rows": of.rows})]
        norm = float(np.sqrt((got * got).sum()))
        return [(finding, {**words, **more}) for finding, more in scale_findings(of, ratio, rates, norm)]
    return _parameters(of, name, got, near, words) or _cut(got, want, near, words)


def _shapes(of: Derivation, name: str, got: Array, near: Nearness, words: dict[str, Any]) -> Found:
    want = of.truth[name]
    natural = of.natural_size(name)
    if want.ndim == 2 and got.shape == want.T.shape:
        return [("transposed", words)]
    stage = of.names.stage.get(name)
    dz = of[f"dz{stage.number}"] if stage is not None and f"dz{stage.number}" in of else None
    alone = dz is not None and dz.ndim == 2 and dz.shape[1] == 1
    if want.ndim == 1 and dz is not None:
        if got.shape == dz.shape or (got.size == dz.size and near.same(got.reshape(dz.shape), dz, natural)):
            return [("bias_not_summed", {**words, "rows": of.rows})]
        flat = got.reshape(-1)
        if flat.size == want.size > 1 and near.same(flat, want, natural):
            return [("transposed", words)]
        if flat.size == 1 and want.size > 1 and near.same(flat, want.sum().reshape(1), natural * want.size):
            return [("bias_summed_over_everything", words)]
        if flat.size == dz.shape[0] and near.same(flat, dz.sum(1), natural):
            return [("bias_summed_over_the_wrong_axis", words)]
    if alone and got.shape and got.shape[-1] == of.rows and of["y"].ndim == 2:
        return [("targets_broadcast", {"name": f"d{name}", "rows": of.rows})]
    return [("wrong_shape", words)]


def _forms(of: Derivation, name: str) -> Iterator[tuple[str, Array, dict[str, Any]]]:
    """Other products that a learner may have taken for this gradient."""
    stage = of.names.stage.get(name)
    if stage is None or stage.kind != "linear" or f"dz{stage.number}" not in of or of[f"dz{stage.number}"].ndim != 2:
        return
    dz, source = of[f"dz{stage.number}"], of.input(stage) or ""
    activation = of.activation.get(stage.number)
    da_name = of.names.slope.get(of.output(activation) or "")
    da = of[da_name] if da_name is not None and of[da_name].shape == dz.shape else None
    if name.startswith("b"):
        if da is not None and da_name != f"dz{stage.number}":
            yield "activation_derivative_missing", da.sum(0), {"function": activation.owner if activation else ""}
        for finding, row in (("first_sample_only", 0), ("last_sample_only", -1)):
            yield finding, dz[row], {}
            yield finding, dz[row] * of.rows, {}
        if dz.shape[0] == dz.shape[1]:
            yield "bias_summed_over_the_wrong_axis", dz.sum(1), {}
        yield "bias_summed_over_everything", np.full(dz.shape[1], dz.sum()), {}
        yield "bias_gradient_made_up", np.ones(dz.shape[1]), {}
        return
    a = of[source].astype(np.float64)
    if a.ndim != 2:
        return
    if da is not None and da_name != f"dz{stage.number}":
        yield "activation_derivative_missing", a.T @ da, {"function": activation.owner if activation else ""}
    before = of.names.stage.get(source)
    raw = of.input(before) if before is not None and before.kind == "activation" else None
    if raw is not None and of[raw].shape == a.shape:
        yield "preactivation_instead_of_activation", of[raw].T @ dz, {"source": source, "other": raw}
    for other in (*of.names.output, "X"):
        if other in of and other != source and of[other].shape == a.shape:
            yield "wrong_input", of[other].astype(np.float64).T @ dz, {"source": source, "other": other}
    yield "wrong_input", np.broadcast_to(dz.sum(0), (a.shape[1], dz.shape[1])), {"source": source, "other": "1"}
    if a.shape[0] != a.shape[1] or not np.array_equal(a, a.T):
        yield "reshaped_not_transposed", a.reshape(a.shape[1], a.shape[0]) @ dz, {"source": source}
    if a.shape[0] == a.shape[1]:
        yield "input_not_transposed", a @ dz, {"source": source}
    for finding, row in (("first_sample_only", 0), ("last_sample_only", -1)):
        yield finding, np.outer(a[row], dz[row]), {}
        yield finding, np.outer(a[row], dz[row]) * of.rows, {}
    turned = (dz.T @ a).reshape(a.shape[1], dz.shape[1])
    if dz.shape[1] > 1 and a.shape[1] > 1:
        yield "reshaped_not_transposed", turned, {"source": source}


def _parameters(of: Derivation, name: str, got: Array, near: Nearness, words: dict[str, Any]) -> Found:
    """Gradients that have the parameter itself in them."""
    want, held, natural = of.truth[name], of[name].astype(np.float64), of.natural_size(name)
    if near.same(got, held, natural):
        return [("returned_the_parameters", words)]
    rate = near.ratio(held - got, want, natural)
    if rate is not None and 0 < rate <= 10 and held.any():
        return [("returned_new_parameters", {**words, "rate": f"{rate:.4g}"})]
    decay = near.ratio(got - want, held, float(np.abs(held).max(initial=0.0)))
    if decay is not None and abs(decay) * float(np.abs(held).max()) > 10 * near.rounding * natural:
        finding = "weight_decay_added" if decay > 0 else "weight_decay_missing"
        return [(finding, {**words, "decay": f"{abs(decay):.4g}"})]
    penalty = near.ratio(got - want, np.sign(held), 1.0)
    if penalty is not None and held.any():
        return [("weight_decay_added", {**words, "decay": f"{abs(penalty):.4g}"})]
    return []


def _cut(got: Array, want: Array, near: Nearness, words: dict[str, Any]) -> Found:
    most = float(np.abs(got).max())
    for bound in (most, float(np.abs(got[np.abs(got) > 0]).min()) if got.any() else most):
        clipped = np.clip(want, -bound, bound)
        if near.same(got, clipped, 0.0) and (np.abs(want) > bound * (1 + 1e-3)).any():
            finding = "sign_only" if (np.abs(want) >= bound)[want != 0].all() and want.size > 1 else "clipped_by_value"
            return [(finding, {**words, "bound": f"{bound:.4g}"})]
    if want.size > 1 and near.same(got, most * np.sign(want), 0.0):
        return [("sign_only", {**words, "bound": f"{most:.4g}"})]
    return []
