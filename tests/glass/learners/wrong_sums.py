"""Backward passes that go wrong in a product, a sum over the rows, an update, or what they return."""

import numpy as np

from tests.glass.learners.settings import (
    all_sigmoid,
    blobs,
    flowers,
    house,
    line,
    outliers_absolute,
    pictures,
    sigmoid,
    single_precision,
    softmax,
    square_tower,
    tags,
    tower_summed,
    without_bias,
    wrong,
    xor,
)


def leaky_house(p, X, y):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.where(z1 > 0, z1, 0.1 * z1)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = np.where(z2 > 0, z2, 0.1 * z2)
    d3 = 2 * (a2 @ p["W3"] + p["b3"] - y) / y.size
    d2 = d3 @ p["W3"].T * np.where(z2 > 0, 1, 0.1)
    d1 = d2 @ p["W2"].T * np.where(z1 > 0, 1, 0.1)
    return a1, a2, d1, d2, d3


def relu_blobs(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    return z, a, d, d @ p["W2"].T * (z > 0)


def tanh_flowers(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (softmax(a @ p["W2"] + p["b2"]) - np.eye(3)[y]) / len(y)
    return a, d, d @ p["W2"].T * (1 - a**2)


# --- biases -------------------------------------------------------------------------------------------------------


@wrong(blobs, "bias_averaged", where="layer 2")
def output_bias_averaged(p, X, y):
    _, a, d, e = relu_blobs(p, X, y)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.mean(0)}


@wrong(flowers, "bias_averaged", where=("layer 1", "layers 1, 2", "layer 2"))
def both_biases_averaged(p, X, y):
    a, d, e = tanh_flowers(p, X, y)
    return {"W1": X.T @ e, "b1": np.mean(e, axis=0), "W2": a.T @ d, "b2": np.mean(d, axis=0)}


@wrong(house, "bias_not_summed", where="layer 2")
def bias_with_all_its_rows(p, X, y):
    a1, a2, d1, d2, d3 = leaky_house(p, X, y)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2, "W3": a2.T @ d3, "b3": d3.sum(0)}


@wrong(flowers, "bias_summed_over_everything", where="layer 2")
def axis_forgotten(p, X, y):
    a, d, e = tanh_flowers(p, X, y)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": np.sum(d)}


@wrong(tags, "bias_summed_over_the_wrong_axis", where=("layer 1", "layer 2"))
def axis_one(p, X, y):
    _, a, d, e = relu_blobs(p, X, y)
    d, e = d / 3, e / 3
    return {"W1": X.T @ e, "b1": e.sum(axis=1), "W2": a.T @ d, "b2": d.sum(axis=1)}


@wrong(house, "bias_gradient_made_up", where="layer 3")
def bias_gradient_of_ones(p, X, y):
    a1, a2, d1, d2, d3 = leaky_house(p, X, y)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": np.ones(3)}


@wrong(house, "zero_gradient", where="layer 1")
def bias_never_filled_in(p, X, y):
    a1, a2, d1, d2, d3 = leaky_house(p, X, y)
    return {"W1": X.T @ d1, "b1": np.zeros(7), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}


@wrong(line, "sum_instead_of_mean", where="layer 1")
def bias_of_the_line_not_divided(p, X, y):
    error = 2 * (X @ p["W1"] + p["b1"] - y)
    return {"W1": X.T @ error / len(X), "b1": error.sum(0)}


