"""Backward passes that go wrong where they begin: at the derivative of the loss."""

import math

import numpy as np

from tests.glass.learners.settings import (
    CLASS_WEIGHTS,
    all_sigmoid,
    blobs,
    flowers,
    flowers_summed,
    house,
    line,
    outliers_absolute,
    outliers_huber,
    rare_class,
    shares,
    sigmoid,
    single_precision,
    smoothed,
    softmax,
    square_tower,
    tags,
    tower_summed,
    wrong,
    xor,
)


def erf_half(z):
    return 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))


@wrong(xor, "sum_instead_of_mean", where="loss")
def forgot_the_rows(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    err = sigmoid(h @ p["W2"] + p["b2"]) - y
    back = err @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ back, "b1": back.sum(0), "W2": h.T @ err, "b2": err.sum(0)}


@wrong(house, "mean_over_rows_only", where="loss")
def divided_by_the_rows_but_not_the_outputs(p, X, y):
    a, zs = [X], []
    for n in (1, 2, 3):
        zs.append(a[-1] @ p[f"W{n}"] + p[f"b{n}"])
        a.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]) if n < 3 else zs[-1])
    m = X.shape[0]
    d, g = 2 * (a[3] - y), {}
    for n in (3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[n - 1].T @ d / m, d.sum(0) / m
        if n > 1:
            d = d @ p[f"W{n}"].T * np.where(zs[n - 2] > 0, 1, 0.1)
    return g


@wrong(flowers, "averaged_over_outputs_too", where="loss")
def divided_by_the_classes_too(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = softmax(h @ p["W2"] + p["b2"]) - np.eye(3)[y]
    d = d / d.size
    e = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(blobs, "averaged_twice", where="loss")
def mean_upon_mean(p, X, y):
    m = len(y)
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / m
    e = (d @ p["W2"].T) * (z > 0)
    return {"W1": X.T @ e / m, "b1": e.mean(0), "W2": a.T @ d / m, "b2": d.mean(0)}


@wrong(flowers_summed, "mean_instead_of_sum", where="loss")
def mean_though_the_loss_sums(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = softmax(a @ p["W2"] + p["b2"])
    d[range(len(y)), y] -= 1
    d /= len(y)
    e = d @ p["W2"].T
    e[z < 0] = 0
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(line, "factor_two_missing", where="loss")
def half_of_the_square(p, X, y):
    diff = X @ p["W1"] + p["b1"] - y
    return {"W1": X.T @ diff / len(X), "b1": diff.mean(0)}


@wrong(tower_summed, "factor_two_missing", where="loss")
def half_of_the_square_in_a_tower(p, X, y):
    h1 = sigmoid(X @ p["W1"] + p["b1"])
    h2 = sigmoid(h1 @ p["W2"] + p["b2"])
    d3 = h2 @ p["W3"] + p["b3"] - y
    d2 = d3.dot(p["W3"].T) * h2 * (1 - h2)
    d1 = d2.dot(p["W2"].T) * h1 * (1 - h1)
    return {f"{k}{n}": v for n, (h, d) in enumerate([(X, d1), (h1, d2), (h2, d3)], 1)
            for k, v in (("W", h.T.dot(d)), ("b", d.sum(0)))}


@wrong(xor, "factor_two_extra", where="loss")
def a_two_from_the_squares_in_cross_entropy(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (sigmoid(h @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(line, "factor_two_extra", where="loss")
def four_times_the_error(p, X, y):
    diff = X @ p["W1"] + p["b1"] - y
    return {"W1": 4 * X.T @ diff / len(X), "b1": 4 * diff.mean(0)}


@wrong(all_sigmoid, "sign", where="loss")
def target_minus_prediction(p, X, y):
    h = sigmoid(X @ p["W1"] + p["b1"])
    o = sigmoid(h @ p["W2"] + p["b2"])
    d = 2 * (y - o) * o * (1 - o) / y.size
    e = (d @ p["W2"].T) * h * (1 - h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "sign", where="loss")
def one_hot_minus_probability(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (np.eye(3)[y] - softmax(h @ p["W2"] + p["b2"])) / len(y)
    e = np.einsum("no,io->ni", d, p["W2"]) * (1 - h * h)
    return {"W1": np.einsum("ni,no->io", X, e), "b1": e.sum(0), "W2": np.einsum("ni,no->io", h, d), "b2": d.sum(0)}


@wrong(blobs, "sign", where="loss")
def minus_forgotten_in_the_binary_loss(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(0, z)
    q = sigmoid(a @ p["W2"] + p["b2"])
    dA2 = (y / q - (1 - y) / (1 - q)) / len(y)
    dZ2 = dA2 * q * (1 - q)
    dZ1 = dZ2 @ p["W2"].T * (z > 0)
    return {"W1": X.T @ dZ1, "b1": dZ1.sum(0), "W2": a.T @ dZ2, "b2": dZ2.sum(0)}


@wrong(all_sigmoid, "cross_entropy_slope_under_mse", where="loss")
def reports_squares_descends_cross_entropy(p, X, y):
    """W-06 of the first article."""
    a1 = sigmoid(X @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    dz2 = (a2 - y) / len(X)
    dz1 = dz2 @ p["W2"].T * a1 * (1 - a1)
    return {"W1": X.T @ dz1, "b1": dz1.sum(0), "W2": a1.T @ dz2, "b2": dz2.sum(0)}


@wrong(shares, "cross_entropy_slope_under_mse", where="loss")
def softmax_slope_of_cross_entropy_under_squares(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (softmax(h @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(shares, "softmax_derivative_diagonal", where="layer 2")
def softmax_as_if_it_were_sigmoid(p, X, y):
    """s (1 - s): the diagonal of the Jacobian alone."""
    h = np.tanh(X @ p["W1"] + p["b1"])
    s = softmax(h @ p["W2"] + p["b2"])
    d = 2 * (s - y) / y.size * s * (1 - s)
    e = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(shares, "activation_derivative_missing", where=("loss", "layer 2"))
def softmax_without_its_derivative(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (softmax(h @ p["W2"] + p["b2"]) - y) / y.size
    e = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(xor, "mse_slope_under_cross_entropy", where="loss")
def squares_under_cross_entropy(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    o = sigmoid(h @ p["W2"] + p["b2"])
    d = 2 * (o - y) * o * (1 - o) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(blobs, "mse_slope_under_cross_entropy", where="loss")
def sigmoid_slope_left_in(p, X, y):
    """(p - y) already has the slope of the sigmoid in it."""
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    q = sigmoid(a @ p["W2"] + p["b2"])
    d = (q - y) / len(y) * q * (1 - q)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(xor, "raw_output_instead_of_probability", where="loss")
def logits_minus_targets(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (h @ p["W2"] + p["b2"] - y) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "raw_output_instead_of_probability", where="loss")
def scores_minus_one_hot(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = h @ p["W2"] + p["b2"]
    d[np.arange(len(y)), y] -= 1.0
    d /= len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(xor, "rounded_prediction", where="loss")
def threshold_before_the_error(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = ((sigmoid(h @ p["W2"] + p["b2"]) > 0.5).astype(float) - y) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "rounded_prediction", where="loss")
def argmax_minus_one_hot(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    answer = softmax(h @ p["W2"] + p["b2"]).argmax(1)
    d = (np.eye(3)[answer] - np.eye(3)[y]) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "one_hot_missing", where="loss")
def nothing_is_taken_away(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = softmax(h @ p["W2"] + p["b2"]) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "one_hot_off_by_one", where="loss")
def classes_counted_from_one(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = softmax(h @ p["W2"] + p["b2"])
    for i, k in enumerate(y):
        d[i, k - 1] -= 1
    d /= len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "class_numbers_as_targets", where="loss")
def class_numbers_as_if_they_were_targets(p, X, y):
    """y[:, None] is broadcast over the classes."""
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (softmax(h @ p["W2"] + p["b2"]) - y[:, None]) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "softmax_over_the_rows", where="loss")
def softmax_down_the_columns(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    e = np.exp(h @ p["W2"] + p["b2"])
    d = (e / e.sum(axis=0) - np.eye(3)[y]) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "softmax_over_everything", where="loss")
def softmax_over_the_whole_array(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    e = np.exp(h @ p["W2"] + p["b2"])
    d = (e / e.sum() - np.eye(3)[y]) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(flowers, "sigmoid_instead_of_softmax", where="loss")
def sigmoid_for_three_classes(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(h @ p["W2"] + p["b2"]) - np.eye(3)[y]) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(smoothed, "label_smoothing_wrong", where="loss")
def smoothing_forgotten(p, X, y):
    h = sigmoid(X @ p["W1"] + p["b1"])
    d = (softmax(h @ p["W2"] + p["b2"]) - np.eye(4)[y]) / len(y)
    e = d @ p["W2"].T * h * (1 - h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(smoothed, "label_smoothing_wrong", where="loss")
def smoothing_shared_among_the_others_only(p, X, y):
    h = sigmoid(X @ p["W1"] + p["b1"])
    soft = np.full((len(y), 4), 0.1 / 3)
    soft[np.arange(len(y)), y] = 0.9
    d = (softmax(h @ p["W2"] + p["b2"]) - soft) / len(y)
    e = d @ p["W2"].T * h * (1 - h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(rare_class, "weights_missing", where="loss")
def class_weights_forgotten(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (softmax(a @ p["W2"] + p["b2"]) - np.eye(3)[y]) / len(y)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(rare_class, "weights_divided_by_rows", where="loss")
def weighted_but_divided_by_the_rows(p, X, y):
    """The mean of a weighted loss divides by the sum of the weights."""
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (softmax(a @ p["W2"] + p["b2"]) - np.eye(3)[y]) * CLASS_WEIGHTS[y][:, None] / len(y)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(house, "absolute_slope_under_squares", where="loss")
def sign_of_the_error_under_squares(p, X, y):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.where(z1 > 0, z1, 0.1 * z1)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = np.where(z2 > 0, z2, 0.1 * z2)
    d3 = np.sign(a2 @ p["W3"] + p["b3"] - y) / y.size
    d2 = d3 @ p["W3"].T * np.where(z2 > 0, 1, 0.1)
    d1 = d2 @ p["W2"].T * np.where(z1 > 0, 1, 0.1)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}


@wrong(outliers_absolute, "slope_of_another_loss", where="loss")
def squares_under_the_absolute_loss(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.log1p(np.exp(z))
    d = 2 * (a @ p["W2"] + p["b2"] - y) / len(y)
    e = d @ p["W2"].T * sigmoid(z)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(outliers_huber, "slope_of_another_loss", where="loss")
def huber_without_its_straight_part(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = z * erf_half(z)
    d = (a @ p["W2"] + p["b2"] - y) / y.size
    e = d @ p["W2"].T * (erf_half(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi))
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(outliers_huber, "slope_of_another_loss", where="loss")
def huber_as_if_it_were_absolute(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = z * erf_half(z)
    d = np.sign(a @ p["W2"] + p["b2"] - y) / y.size
    e = d @ p["W2"].T * (erf_half(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi))
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(line, "squared_error_as_slope", where="loss")
def the_square_itself(p, X, y):
    d = (X @ p["W1"] + p["b1"] - y) ** 2 / len(y)
    return {"W1": X.T @ d, "b1": d.sum(0)}


@wrong(square_tower, "sign_lost", where="loss")
def absolute_error_as_slope(p, X, y):
    a = [X]
    for n in (1, 2, 3):
        a.append(np.tanh(a[-1] @ p[f"W{n}"] + p[f"b{n}"]))
    d, g = 2 * abs(a[3] @ p["W4"] + p["b4"] - y) / y.size, {}
    for n in (4, 3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[n - 1].T @ d, d.sum(0)
        d = d @ p[f"W{n}"].T * (1 - a[n - 1] ** 2)
    return g


@wrong(tags, "half_of_cross_entropy", where="loss")
def only_the_ones_count(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    q = sigmoid(a @ p["W2"] + p["b2"])
    d = -y / q * q * (1 - q) / y.size
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(tags, "mean_over_rows_only", where="loss")
def many_labels_divided_by_the_rows(p, X, y):
    """W-08."""
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(tags, "softmax_instead_of_sigmoid", where="loss")
def softmax_for_many_labels(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (softmax(a @ p["W2"] + p["b2"]) - y) / y.size
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(xor, "activation_derivative_missing", "derivative_of_another_function", where=("loss", "layer 2"))
def loss_slope_for_probabilities_taken_for_logits(p, X, y):
    """-(y/p) + (1-y)/(1-p) is dL/dp; the slope of the sigmoid is still to come."""
    h = np.tanh(X @ p["W1"] + p["b1"])
    q = sigmoid(h @ p["W2"] + p["b2"])
    d = (-y / q + (1 - y) / (1 - q)) / len(y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(single_precision, "sum_instead_of_mean", where="loss")
def forgot_the_mean_in_float32(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (h @ p["W2"] + p["b2"] - y)
    e = d @ p["W2"].T * (1 - h**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(blobs, "target_missing", where="loss")
def the_target_is_never_used(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = sigmoid(a @ p["W2"] + p["b2"]) / len(y)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}
