"""More backward passes, written when `examine` knew all of the others: how it fares with what it has not seen."""

import numpy as np

from tests.glass.learners.settings import (
    POSITIVE,
    absolute_pair,
    elu_net,
    fresh_xor,
    line,
    one_row,
    rare_event,
    right,
    sigmoid,
    sigmoid_outputs,
    silu_net,
    softmax,
    softmax_regression,
    tanh_outputs,
    two_dropouts,
    weighted_rows,
    with_batch_norm,
    with_layer_norm,
    wrong,
    xor,
)


def both(X, a, e, d):
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


# --- right --------------------------------------------------------------------------------------------------------


@right(softmax_regression)
def no_shift_of_the_maximum(p, X, y):
    e = np.exp(X @ p["W1"] + p["b1"])
    d = e / e.sum(1)[:, None]
    d -= np.eye(3)[y]
    return {"W1": X.T @ d / 12, "b1": d.mean(0)}


@right(fresh_xor)
def slope_one_in_the_corner(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / 4
    return both(X, a, d @ p["W2"].T * (z >= 0), d)


@right(fresh_xor)
def slope_of_a_half_in_the_corner(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / 4
    return both(X, a, d @ p["W2"].T * (np.sign(z) + 1) / 2, d)


@right(xor)
def by_moving_each_weight_a_little(p, X, y):
    def loss(q):
        z = np.tanh(X @ q["W1"] + q["b1"]) @ q["W2"] + q["b2"]
        return np.mean(np.logaddexp(0, z) - y * z)

    found = {}
    for name in ("W1", "b1", "W2", "b2"):
        found[name] = np.zeros(p[name].shape)
        for place in np.ndindex(p[name].shape):
            moved = {n: a.copy() for n, a in p.items()}
            moved[name][place] += 1e-6
            found[name][place] = (loss(moved) - loss(p)) / 1e-6
    return found


@right(elu_net)
def small_numbers_inside_and_large_ones_at_the_end(p, X, y):
    p, X = {n: a.astype(np.float32) for n, a in p.items()}, X.astype(np.float32)
    z, a = [], [X]
    for n in (1, 2, 3):
        z.append(a[-1] @ p[f"W{n}"] + p[f"b{n}"])
        a.append(np.where(z[-1] > 0, z[-1], np.exp(z[-1]) - 1) if n < 3 else z[-1])
    error = a[3] - y.astype(np.float32)
    d, g = np.clip(error, -1, 1) / np.float32(y.size), {}
    for n in (3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = (a[n - 1].T @ d).astype(float), d.sum(0).astype(float)
        d = d @ p[f"W{n}"].T * np.where(z[n - 2] > 0, 1, np.exp(z[n - 2]).astype(np.float32)) if n > 1 else d
    return g


@right(rare_event)
def positive_rows_weigh_more(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) * np.where(y == 1, POSITIVE, 1) / len(y)
    return both(X, a, d @ p["W2"].T * (z > 0), d)


@right(with_batch_norm)
def batch_norm_by_the_paper(p, X, y):
    m = len(X)
    z = X @ p["W1"] + p["b1"]
    mu, var = z.mean(0), z.var(0)
    inv = 1 / np.sqrt(var + 1e-5)
    xhat = (z - mu) * inv
    n = xhat * p["scale1"] + p["shift1"]
    a = np.maximum(n, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / m
    dn = d @ p["W2"].T * (n > 0)
    dxhat = dn * p["scale1"]
    dvar = (dxhat * (z - mu) * -0.5 * inv**3).sum(0)
    dmu = (-dxhat * inv).sum(0) + dvar * (-2 * (z - mu)).mean(0)
    dz = dxhat * inv + dvar * 2 * (z - mu) / m + dmu / m
    return {**both(X, a, dz, d), "scale1": (dn * xhat).sum(0), "shift1": dn.sum(0)}


@right(two_dropouts)
def two_masks(p, X, y):
    a1 = np.tanh(X @ p["W1"] + p["b1"])
    r1 = a1 * p["mask1"] / 0.7
    a2 = np.tanh(r1 @ p["W2"] + p["b2"])
    r2 = a2 * p["mask2"] / 0.7
    d3 = 2 * (r2 @ p["W3"] + p["b3"] - y) / y.size
    d2 = d3 @ p["W3"].T * p["mask2"] / 0.7 * (1 - a2**2)
    d1 = d2 @ p["W2"].T * p["mask1"] / 0.7 * (1 - a1**2)
    return {"W3": r2.T @ d3, "b3": d3.sum(0), "W2": r1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}


@right(one_row)
def a_single_row(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (a @ p["W2"] + p["b2"] - y) * 2 / 2
    e = d @ p["W2"].T * (1 - a * a)
    return {"w1": np.outer(X, e), "B1": e, "dw2": np.outer(a, d), "grad_b2": d}


# --- wrong --------------------------------------------------------------------------------------------------------


@wrong(softmax_regression, "sum_instead_of_mean", where="loss")
def rows_added_in_softmax_regression(p, X, y):
    d = softmax(X @ p["W1"] + p["b1"]) - np.eye(3)[y]
    return {"W1": X.T @ d, "b1": d.sum(0)}


@wrong(softmax_regression, "sum_instead_of_mean", where="layer 1")
def only_the_bias_was_divided(p, X, y):
    d = softmax(X @ p["W1"] + p["b1"]) - np.eye(3)[y]
    return {"W1": X.T @ d, "b1": d.mean(0)}


@wrong(softmax_regression, "half_of_cross_entropy", where="loss")
def only_the_right_class_is_corrected(p, X, y):
    q = softmax(X @ p["W1"] + p["b1"])
    d = np.zeros_like(q)
    d[np.arange(12), y] = q[np.arange(12), y] - 1
    return {"W1": X.T @ d / 12, "b1": d.mean(0)}


@wrong(softmax_regression, "softmax_derivative_missing", where="loss")
def logarithm_without_softmax(p, X, y):
    q = softmax(X @ p["W1"] + p["b1"])
    d = -np.eye(3)[y] / q / len(y)
    return {"W1": X.T @ d, "b1": d.sum(0)}


@wrong(sigmoid_outputs, "activation_derivative_missing", "cross_entropy_slope_under_mse", where=("layer 2", "loss"))
def last_slope_missing_with_three_outputs(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = 2 * (sigmoid(a @ p["W2"] + p["b2"]) - y) / y.size
    return both(X, a, d @ p["W2"].T * (z > 0), d)


@wrong(sigmoid_outputs, "mean_over_rows_only", where="loss")
def three_outputs_divided_by_rows(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    o = sigmoid(a @ p["W2"] + p["b2"])
    d = 2 * (o - y) * o * (1 - o) / y.shape[0]
    return both(X, a, d @ p["W2"].T * (z > 0), d)


@wrong(tanh_outputs, "derivative_at_z", where="layer 2")
def one_minus_z2_squared(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    z2 = a @ p["W2"] + p["b2"]
    d = 2 * (np.tanh(z2) - y) / y.size * (1 - z2**2)
    return both(X, a, d @ p["W2"].T * (1 - a**2), d)


@wrong(tanh_outputs, "derivative_of_another_function", where="layer 2")
def sigmoid_slope_behind_tanh(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    o = np.tanh(a @ p["W2"] + p["b2"])
    d = 2 * (o - y) / y.size * o * (1 - o)
    return both(X, a, d @ p["W2"].T * (1 - a**2), d)


@wrong(tanh_outputs, "activation_derivative_missing", where="layer 2")
def last_tanh_forgotten(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (np.tanh(a @ p["W2"] + p["b2"]) - y) / y.size
    return both(X, a, d @ p["W2"].T * (1 - a**2), d)


@wrong(silu_net, "activation_derivative", where="layer 1")
def silu_by_half_the_product_rule(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = z * sigmoid(z)
    d = 2 * (a @ p["W2"] + p["b2"] - y) / len(y)
    return both(X, a, d @ p["W2"].T * sigmoid(z), d)


@wrong(silu_net, "activation_derivative", where="layer 1")
def silu_by_the_other_half(p, X, y):
    z = X @ p["W1"] + p["b1"]
    s = sigmoid(z)
    a = z * s
    d = 2 * (a @ p["W2"] + p["b2"] - y) / len(y)
    return both(X, a, d @ p["W2"].T * (z * s * (1 - s)), d)


@wrong(silu_net, "derivative_of_another_function", where="layer 1")
def silu_as_relu(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = z * sigmoid(z)
    d = 2 * (a @ p["W2"] + p["b2"] - y) / len(y)
    return both(X, a, d @ p["W2"].T * (z > 0), d)


def elu_forward(p, X):
    z, a = [], [X]
    for n in (1, 2, 3):
        z.append(a[-1] @ p[f"W{n}"] + p[f"b{n}"])
        a.append(np.where(z[-1] > 0, z[-1], np.exp(z[-1]) - 1) if n < 3 else z[-1])
    return z, a


@wrong(elu_net, "activation_derivative", "derivative_of_another_function", where="layers 1, 2")
def exponential_on_both_sides(p, X, y):
    z, a = elu_forward(p, X)
    d, g = np.clip(a[3] - y, -1, 1) / y.size, {}
    for n in (3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[n - 1].T @ d, d.sum(0)
        d = d @ p[f"W{n}"].T * np.exp(z[n - 2]) if n > 1 else d
    return g


@wrong(elu_net, "derivative_of_another_function", where="layers 1, 2")
def elu_as_relu(p, X, y):
    z, a = elu_forward(p, X)
    d, g = np.clip(a[3] - y, -1, 1) / y.size, {}
    for n in (3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[n - 1].T @ d, d.sum(0)
        d = d @ p[f"W{n}"].T * (z[n - 2] > 0) if n > 1 else d
    return g


@wrong(elu_net, "slope_of_another_loss", where="loss")
def squares_under_smooth_l1(p, X, y):
    z, a = elu_forward(p, X)
    d, g = 2 * (a[3] - y) / y.size, {}
    for n in (3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[n - 1].T @ d, d.sum(0)
        d = d @ p[f"W{n}"].T * np.where(z[n - 2] > 0, 1, np.exp(z[n - 2])) if n > 1 else d
    return g


@wrong(elu_net, "activation_derivative_twice", where="layer 1")
def elu_slope_twice_in_one_layer(p, X, y):
    z, a = elu_forward(p, X)
    s = [np.where(t > 0, 1, np.exp(t)) for t in z]
    d3 = np.clip(a[3] - y, -1, 1) / y.size
    d2 = d3 @ p["W3"].T * s[1]
    d1 = d2 @ p["W2"].T * s[0] ** 2
    return {"W3": a[2].T @ d3, "b3": d3.sum(0), "W2": a[1].T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}


@wrong(absolute_pair, "mean_over_rows_only", where="loss")
def absolute_error_divided_by_rows(p, X, y):
    a = sigmoid(X @ p["W1"] + p["b1"])
    d = np.sign(a @ p["W2"] + p["b2"] - y) / len(y)
    return both(X, a, d @ p["W2"].T * a * (1 - a), d)


@wrong(absolute_pair, "sign", where="loss")
def absolute_error_with_its_sign_turned(p, X, y):
    a = sigmoid(X @ p["W1"] + p["b1"])
    d = np.where(a @ p["W2"] + p["b2"] > y, -1, 1) / y.size
    return both(X, a, d @ p["W2"].T * a * (1 - a), d)


@wrong(absolute_pair, "sign_lost", where="loss")
def ones_as_slope(p, X, y):
    a = sigmoid(X @ p["W1"] + p["b1"])
    d = np.ones(y.shape) / y.size
    return both(X, a, d @ p["W2"].T * a * (1 - a), d)


@wrong(weighted_rows, "weights_missing", where="loss")
def row_weights_forgotten(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (a @ p["W2"] + p["b2"] - y) / y.size
    return both(X, a, d @ p["W2"].T * (1 - a**2), d)


@wrong(weighted_rows, "weights_divided_by_rows", where="loss")
def row_weights_divided_by_rows(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * p["weights"].reshape(-1, 1) * (a @ p["W2"] + p["b2"] - y) / y.size
    return both(X, a, d @ p["W2"].T * (1 - a**2), d)


@wrong(rare_event, "weights_missing", where="loss")
def positive_weight_forgotten(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    return both(X, a, d @ p["W2"].T * (z > 0), d)


@wrong(with_batch_norm, "norm_statistics_constant", where="layer 1")
def mean_and_variance_held_fast(p, X, y):
    z = X @ p["W1"] + p["b1"]
    deviation = np.sqrt(z.var(0) + 1e-5)
    xhat = (z - z.mean(0)) / deviation
    n = xhat * p["scale1"] + p["shift1"]
    a = np.maximum(n, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    dn = d @ p["W2"].T * (n > 0)
    return {**both(X, a, dn * p["scale1"] / deviation, d), "scale1": (dn * xhat).sum(0), "shift1": dn.sum(0)}


@wrong(with_batch_norm, "swapped", where="1 BatchNorm1d")
def scale_like_shift(p, X, y):
    found = batch_norm_by_the_paper(p, X, y)
    return {**found, "scale1": found["shift1"]}


@wrong(with_layer_norm, "norm_derivative", where="layer 1")
def norm_left_out_on_the_way_back(p, X, y):
    z = X @ p["W1"] + p["b1"]
    xhat = (z - z.mean(1, keepdims=True)) / np.sqrt(z.var(1, keepdims=True) + 1e-5)
    a = np.tanh(xhat * p["scale1"] + p["shift1"])
    d = 2 * (a @ p["W2"] + p["b2"] - y) / y.size
    dn = d @ p["W2"].T * (1 - a**2)
    return {**both(X, a, dn, d), "scale1": (dn * xhat).sum(0), "shift1": dn.sum(0)}


@wrong(two_dropouts, "dropout_mask_of_another_layer", where="layer 1")
def the_other_mask(p, X, y):
    a1 = np.tanh(X @ p["W1"] + p["b1"])
    r1 = a1 * p["mask1"] / 0.7
    a2 = np.tanh(r1 @ p["W2"] + p["b2"])
    r2 = a2 * p["mask2"] / 0.7
    d3 = 2 * (r2 @ p["W3"] + p["b3"] - y) / y.size
    d2 = d3 @ p["W3"].T * p["mask2"] / 0.7 * (1 - a2**2)
    d1 = d2 @ p["W2"].T * p["mask2"] / 0.7 * (1 - a1**2)
    return {"W3": r2.T @ d3, "b3": d3.sum(0), "W2": r1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}


@wrong(line, "targets_broadcast", where="layer 1")
def targets_without_their_second_axis(p, X, y):
    """(m, 1) - (m,) is (m, m)."""
    d = 2 * (X @ p["W1"] + p["b1"] - y.ravel()) / len(y)
    return {"W1": X.T @ d, "b1": d.sum(0)}


@wrong(line, "targets_broadcast", "wrong_shape", where="layer 1")
def targets_broadcast_and_squeezed(p, X, y):
    d = 2 * ((X @ p["W1"] + p["b1"]).ravel() - y) / len(y)
    return {"W1": X.T @ d, "b1": d.sum(0)}


@wrong(fresh_xor, "sum_instead_of_mean", where="loss")
def rows_added_up_in_a_fresh_network(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = sigmoid(a @ p["W2"] + p["b2"]) - y
    return both(X, a, d @ p["W2"].T * (z > 0), d)


@wrong(fresh_xor, "activation_derivative_missing", where="layer 1")
def no_slope_in_a_fresh_network(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / 4
    return both(X, a, d @ p["W2"].T, d)


@wrong(one_row, "sign", where="loss")
def sign_with_a_single_row(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = y - (a @ p["W2"] + p["b2"])
    return both(X, a, d @ p["W2"].T * (1 - a * a), d)


@wrong(xor, "swapped", where="layer 1")
def hidden_bias_from_the_output(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    return {**both(X, a, d @ p["W2"].T * (1 - a * a), d), "b1": d.sum(0)}


@wrong(xor, "activation_derivative_missing", where="layer 1")
def hidden_bias_from_da(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    da = d @ p["W2"].T
    return {**both(X, a, da * (1 - a * a), d), "b1": da.sum(0)}


@wrong(xor, "averaged_twice", where=("layer 1",))
def hidden_layer_divided_again(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (1 - a * a) / len(y)
    return both(X, a, e, d)


@wrong(xor, "constant_factor", where="loss")
def divided_by_the_columns(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / 3
    return both(X, a, d @ p["W2"].T * (1 - a * a), d)


@wrong(tanh_outputs, "updated_weights_upstream", where="layer 1")
def new_weights_on_the_way_back_with_another_rate(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    o = np.tanh(a @ p["W2"] + p["b2"])
    d = 2 * (o - y) / y.size * (1 - o**2)
    new = p["W2"] - 0.02 * (a.T @ d)
    return both(X, a, d @ new.T * (1 - a**2), d)


def relu_for_dead_units(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = 2 * (a @ p["W2"] + p["b2"] - y) / len(y)
    return both(X, a, d @ p["W2"].T * (z > 0), d)