@wrong(blobs, "sign", where="layer 1")
def minus_at_one_bias(p, X, y):
    _, a, d, e = relu_blobs(p, X, y)
    return {"W1": X.T @ e, "b1": -e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


# --- products -----------------------------------------------------------------------------------------------------


@wrong(flowers, "transposed", where="layer 1")
def product_the_other_way_round(p, X, y):
    a, d, e = tanh_flowers(p, X, y)
    return {"W1": e.T @ X, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(square_tower, "transposed", where="layer 3")
def square_gradient_transposed(p, X, y):
    a = [X]
    for n in (1, 2, 3):
        a.append(np.tanh(a[-1] @ p[f"W{n}"] + p[f"b{n}"]))
    d, g = 2 * (a[3] @ p["W4"] + p["b4"] - y) / y.size, {}
    for n in (4, 3, 2, 1):
        g[f"W{n}"] = d.T @ a[n - 1] if n == 3 else a[n - 1].T @ d
        g[f"b{n}"] = d.sum(0)
        d = d @ p[f"W{n}"].T * (1 - a[n - 1] ** 2)
    return g


@wrong(square_tower, "wrong_input", where="layer 3")
def activations_off_by_one(p, X, y):
    a = [X]
    for n in (1, 2, 3):
        a.append(np.tanh(a[-1] @ p[f"W{n}"] + p[f"b{n}"]))
    d, g = 2 * (a[3] @ p["W4"] + p["b4"] - y) / y.size, {}
    for n in (4, 3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[{3: 1}.get(n, n - 1)].T @ d, d.sum(0)
        d = d @ p[f"W{n}"].T * (1 - a[n - 1] ** 2)
    return g


@wrong(xor, "preactivation_instead_of_activation", where="layer 2")
def z1_instead_of_a1(p, X, y):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.tanh(z1)
    d = (sigmoid(a1 @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (1 - a1**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": z1.T @ d, "b2": d.sum(0)}


@wrong(flowers, "reshaped_not_transposed", where="layer 1")
def reshape_for_a_transpose(p, X, y):
    a, d, e = tanh_flowers(p, X, y)
    return {"W1": X.reshape(4, 12) @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(without_bias, "averaged_twice", "constant_factor", where="layer 1")
def one_mean_too_many_in_the_first_layer(p, X, y):
    a = np.tanh(X @ p["W1"])
    d = 2 * (a @ p["W2"] - y) / y.size
    return {"W1": X.T @ (d @ p["W2"].T * (1 - a * a)) / len(X), "W2": a.T @ d}


@wrong(tower_summed, "factor_two_extra", where=("layer 2",))
def added_twice(p, X, y):
    a1 = sigmoid(X @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    d3 = 2 * (a2 @ p["W3"] + p["b3"] - y)
    d2 = d3 @ p["W3"].T * a2 * (1 - a2)
    d1 = d2 @ p["W2"].T * a1 * (1 - a1)
    g = {"W3": a2.T @ d3, "b3": d3.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}
    g["W2"] += a1.T @ d2
    return g


@wrong(pictures, "swapped", where=("layer 2", "layer 1"))
def two_gradients_under_the_wrong_names(p, X, y):
    h1 = np.maximum(X @ p["W1"] + p["b1"], 0)
    h2 = np.maximum(h1 @ p["W2"] + p["b2"], 0)
    d3 = (softmax(h2 @ p["W3"] + p["b3"]) - np.eye(2)[y]) / len(y)
    d2 = d3 @ p["W3"].T * (h2 > 0)
    d1 = d2 @ p["W2"].T * (h1 > 0)
    return {"W1": X.T @ d1, "b1": d2.sum(0), "W2": h1.T @ d2, "b2": d1.sum(0), "W3": h2.T @ d3, "b3": d3.sum(0)}


# --- rows ---------------------------------------------------------------------------------------------------------


@wrong(blobs, "last_sample_only", where="loss")
def overwritten_in_the_loop(p, X, y):
    for x, t in zip(X, y, strict=True):
        z = x @ p["W1"] + p["b1"][0]
        h = np.maximum(z, 0)
        d = sigmoid(h @ p["W2"] + p["b2"][0]) - t
        e = (p["W2"] @ d) * (z > 0)
        g = {"W2": np.outer(h, d), "b2": d, "W1": np.outer(x, e), "b1": e}
    return {name: array / len(X) for name, array in g.items()}


@wrong(flowers, "first_sample_only", where="loss")
def returned_inside_the_loop(p, X, y):
    for x, t in zip(X, y, strict=True):
        h = np.tanh(x @ p["W1"] + p["b1"][0])
        d = softmax(h[None] @ p["W2"] + p["b2"])[0] - np.eye(3)[t]
        e = (p["W2"] @ d) * (1 - h**2)
        return {"W2": np.outer(h, d), "b2": d, "W1": np.outer(x, e), "b1": e}
    raise AssertionError


@wrong(tags, "sample_missing", where="loss")
def range_of_one_row_less(p, X, y):
    g = {n: np.zeros(p[n].shape) for n in ("W1", "b1", "W2", "b2")}
    for i in range(len(X) - 1):
        z = X[i : i + 1] @ p["W1"] + p["b1"]
        a = np.maximum(z, 0)
        d = (sigmoid(a @ p["W2"] + p["b2"]) - y[i]) / y.size
        e = d @ p["W2"].T * (z > 0)
        for n, made in (("W1", X[i : i + 1].T @ e), ("b1", e), ("W2", a.T @ d), ("b2", d)):
            g[n] += made
    return g


@wrong(blobs, "targets_of_other_rows", where="loss")
def shuffled_rows_but_not_targets(p, X, y):
    """The X-y pairing of the first article's second tip."""
    _, a, d, e = relu_blobs(p, X, np.roll(y, 1, axis=0))
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(house, "sum_instead_of_mean", where="loss")
def loop_that_adds_up_without_a_mean(p, X, y):
    total = {}
    for i in range(len(X)):
        a1, a2, d1, d2, d3 = leaky_house(p, X[i : i + 1], y[i : i + 1])
        one = {"W1": X[i : i + 1].T @ d1, "b1": d1[0], "W2": a1.T @ d2, "b2": d2[0], "W3": a2.T @ d3, "b3": d3[0]}
        total = {n: total.get(n, 0) + made for n, made in one.items()}
    return total


# --- updates ------------------------------------------------------------------------------------------------------


@wrong(xor, "updated_weights_upstream", where="layer 1")
def output_layer_updated_first(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    dW2, db2 = a.T @ d, d.sum(0)
    p["W2"] -= 0.5 * dW2
    p["b2"] -= 0.5 * db2
    e = d @ p["W2"].T * (1 - a**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": dW2, "b2": db2}


@wrong(square_tower, "updated_weights_upstream", where=("layer 3",))
def every_layer_updated_on_the_way(p, X, y):
    p = {n: a.copy() for n, a in p.items()}
    a = [X]
    for n in (1, 2, 3):
        a.append(np.tanh(a[-1] @ p[f"W{n}"] + p[f"b{n}"]))
    d, g = 2 * (a[3] @ p["W4"] + p["b4"] - y) / y.size, {}
    for n in (4, 3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[n - 1].T @ d, d.sum(0)
        p[f"W{n}"] -= 0.3 * g[f"W{n}"]
        p[f"b{n}"] -= 0.3 * g[f"b{n}"]
        d = d @ p[f"W{n}"].T * (1 - a[n - 1] ** 2)
    return g


@wrong(blobs, "returned_the_step", where="everywhere")
def rate_times_gradient(p, X, y):
    _, a, d, e = relu_blobs(p, X, y)
    lr = 0.1
    return {"W1": lr * X.T @ e, "b1": lr * e.sum(0), "W2": lr * a.T @ d, "b2": lr * d.sum(0)}


@wrong(blobs, "returned_new_parameters", where="everywhere")
def new_parameters(p, X, y):
    _, a, d, e = relu_blobs(p, X, y)
    g = {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}
    for n, made in g.items():
        p[n] = p[n] - 0.1 * made
    return {n: p[n] for n in g}


@wrong(flowers, "returned_the_step", where="everywhere")
def minus_the_rate_times_the_gradient(p, X, y):
    a, d, e = tanh_flowers(p, X, y)
    return {n: -0.1 * g for n, g in {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}.items()}


@wrong(outliers_absolute, "weight_decay_added", where=("layer 2", "layers 1, 2", "everywhere"))
def decay_added_by_hand(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.log1p(np.exp(z))
    d = np.sign(a @ p["W2"] + p["b2"] - y) / len(y)
    e = d @ p["W2"].T * sigmoid(z)
    return {"W1": X.T @ e + 0.01 * p["W1"], "b1": e.sum(0), "W2": a.T @ d + 0.01 * p["W2"], "b2": d.sum(0)}


@wrong(tags, "weight_decay_added", where="layer 1")
def absolute_penalty_added_by_hand(p, X, y):
    _, a, d, e = relu_blobs(p, X, y)
    d, e = d / 3, e / 3
    return {"W1": X.T @ e + 0.05 * np.sign(p["W1"]), "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(house, "clipped_by_norm", where="loss")
def clipped_inside(p, X, y):
    a1, a2, d1, d2, d3 = leaky_house(p, X, y)
    g = {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}
    norm = np.sqrt(sum((array**2).sum() for array in g.values()))
    return {n: array * min(1, 0.5 / norm) for n, array in g.items()}


@wrong(house, "clipped_by_value", where=("layer 3", "layer 2", "everywhere", "layers 1, 2, 3"))
def cut_off_inside(p, X, y):
    a1, a2, d1, d2, d3 = leaky_house(p, X, y)
    g = {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}
    return {n: np.clip(array, -0.05, 0.05) for n, array in g.items()}


@wrong(single_precision, "sign_only", where=("layer 2", "everywhere", "layers 1, 2"))
def only_the_signs(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (a @ p["W2"] + p["b2"] - y) / y.size
    e = d @ p["W2"].T * (1 - a**2)
    return {n: np.sign(g) for n, g in {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}.items()}


@wrong(pictures, "missing_gradient", where="layer 2")
def a_bias_forgotten_in_the_dict(p, X, y):
    h1 = np.maximum(X @ p["W1"] + p["b1"], 0)
    h2 = np.maximum(h1 @ p["W2"] + p["b2"], 0)
    d3 = (softmax(h2 @ p["W3"] + p["b3"]) - np.eye(2)[y]) / len(y)
    d2 = d3 @ p["W3"].T * (h2 > 0)
    d1 = d2 @ p["W2"].T * (h1 > 0)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": h1.T @ d2, "W3": h2.T @ d3, "b3": d3.sum(0)}


@wrong(all_sigmoid, "not_a_number", where=("layer 1", "layer 2", "everywhere"))
def divided_by_zero(p, X, y):
    h = sigmoid(X @ p["W1"] + p["b1"])
    o = sigmoid(h @ p["W2"] + p["b2"])
    d = 2 * (o - y) * o * (1 - o) / y.size
    e = d @ p["W2"].T * h * (1 - h)
    return {"W1": X.T @ e, "b1": e.sum(0) / X[0].sum(), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(xor, "accumulated_between_calls", where="everywhere")
def grads_kept_outside(p, X, y, kept={}):  # noqa: B006 - that is the mistake
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (1 - a**2)
    for n, g in {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}.items():
        kept[n] = kept.get(n, 0) + g
    return dict(kept)


@wrong(xor, "changes_between_calls", where="everywhere")
def noise_of_its_own(p, X, y, draw=np.random.default_rng(0)):  # noqa: B008 - one stream, that is the mistake
    a = np.tanh(X @ p["W1"] + p["b1"]) * (draw.random((len(X), 4)) > 0.5)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (1 - a**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}
