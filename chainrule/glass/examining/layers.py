"""Known mistakes inside a layer: the activation's derivative, what comes from above, dropout."""

from collections.abc import Iterator

import numpy as np

from chainrule.glass.examining.derivation import Array, Derivation
from chainrule.glass.examining.norms import norms
from chainrule.glass.examining.suspicion import Suspicion
from chainrule.glass.explaining.teaching import sigmoid

Row = tuple[str, Array | None]


def layer_slopes(of: Derivation) -> Iterator[Suspicion]:
    """Every known wrong term inside a layer, from the last layer to the first."""
    yield from _dropouts(of)
    yield from _without_dropout(of)
    yield from norms(of)
    for number in sorted(of.dense, reverse=True):
        yield from _derivatives(of, number)
        yield from _upstream(of, number)
    yield from _everywhere(of)


def slope_rows(of: Derivation, number: int) -> list[Row]:
    """Wrong derivatives of the activation behind a dense layer, with the names of the mistakes."""
    stage = of.activation.get(number)
    into, out = of.input(stage), of.output(stage)
    if stage is None or into is None or out is None or out not in of.names.slope or into not in of.names.slope:
        return []
    z, a = of[into], of[out]
    right = of.slope_at(number, z)
    if right is None or z.shape != a.shape:
        return []
    s = sigmoid(z)
    t = np.tanh(z)
    rows: list[Row] = [
        ("activation_derivative_missing", np.ones_like(z)),
        ("derivative_at_output", of.slope_at(number, a)),
    ]
    if stage.function == "tanh":
        rows.append(("derivative_at_z", 1 - z * z))
    if stage.function == "sigmoid":
        rows.append(("derivative_at_z", z * (1 - z)))
    if stage.function in ("gelu", "silu", "mish"):
        share = np.divide(a, z, out=np.ones_like(z), where=z != 0)  # z * f(z): one part of the product rule, the other
        rows += [("activation_derivative", share), ("activation_derivative", right - share)]
    others = {"tanh": (1 - t * t, 1 - a * a), "sigmoid": (s * (1 - s), a * (1 - a)), "relu": (z > 0, a > 0)}
    for name, forms in others.items():
        if name != stage.function:
            rows += [("derivative_of_another_function", np.asarray(form, dtype=np.float64)) for form in forms]
    rows += [
        ("activation_derivative_twice", right * right),
        *(("activation_derivative", form) for form in _inventions(z, a, right)),
    ]
    return rows


def _inventions(z: Array, a: Array, right: Array) -> list[Array]:
    """Slopes that learners have written, and that belong to no activation."""
    return [
        1 - a, a, 1 + a * a, a * a, 1 - np.abs(a), a * (1 + a), (1 - a) ** 2, 1 - a / 2, 1 - 2 * a, 1 / (1 + a * a),
        a - a * a, a * a - 1, a * a - a, 1 + a, 1 - a**3, np.sqrt(np.abs(1 - a * a)), z, 1 - z, 1 + z * z, np.exp(-z),
        1 / (1 + z * z), (z < 0) * 1.0, (z >= 0) * 1.0, np.sign(z), np.exp(z), np.where(z > 0, 1.0, 0.01),
        np.where(z > 0, 1.0, 0.1), np.where(z > 0, 1.0, -1.0), np.where(z > 0, 1.0, 0.2), 1 - right,
        np.maximum(z, 0), np.cos(z), 1 - np.tanh(z), a * (1 - z), z * (1 - a),
    ]


def _derivatives(of: Derivation, number: int) -> Iterator[Suspicion]:
    stage = of.activation.get(number)
    dz, da = of.names.slope.get(of.input(stage) or ""), of.names.slope.get(of.output(stage) or "")
    if dz is None or da is None:
        return
    words = {"function": stage.owner or stage.function if stage else "", "number": number}
    where = f"layer {number}"
    if stage is not None and stage.function == "softmax":
        a = of[of.output(stage) or ""]
        yield Suspicion("activation_derivative_missing", where, {dz: of[da]}, words)
        yield Suspicion("softmax_derivative_diagonal", where, {dz: of[da] * a * (1 - a)}, words)
    for finding, slope in slope_rows(of, number):
        if slope is not None:
            yield Suspicion(finding, where, {dz: of[da] * slope}, words)
    through = _through(of, (number,))
    if through is not None:
        yield Suspicion("gradient_through_activation", where, through, words)


def _through(of: Derivation, numbers: tuple[int, ...]) -> dict[str, Array] | None:
    """The gradient put into the activations themselves, from the last of these layers down."""
    instead: dict[str, Array] = {}
    for number in sorted(numbers, reverse=True):
        stage = of.activation[number]
        z, a = of.input(stage), of.output(stage)
        dz, da = of.names.slope.get(z or ""), of.names.slope.get(a or "")
        if z is None or a is None or dz is None or da is None or of[z].shape != of[a].shape:
            return None
        instead[dz] = of.values([a], {z: of.values([da], instead)[da]})[a]
    return instead


def _everywhere(of: Derivation) -> Iterator[Suspicion]:
    """The same wrong derivative behind several layers: one function that a learner wrote once and uses twice."""
    last = of.output(of.activation.get(max(of.dense, default=0)))
    hidden = [number for number in sorted(of.activation) if of.output(of.activation[number]) != last]
    groups = [sorted(of.activation), hidden] if len(hidden) != len(of.activation) else [hidden]
    for numbers in groups:
        through = _through(of, tuple(numbers)) if len(numbers) > 1 else None
        if through is not None:
            words = {"function": of.activation[numbers[0]].owner, "number": numbers[-1]}
            yield Suspicion("gradient_through_activation", f"layers {', '.join(map(str, numbers))}", through, words)
        tables = {number: slope_rows(of, number) for number in numbers}
        if len(numbers) < 2 or not all(tables.values()):
            continue
        for place in range(min(map(len, tables.values()))):
            finding = tables[numbers[0]][place][0]
            instead = _chained(of, {number: rows[place][1] for number, rows in tables.items()})
            if instead is not None:
                words = {"function": of.activation[numbers[0]].owner, "number": numbers[-1]}
                where = f"layers {', '.join(map(str, numbers))}"
                yield Suspicion(finding, where, instead, words)


def corners(of: Derivation, share: float) -> dict[str, Array]:
    """Other slopes where a rectifier is exactly in its corner: so much of the way from its left slope to its right."""
    slopes: dict[int, Array | None] = {}
    for number, stage in of.activation.items():
        into = of.input(stage)
        if stage.function not in ("relu", "leaky_relu") or into is None:
            continue
        z = of[into]
        right = of.slope_at(number, z)
        left = of.slope_at(number, np.full_like(z, -1.0))
        if right is not None and left is not None and (z == 0).any():
            slopes[number] = np.where(z == 0, left + share * (1 - left), right)
    return (_chained(of, slopes) or {}) if slopes else {}


def _chained(of: Derivation, slopes: dict[int, Array | None]) -> dict[str, Array] | None:
    """Wrong derivatives in several layers at once: each works on what the one above has left."""
    instead: dict[str, Array] = {}
    for number in sorted(slopes, reverse=True):
        stage, slope = of.activation[number], slopes[number]
        dz, da = of.names.slope.get(of.input(stage) or ""), of.names.slope.get(of.output(stage) or "")
        if slope is None or dz is None or da is None:
            return None
        instead[dz] = of.values([da], instead)[da] * slope
    return instead


def _upstream(of: Derivation, number: int) -> Iterator[Suspicion]:
    """What a dense layer hands down: its own dz through its weights."""
    stage = of.dense[number]
    source = of.input(stage)
    below = of.names.slope.get(source or "")
    dz, weights = f"dz{number}", f"W{number}"
    if below is None or dz not in of or weights not in of or of[dz].ndim != 2:
        return
    d, w = of[dz], of[weights]
    inside = below_number(of, number)
    words = {"number": number, "below": inside}
    where = f"layer {inside}" if inside else f"layer {number}"
    rows: list[Row] = [
        ("upstream_gradient_missing", np.ones_like(of[below])),
        ("upstream_gradient_missing", np.ones_like(of[below]) / of.rows),
        ("upstream_weights_missing", np.broadcast_to(d.sum(1, keepdims=True), of[below].shape)),
        ("upstream_weights_missing", np.broadcast_to(d.mean(1, keepdims=True), of[below].shape)),
        ("upstream_gradient_missing", np.broadcast_to(w.sum(1), of[below].shape)),
    ]
    if d.shape == of[below].shape:
        rows += [("upstream_weights_missing", d), ("upstream_weights_not_transposed", d @ w)]
    if w.shape[0] != w.shape[1] and w.size:
        rows.append(("reshaped_not_transposed", d @ w.reshape(w.shape[1], w.shape[0])))
    elif w.size:
        rows.append(("upstream_weights_not_transposed", d @ w))
    activation = of.activation.get(number)
    da = of.names.slope.get(of.output(activation) or "")
    if da is not None and of[da].shape == d.shape:
        rows.append(("upstream_before_the_derivative", of[da] @ w.T))
    slope = of.slope_at(number, of[of.input(activation) or ""]) if activation is not None else None
    if slope is not None and slope.shape == d.shape:
        rows.append(("activation_derivative_twice", (d * slope) @ w.T))
    for finding, other in rows:
        if other is not None and other.shape == of[below].shape:
            yield Suspicion(finding, where, {below: np.asarray(other, dtype=np.float64)}, words)
    for other_number in of.dense:
        other_name = f"W{other_number}"
        if other_number != number and other_name in of and of[other_name].shape == w.shape:
            yield Suspicion("upstream_weights_of_another_layer", where, {below: d @ of[other_name].T},
                            {**words, "other": other_name})


def below_number(of: Derivation, number: int) -> int:
    """The number of the dense layer in front of one."""
    return max((other for other in of.dense if other < number), default=0)


def _dropouts(of: Derivation) -> Iterator[Suspicion]:
    for stage in of.names.found:
        into, out = of.input(stage), of.output(stage)
        mask = f"mask{stage.number}"
        before, after = of.names.slope.get(into or ""), of.names.slope.get(out or "")
        if stage.kind != "dropout" or before is None or after is None or mask not in of:
            continue
        kept, arriving = of[mask], of[after]
        safe = np.where((kept > 0) & (arriving != 0), arriving, 1.0)
        scale = float(np.max(np.where((kept > 0) & (arriving != 0), of[before] / safe, 0.0), initial=0.0)) or 1.0
        where = f"layer {stage.number}"
        yield Suspicion("dropout_mask_missing", where, {before: arriving * scale}, {"mask": mask})
        yield Suspicion("dropout_mask_missing", where, {before: arriving.copy()}, {"mask": mask})
        yield Suspicion("dropout_scale_missing", where, {before: arriving * kept}, {"mask": mask})
        for other in (f"mask{number}" for number in range(len(of.dense) + 1) if number != stage.number):
            if other in of and of[other].shape == kept.shape:
                words = {"mask": mask, "other": other}
                yield Suspicion("dropout_mask_of_another_layer", where, {before: arriving * of[other] * scale}, words)


def _without_dropout(of: Derivation) -> Iterator[Suspicion]:
    """The forward pass of prediction, which leaves nothing out, and the way back through it."""
    found = [stage for stage in of.names.found if stage.kind == "dropout"]
    instead: dict[str, Array] = {}
    for stage in found:
        into, out = of.input(stage), of.output(stage)
        if into is None or out is None or out not in of:
            return
        instead[out] = of.values([into], instead)[into]
    for stage in reversed(found):
        before, after = of.names.slope.get(of.input(stage) or ""), of.names.slope.get(of.output(stage) or "")
        if before is not None and after is not None:
            instead[before] = of.values([after], instead)[after]
    if found:
        masks = ", ".join(f"mask{stage.number}" for stage in found)
        yield Suspicion("dropout_forward_missing", f"layer {found[0].number}", instead, {"mask": masks})
